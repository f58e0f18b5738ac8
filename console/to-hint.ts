/** What the contract says of a field, as the sentence that stands below it in a form: what a box does when it is ticked, and no marks of code. */

/** `True leaves out ..., false takes ...` of a flag. */
const flagSentences: readonly (readonly [RegExp, string])[] = [
  [/^True (?:where|if|when) /, ''],
  [/^True /, ''],
  [/, false /g, '; otherwise '],
  [/; false /g, '; otherwise it '],
  [/\. False /g, '. Otherwise it '],
]

export function toHint(description = ''): string {
  const text = description.replaceAll('`', '')
  if (!text.startsWith('True ')) return text
  const said = flagSentences.reduce((before, [from, to]) => before.replace(from, to), text)
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}`
}
