/** Filters: a prefix array is compiled to a function of a record. What a filter stops is ignored, never failed. */
import type { Filter } from '../../contract/shared/filter.ts'
import { type ErrorSource, type FlowRecord, StepFailure } from '../adaptor.ts'
import { comparisons, functions, tests } from './filter-operator.ts'
import { extract, PathError } from '../values/json-path.ts'
import { formatValue } from '../values/plain-value.ts'
import { compileRegex, RegexError } from '../values/regex.ts'

/** `settings` of the documents around a step: `["settings", "flow.x"]` reads `flow.x` in it. */
export interface FilterSettings {
  readonly flow?: unknown
  readonly export?: unknown
  readonly import?: unknown
  readonly integration?: unknown
  readonly connection?: unknown
}

export type Passes = (record: FlowRecord, settings?: FilterSettings) => boolean

/** Rules within rules. The editor makes five; the compiler recurses. */
const deepest = 50
/** Words and operands of one filter. */
const longest = 10_000

type Evaluate = (record: unknown, settings: FilterSettings) => unknown
interface Compiling {
  readonly source: ErrorSource
  /** What `["context", "success"]` reads, where there is something. */
  readonly context: object | undefined
  left: number
}

const settled: FilterSettings = {}
const passAll: Passes = () => true

/** Throws `StepFailure` where the filter can never work. No filter, and no rules, let every record pass. */
export function compileFilter(filter: Filter | undefined, source: ErrorSource = 'output_filter'): Passes {
  if (!filter) return passAll
  if (filter.type === 'script')
    throw new StepFailure({ source, code: 'script_missing', message: 'The filter is a script, and names none.' })
  return compileRules(filter.expression?.rules, source, filter.expression?.version)
}

/** The rules alone, as branches of routers and lookups' input filters hold them. Those of the responses of an API can ask for the context of the call. */
export function compileRules(rules: unknown, source: ErrorSource, version?: string, context?: object): Passes {
  const compiling: Compiling = { source, context, left: longest }
  if (version !== undefined && version !== '1') throw malformed(compiling, `The version of a filter is "1", not ${formatValue(version)}.`)
  if (rules === undefined || rules === null || (Array.isArray(rules) && rules.length === 0)) return passAll
  const evaluate = compileAnswer(rules, compiling, 0)
  return (record, settings = settled) => evaluate(record, settings) === true
}

const malformed = (compiling: Compiling, message: string): StepFailure =>
  new StepFailure({ source: compiling.source, code: 'invalid_filter', message })

/** Something that answers yes or no; a value by itself holds where it is true. */
function compileAnswer(rule: unknown, compiling: Compiling, depth: number): Evaluate {
  const [word, ...operands] = parts(rule, compiling, depth)
  const logic = own(logics, word)
  if (logic)
    return logic(
      operands.map((operand) => compileAnswer(operand, compiling, depth + 1)),
      compiling,
    )
  const test = own(tests, word)
  if (test) {
    const [value] = values(word, operands, 1, compiling, depth) as [Evaluate]
    return (record, settings) => test(value(record, settings))
  }
  if (word === 'anyof') return compileAnyOf(operands, compiling, depth)
  const compare = own(comparisons, word)
  if (!compare) return truth(compileValue(rule, compiling, depth))
  const [a, b] = values(word, operands, 2, compiling, depth) as [Evaluate, Evaluate]
  if (word === 'matches') checkPattern(operands[1], compiling)
  return (record, settings) => compare(a(record, settings), b(record, settings))
}

const truth =
  (value: Evaluate): Evaluate =>
  (record, settings) =>
    value(record, settings) === true

const logics: Readonly<Record<string, (answers: readonly Evaluate[], compiling: Compiling) => Evaluate>> = {
  and: (answers, compiling) => {
    if (answers.length === 0) throw malformed(compiling, '"and" needs at least one rule.')
    return (record, settings) => answers.every((answer) => answer(record, settings) === true)
  },
  or: (answers, compiling) => {
    if (answers.length === 0) throw malformed(compiling, '"or" needs at least one rule.')
    return (record, settings) => answers.some((answer) => answer(record, settings) === true)
  },
  not: (answers, compiling) => {
    const [answer] = answers
    if (!answer || answers.length !== 1) throw malformed(compiling, `"not" needs one rule, and has ${answers.length}.`)
    return (record, settings) => answer(record, settings) !== true
  },
}

/** A literal, an access (`extract`, `settings`) or a function of one. */
function compileValue(operand: unknown, compiling: Compiling, depth: number): Evaluate {
  if (!Array.isArray(operand)) {
    if (typeof operand === 'object' && operand !== null)
      throw malformed(compiling, `${formatValue(operand)} is neither a value nor a rule.`)
    spend(compiling)
    return () => operand
  }
  const [word, ...operands] = parts(operand, compiling, depth)
  if (word === 'extract' || word === 'settings' || (word === 'context' && compiling.context))
    return compileAccess(word, operands, compiling)
  const apply = own(functions, word)
  if (!apply) {
    if (isAnswering(word)) return compileAnswer(operand, compiling, depth)
    throw malformed(compiling, `A filter has no operator ${formatValue(word)}. It has ${words()}.`)
  }
  const [value] = values(word, operands, 1, compiling, depth) as [Evaluate]
  return (record, settings) => apply(value(record, settings))
}

function compileAccess(word: 'extract' | 'settings' | 'context', operands: readonly unknown[], compiling: Compiling): Evaluate {
  const [path] = operands
  if (operands.length !== 1 || (typeof path !== 'string' && typeof path !== 'number'))
    throw malformed(compiling, `"${word}" needs one path, and has ${formatValue(operands)}.`)
  const text = String(path)
  try {
    extract(settled, text)
  } catch (error) {
    if (error instanceof PathError) throw malformed(compiling, error.message)
    throw error
  }
  if (word === 'context') return () => extract(compiling.context, text)
  return word === 'extract' ? (record) => extract(record, text) : (_record, settings) => extract(settings, text)
}

/** `["anyof", value, "a", "b"]` and `["anyof", value, ["a", "b"]]`: equals one of them. */
function compileAnyOf(operands: readonly unknown[], compiling: Compiling, depth: number): Evaluate {
  const [first, ...rest] = operands
  if (first === undefined || rest.length === 0) throw malformed(compiling, '"anyof" needs a value and at least one other to equal.')
  const value = compileValue(first, compiling, depth + 1)
  const others = rest.flatMap((other) =>
    isLiteralList(other) ? other.map((entry) => compileValue(entry, compiling, depth + 1)) : [compileValue(other, compiling, depth + 1)],
  )
  const { equals } = comparisons
  return (record, settings) => {
    const found = value(record, settings)
    return others.some((other) => {
      const candidate = other(record, settings)
      return Array.isArray(candidate) ? candidate.some((entry) => equals(found, entry)) : equals(found, candidate)
    })
  }
}

/** A list whose first entry is a word of the language, with one operand, is an expression. */
function isLiteralList(operand: unknown): operand is unknown[] {
  if (!Array.isArray(operand)) return false
  const [word] = operand as unknown[]
  return !(
    operand.length === 2 &&
    typeof word === 'string' &&
    (word === 'extract' || word === 'settings' || own(functions, word) !== undefined)
  )
}

function parts(rule: unknown, compiling: Compiling, depth: number): [string, ...unknown[]] {
  spend(compiling)
  if (depth > deepest) throw malformed(compiling, `The filter is nested deeper than ${deepest} levels.`)
  if (!Array.isArray(rule)) throw malformed(compiling, `A rule is an array that begins with an operator, not ${formatValue(rule)}.`)
  if (typeof rule[0] !== 'string') throw malformed(compiling, `A rule begins with an operator, not with ${formatValue(rule[0])}.`)
  return rule as [string, ...unknown[]]
}

function values(word: string, operands: readonly unknown[], count: number, compiling: Compiling, depth: number): Evaluate[] {
  if (operands.length !== count)
    throw malformed(compiling, `"${word}" needs ${count} ${count === 1 ? 'operand' : 'operands'}, and has ${operands.length}.`)
  return operands.map((operand) => compileValue(operand, compiling, depth + 1))
}

function checkPattern(pattern: unknown, compiling: Compiling): void {
  if (typeof pattern !== 'string') return
  try {
    compileRegex(pattern)
  } catch (error) {
    if (error instanceof RegexError) throw malformed(compiling, error.message)
    throw error
  }
}

function spend(compiling: Compiling): void {
  if (compiling.left-- <= 0) throw malformed(compiling, `The filter has more than ${longest} words and values.`)
}

const own = <T>(table: Readonly<Record<string, T>>, word: string): T | undefined => (Object.hasOwn(table, word) ? table[word] : undefined)
const isAnswering = (word: string): boolean => word === 'anyof' || [logics, tests, comparisons].some((table) => Object.hasOwn(table, word))

/** Every word that a rule may begin with. */
export const filterWords: readonly string[] = [
  'extract',
  'settings',
  'anyof',
  ...[logics, functions, tests, comparisons].flatMap(Object.keys),
]

/** `isempty` and `isnotempty` are taken and never hold, so nobody is led to them. */
const words = (): string =>
  [
    ...Object.keys(logics),
    ...Object.keys(comparisons),
    'anyof',
    'empty',
    'notempty',
    'extract',
    'settings',
    ...Object.keys(functions),
  ].join(', ')
