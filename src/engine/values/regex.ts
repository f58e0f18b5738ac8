/** Regular expressions that users write, run so that none of them can hold up the process. */
import { setFlagsFromString } from 'node:v8'
import { boundedCache } from './bounded-cache.ts'
import { timeLimit } from './time-limit.ts'

/** Characters: longer patterns are mistakes, longer texts are files. */
const maxPattern = 1_000
const maxText = 100_000
/** Texts for patterns that only the backtracking engine can run: their cost may grow with a power of the length. */
const maxBacktracked = 2_000
/** Texts on which a pattern of linear cost needs no clock: all its matches together may still cost the square of the length. */
const maxUntimed = 5_000
/** Of compiled patterns. Bytes. */
const keptBytes = 4 * 1024 * 1024
const bytesPerCharacter = 1_000

/** A sentence for whoever wrote the pattern. */
export class RegexError extends Error {}

export interface BoundedRegex {
  test(text: string): boolean
  /** Offset of the first match, or -1. */
  search(text: string): number
  matches(text: string): string[]
  replaceAll(text: string, by: string): string
}

const patterns = boundedCache<BoundedRegex>(keptBytes, bytesPerCharacter)
let bounded = false

/** Throws `RegexError`. `flags` of `i`, `m`, `s`, `u`; `g` is taken and ignored, because the methods say what they want. */
export function compileRegex(pattern: string, flags = ''): BoundedRegex {
  if (pattern.length > maxPattern) throw new RegexError(`The pattern is longer than ${maxPattern} characters.`)
  if (!/^[gimsuy]*$/.test(flags)) throw new RegexError(`"${flags}" are not flags of a pattern.`)
  const kept = [...new Set(flags.replace(/[gy]/g, ''))].toSorted().join('')
  return patterns.of(`${kept}/${pattern}`, () => build(pattern, kept))
}

/**
 * V8 changes to its linear-time engine once a match has gone back 50,000 times; with the second flag `l` tells which patterns that engine can run.
 * Process-wide, and meant to be: a pattern that would have hung answers in milliseconds. Tried on Node 24.21: `^(a+)+$` on 35 letters, 1 ms.
 */
function boundBacktracking(): void {
  if (bounded) return
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
  setFlagsFromString('--enable-experimental-regexp-engine')
  bounded = true
}

function build(pattern: string, flags: string): BoundedRegex {
  boundBacktracking()
  let regex: RegExp
  try {
    regex = new RegExp(pattern, `${flags}g`)
  } catch (error) {
    throw new RegexError(`"${pattern}" is not a regular expression: ${error instanceof Error ? error.message : 'it cannot be read'}.`, {
      cause: error,
    })
  }
  const linear = isLinear(pattern, flags)
  if (!linear && repeatsARepeat(pattern))
    throw new RegexError(
      `The pattern "${pattern}" repeats a group that repeats something, beside a backreference or a look-around. It could run for hours.`,
    )
  const bound = linear ? maxText : maxBacktracked
  const fitting = (text: string): string => {
    if (text.length > bound)
      throw new RegexError(`The text is longer than ${bound} characters, the most that the pattern "${pattern}" is tried on.`)
    regex.lastIndex = 0
    return text
  }
  const isCheap = linear || repeatsLittle(pattern)
  const inTime = timeLimit(() => new RegexError(`The pattern "${pattern}" takes too long on this text.`))
  const timed = <T>(text: string, act: (fit: string) => T): T => {
    const fit = fitting(text)
    return isCheap && fit.length <= maxUntimed ? act(fit) : inTime(() => act(fit))
  }
  return {
    test: (text) => timed(text, (fit) => regex.test(fit)),
    search: (text) => timed(text, (fit) => fit.search(regex)),
    matches: (text) => timed(text, (fit) => fit.match(regex) ?? []),
    replaceAll: (text, by) => timed(text, (fit) => fit.replace(regex, by)),
  }
}

function isLinear(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, `${flags}l`).flags.includes('l')
  } catch {
    return false
  }
}

/** Classes and escapes say nothing of repetition. */
const bareOf = (pattern: string): string => pattern.replace(/\\./g, 'x').replace(/\[[^\]]*]/g, 'x')

/** Whether it repeats at most one thing, and no group: some million steps on the longest text. Anything else may have cost without end, as `(a|a)*b`. */
function repeatsLittle(pattern: string): boolean {
  const bare = bareOf(pattern).replace(/\(\?(?:<?[=!]|:|<\w+>)/g, '(')
  return (bare.match(/[*+?{]/g) ?? []).length <= 1 && !/\)[*+?{]/.test(bare)
}

/** Whether a group that is repeated holds something that is repeated: `(a+)+`. */
function repeatsARepeat(pattern: string): boolean {
  const bare = bareOf(pattern)
  const repeatedBelow: boolean[] = [false]
  for (let i = 0; i < bare.length; i++) {
    const sign = bare[i]
    if (sign === '(') repeatedBelow.push(false)
    else if (sign === ')') {
      const inner = repeatedBelow.pop() ?? false
      const repeated = /^[*+{]/.test(bare.slice(i + 1))
      if (inner && repeated) return true
      if (inner || repeated) repeatedBelow[repeatedBelow.length - 1] = true
    } else if (sign === '*' || sign === '+' || sign === '{') repeatedBelow[repeatedBelow.length - 1] = true
  }
  return false
}
