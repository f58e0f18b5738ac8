/** File definitions: their rules are looked through when they are saved, so that what stands there can be carried out. */
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import type { Rule } from './rule.ts'

export const fileDefinitionRule: Rule<'filedefinitions'> = {
  prepare(ctx, body, before) {
    if (before?.globalId !== undefined && body.globalId !== undefined && body.globalId !== before.globalId)
      throw new DomainError('invalid_field', 'globalId cannot be changed once the file definition is there: make another one.', 'globalId')
    const { format = before?.format, rules = before?.rules } = body
    const fault = findFaultOfRules(rules, format === 'fixed')
    if (fault) throw new DomainError('invalid_field', fault.message, fault.field)
    return before ? body : { ...body, _userId: ctx.caller.userId }
  },
}

/** Rules of one definition, and how deep they lie in each other. */
const maxRules = 2_000
const maxDepth = 25
/** Elements of one row. */
const maxElements = 1_000

interface Fault {
  readonly field: string
  readonly message: string
}

interface Looking {
  readonly isFixed: boolean
  count: number
}

/** The first rule that cannot be carried out, and why. */
export function findFaultOfRules(rules: unknown, isFixed: boolean): Fault | undefined {
  if (!Array.isArray(rules) || rules.length === 0)
    return { field: 'rules', message: 'rules must be a list with at least one rule, for the first row of a file.' }
  return firstFault(rules, 'rules', { isFixed, count: 0 }, 1)
}

function firstFault(rules: readonly unknown[], field: string, looking: Looking, depth: number): Fault | undefined {
  for (const [i, rule] of rules.entries()) {
    const fault = faultOfRule(rule, `${field}.${i}`, looking, depth)
    if (fault) return fault
  }
  return undefined
}

/** Some write truth values as texts. */
const isTrue = (value: unknown): boolean => value === true || value === 'true'

function faultOfRule(rule: unknown, field: string, looking: Looking, depth: number): Fault | undefined {
  const fault = (message: string, of = ''): Fault => ({ field: `${field}${of}`, message: `${field}${of} ${message}` })
  if (++looking.count > maxRules) return fault(`is one rule too many: a definition has ${maxRules.toLocaleString('en')} at the most.`)
  if (depth > maxDepth) return fault(`lies deeper than ${maxDepth} rules in each other.`)
  if (!isObject(rule)) return fault('must be an object.')
  const { name, elements, children = [], closeRule, container, maxOccurrence, ignoreIdentifier } = rule
  if (maxOccurrence !== undefined && !(Number.isInteger(maxOccurrence) && Number(maxOccurrence) > 0))
    return fault('must be a whole number above 0.', '.maxOccurrence')
  if (!Array.isArray(children)) return fault('must be a list of rules.', '.children')
  if (isTrue(container)) {
    if (typeof name !== 'string' || name === '') return fault('must name the list that the container becomes.', '.name')
    if (children.length === 0) return fault('must have the rules that the container repeats.', '.children')
  } else {
    const wrong = faultOfElements(elements, `${field}.elements`, looking.isFixed, isTrue(ignoreIdentifier))
    if (wrong) return wrong
  }
  if (closeRule !== undefined && closeRule !== null) {
    const wrong = faultOfRule(closeRule, `${field}.closeRule`, looking, depth + 1)
    if (wrong) return wrong
  }
  return firstFault(children, `${field}.children`, looking, depth + 1)
}

function faultOfElements(elements: unknown, field: string, isFixed: boolean, isAnyRow: boolean): Fault | undefined {
  if (!Array.isArray(elements) || elements.length === 0)
    return { field, message: `${field} must be a list of the elements of the row, the first of them what the row begins with.` }
  if (elements.length > maxElements)
    return { field, message: `${field} may have ${maxElements.toLocaleString('en')} elements at the most.` }
  for (const [i, element] of elements.entries()) {
    const at = `${field}.${i}`
    if (!isObject(element)) return { field: at, message: `${at} must be an object.` }
    const { name, value, length, elements: parts } = element
    if (typeof name !== 'string' || name === '') return { field: `${at}.name`, message: `${at}.name must name the element.` }
    if (isFixed && !(Number.isInteger(length) && Number(length) > 0))
      return { field: `${at}.length`, message: `${at}.length must be the width of the column, a whole number above 0.` }
    if (i === 0 && !isAnyRow && !isLiteral(value))
      return { field: `${at}.value`, message: `${at}.value must be what the row begins with: a text, and no template.` }
    if (parts === undefined) continue
    const wrong = faultOfElements(parts, `${at}.elements`, false, true)
    if (wrong) return wrong
  }
  return undefined
}

const isLiteral = (value: unknown): boolean => typeof value === 'string' && value !== '' && !value.includes('{{')
