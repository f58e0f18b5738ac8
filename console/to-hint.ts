/** What the contract says of a field, as the sentence that stands below it in a form: what a box does when it is ticked, and no marks of code. */

/** `True leaves out ..., false takes ...` of a flag. */
const flagSentences: readonly (readonly [RegExp, string])[] = [
  [/^True (?:where|if|when) /, ''],
  [/^True /, ''],
  [/, false /g, '; otherwise '],
  [/; false /g, '; otherwise it '],
  [/\. False /g, '. Otherwise it '],
]

/** What only those who write JSON have a use for, and what says too little by itself. */
const plainer: readonly (readonly [RegExp, string])[] = [
  [/ One for each request, in the order of requestType\./g, ''],
  [/ [^.]* out of use\./g, ''],
  [/(?<=^|\. )Handlebars(?=[.,;])/g, 'May use Handlebars'],
]

export function toHint(description = ''): string {
  const text = plainer.reduce((before, [from, to]) => before.replace(from, to), description.replaceAll('`', ''))
  if (!text.startsWith('True ')) return text
  const said = flagSentences.reduce((before, [from, to]) => before.replace(from, to), text)
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}`
}
