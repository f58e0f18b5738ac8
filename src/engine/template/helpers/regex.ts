/** Regular expressions, bounded as in ../regex.ts. */
import { toText } from '../../values/plain-value.ts'
import { compileRegex, RegexError, type BoundedRegex } from '../../values/regex.ts'
import { largestOutput, TemplateError, tooLarge } from '../template-run.ts'
import { countOf, inline, type TemplateHelper } from './template-helper.ts'

function trying<T>(pattern: unknown, flags: unknown, act: (regex: BoundedRegex) => T): T {
  try {
    return act(compileRegex(toText(pattern), toText(flags)))
  } catch (error) {
    if (error instanceof RegexError) throw new TemplateError(error.message, { cause: error })
    throw error
  }
}

/** `{{regexMatch text regex index options}}`; flags may stand where the index would. */
function regexMatch(text: unknown, pattern: unknown, index: unknown, flags: unknown): string {
  const [at, how] = typeof index === 'string' && /^[gimsuy]+$/.test(index) ? [flags, index] : [index, flags]
  return trying(pattern, how, (regex) => regex.matches(toText(text))[countOf(at, 'regexMatch', 0, 1_000_000)] ?? '')
}

/** What stands before or after a match is as long as the text, once a match: the result would be its square. */
function replaced(regex: BoundedRegex, text: string, by: string): string {
  if (/\$[`']/.test(by)) throw new TemplateError("regexReplace takes $1 and $&, not $` and $'.")
  if (by.length > 0 && regex.matches(text).length * by.length > largestOutput) throw tooLarge()
  return regex.replaceAll(text, by)
}

export const regexHelpers: readonly TemplateHelper[] = [
  inline('regexMatch', regexMatch),
  inline('regexReplace', (text, by, pattern, flags) => trying(pattern, flags, (regex) => replaced(regex, toText(text), toText(by)))),
  inline('regexSearch', (text, pattern, flags) => trying(pattern, flags, (regex) => regex.search(toText(text)))),
]
