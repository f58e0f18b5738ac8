/** Filter rules as a tree of groups and comparisons, and back as the arrays that the contract has. What the tree has no words for stays as it is. */

export type Operand =
  | { readonly kind: 'field' | 'settings'; readonly type: OperandType; readonly text: string; readonly functions: readonly string[] }
  | { readonly kind: 'value'; readonly value: unknown }

export type OperandType = 'string' | 'number' | 'boolean' | 'epochtime' | 'any'

export interface Group {
  readonly kind: 'and' | 'or' | 'not'
  readonly rules: readonly Rule[]
}
interface Comparison {
  readonly kind: 'compare'
  readonly operator: string
  readonly left: Operand
  /** Absent of a test of one value; several of `anyof`. */
  readonly right: readonly Operand[]
}
interface Unknown {
  readonly kind: 'json'
  readonly rule: unknown
}
export type Rule = Group | Comparison | Unknown

export const operandTypes: readonly OperandType[] = ['string', 'number', 'boolean', 'epochtime', 'any']
const converting: ReadonlySet<unknown> = new Set(['string', 'number', 'boolean', 'epochtime'])
const changing: ReadonlySet<unknown> = new Set(['lowercase', 'uppercase', 'floor', 'ceiling', 'abs'])
export const functionNames: readonly string[] = ['lowercase', 'uppercase', 'floor', 'ceiling', 'abs']
export const tests: readonly string[] = ['empty', 'notempty']
export const comparisons: readonly string[] = [
  'equals',
  'notequals',
  'greaterthan',
  'greaterthanequals',
  'lessthan',
  'lessthanequals',
  'contains',
  'doesnotcontain',
  'startswith',
  'endswith',
  'matches',
  'anyof',
]
/** Not the contract's: a value by itself, which holds where it is true. */
export const isTrue = 'istrue'

/** The rules of a filter: none at all let every record pass. */
export function readRules(rules: unknown): Group {
  if (!Array.isArray(rules) || rules.length === 0) return { kind: 'and', rules: [] }
  const rule = readRule(rules)
  return rule.kind === 'and' || rule.kind === 'or' ? rule : { kind: 'and', rules: [rule] }
}

export function writeRules({ kind, rules }: Group): readonly unknown[] {
  const [only] = rules
  if (only === undefined) return []
  // One rule needs no group around it.
  return (rules.length === 1 ? writeRule(only) : [kind, ...rules.map(writeRule)]) as readonly unknown[]
}

/** What could not be written again as it was stays JSON. */
function readRule(rule: unknown): Rule {
  const read = tryRule(rule)
  return read && JSON.stringify(writeRule(read)) === JSON.stringify(rule) ? read : { kind: 'json', rule }
}

function tryRule(rule: unknown): Rule | undefined {
  if (!Array.isArray(rule)) return undefined
  const [word, ...operands] = rule as readonly unknown[]
  if (word === 'and' || word === 'or' || (word === 'not' && operands.length === 1)) return { kind: word, rules: operands.map(readRule) }
  const [first, ...others] = operands
  if (typeof word === 'string' && tests.includes(word) && operands.length === 1) {
    const left = readOperand(first)
    return left && { kind: 'compare', operator: word, left, right: [] }
  }
  if (typeof word === 'string' && comparisons.includes(word) && (word === 'anyof' ? others.length > 0 : others.length === 1)) {
    const left = readOperand(first)
    const right = others.map(readOperand)
    return left && right.every((each) => each !== undefined) ? { kind: 'compare', operator: word, left, right } : undefined
  }
  const alone = readOperand(rule)
  return alone && alone.kind !== 'value' ? { kind: 'compare', operator: isTrue, left: alone, right: [] } : undefined
}

function readOperand(operand: unknown): Operand | undefined {
  if (!Array.isArray(operand)) return typeof operand === 'object' && operand !== null ? undefined : { kind: 'value', value: operand }
  const [word, inner] = operand as readonly unknown[]
  if ((word === 'extract' || word === 'settings') && operand.length === 2 && typeof inner === 'string')
    return { kind: word === 'extract' ? 'field' : 'settings', type: 'any', text: inner, functions: [] }
  if (operand.length !== 2 || !(converting.has(word) || changing.has(word))) return undefined
  const below = readOperand(inner)
  if (!below || below.kind === 'value') return undefined
  if (changing.has(word)) return { ...below, functions: [...below.functions, word as string] }
  // A conversion of what was changed, or a second one, is written in another order than the editor has.
  return below.type === 'any' && below.functions.length === 0 ? { ...below, type: word as OperandType } : undefined
}

function writeRule(rule: Rule): unknown {
  if (rule.kind === 'json') return rule.rule
  if (rule.kind !== 'compare') return [rule.kind, ...rule.rules.map(writeRule)]
  const { operator, left, right } = rule
  return operator === isTrue ? writeOperand(left) : [operator, writeOperand(left), ...right.map(writeOperand)]
}

function writeOperand(operand: Operand): unknown {
  if (operand.kind === 'value') return operand.value
  const { kind, type, text, functions } = operand
  const read: unknown = [kind === 'field' ? 'extract' : 'settings', text]
  return functions.reduce<unknown>((inner, word) => [word, inner], type === 'any' ? read : [type, read])
}

export const blankRule: Rule = {
  kind: 'compare',
  operator: 'equals',
  left: { kind: 'field', type: 'string', text: '', functions: [] },
  right: [{ kind: 'value', value: '' }],
}

/** A literal as somebody types it, for a comparison of this type. */
export function toLiteral(text: string, type: OperandType): unknown {
  const trimmed = text.trim()
  if (type === 'number' && /^-?\d+(?:\.\d+)?$/.test(trimmed) && String(Number(trimmed)) === trimmed) return Number(trimmed)
  if (type === 'boolean' && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true'
  return text
}
