/** The words of the filter language: what each takes, and what it makes of it. Missing values are undefined throughout. */
import { isExact, isSameNumber } from '../../domain/limits/exact-number.ts'
import { readDate, DateError } from '../values/date.ts'
import { isPlainObject, toText } from '../values/plain-value.ts'
import { compileRegex, RegexError } from '../values/regex.ts'

type Value = unknown

/** Takes one value and makes another. */
export const functions: Readonly<Record<string, (value: Value) => Value>> = {
  string: (value) => (isMissing(value) ? undefined : toText(value)),
  number: numberOrNothing,
  boolean: truthOf,
  epochtime: timeOf,
  lowercase: (value) => (isMissing(value) ? undefined : toText(value).toLowerCase()),
  uppercase: (value) => (isMissing(value) ? undefined : toText(value).toUpperCase()),
  floor: rounded(Math.floor),
  ceiling: rounded(Math.ceil),
  abs: rounded(Math.abs),
}

/** Takes one value and answers. `isempty` and `isnotempty` are words that integrator.io prints and that never match. */
export const tests: Readonly<Record<string, (value: Value) => boolean>> = {
  empty: isVoid,
  notempty: (value) => !isVoid(value),
  isempty: () => false,
  isnotempty: () => false,
}

/** Takes two values and answers. */
export const comparisons = {
  equals: same,
  notequals: (a, b) => !same(a, b),
  greaterthan: (a, b) => order(a, b) > 0,
  greaterthanequals: (a, b) => order(a, b) >= 0,
  greaterthanorequals: (a, b) => order(a, b) >= 0,
  lessthan: (a, b) => order(a, b) < 0,
  lessthanequals: (a, b) => order(a, b) <= 0,
  lessthanorequals: (a, b) => order(a, b) <= 0,
  startswith: onTexts((a, b) => a.startsWith(b)),
  endswith: onTexts((a, b) => a.endsWith(b)),
  contains,
  doesnotcontain: (a, b) => !contains(a, b),
  matches: onTexts(matches),
} satisfies Readonly<Record<string, (a: Value, b: Value) => boolean>>

const isMissing = (value: Value): boolean => value === undefined || value === null

/** Nothing, an empty text, an empty list or an object without fields. Zero and false are something. */
function isVoid(value: Value): boolean {
  return (
    isMissing(value) ||
    value === '' ||
    (Array.isArray(value) && value.length === 0) ||
    (isPlainObject(value) && Object.keys(value).length === 0)
  )
}

/** Texts that are no number are nothing, and compare with nothing. */
function numberOrNothing(value: Value): number | undefined {
  if (isMissing(value)) return undefined
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
  return Number.isNaN(number) ? undefined : number
}

function rounded(round: (number: number) => number): (value: Value) => Value {
  return (value) => {
    const number = numberOrNothing(value)
    return number === undefined ? undefined : round(number)
  }
}

/** `"false"`, `"0"` and `"no"` are what people mean by them. */
function truthOf(value: Value): boolean | undefined {
  if (isMissing(value)) return undefined
  if (typeof value !== 'string') return Boolean(value)
  return !['', 'false', '0', 'no', 'n', 'f'].includes(value.trim().toLowerCase())
}

function timeOf(value: Value): number | undefined {
  if (isMissing(value) || value === '') return undefined
  try {
    return readDate(value)
  } catch (error) {
    if (error instanceof DateError) return undefined
    throw error
  }
}

/** A number equals the text of it, and true the text "true", because literals come from a form; null equals nothing. Texts differ by case. */
function same(a: Value, b: Value): boolean {
  if (isMissing(a) || isMissing(b)) return isMissing(a) && isMissing(b)
  if (a === b) return true
  if ((isExact(a) || isExact(b)) && isCounted(a) && isCounted(b)) return isSameNumber(toText(a), toText(b))
  if (typeof a === typeof b) return typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b)
  if (typeof a === 'number' || typeof b === 'number')
    return typeof a !== 'boolean' && typeof b !== 'boolean' && numberOrNothing(a) === numberOrNothing(b) && numberOrNothing(a) !== undefined
  return toText(a) === toText(b)
}

/** What may be a number: another is compared as text. */
const isCounted = (value: Value): boolean => isExact(value) || typeof value === 'number' || typeof value === 'string'

/** Numbers where one side is one, texts otherwise. NaN where they have no order, and then no comparison holds. */
function order(a: Value, b: Value): number {
  if (isMissing(a) || isMissing(b)) return Number.NaN
  if (typeof a !== 'string' || typeof b !== 'string') return (numberOrNothing(a) ?? Number.NaN) - (numberOrNothing(b) ?? Number.NaN)
  return a < b ? -1 : a > b ? 1 : 0
}

function onTexts(holds: (a: string, b: string) => boolean): (a: Value, b: Value) => boolean {
  return (a, b) => !isMissing(a) && !isMissing(b) && holds(toText(a), toText(b))
}

function contains(a: Value, b: Value): boolean {
  if (isMissing(a) || isMissing(b)) return false
  return Array.isArray(a) ? a.some((entry) => same(entry, b)) : toText(a).includes(toText(b))
}

/** A text too long for a pattern does not match it; the pattern itself was checked when the filter was compiled. */
function matches(text: string, pattern: string): boolean {
  try {
    return compileRegex(pattern).test(text)
  } catch (error) {
    if (error instanceof RegexError) return false
    throw error
  }
}
