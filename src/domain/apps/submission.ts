/** Checks what was filled into the form of a step. */
import { isObject } from '../../contract/walk.ts'
import { DomainError, type Problem } from '../errors.ts'

type Field = Readonly<Record<string, unknown>>

/** Every field at fault is named. Values that the form has no field for are refused: a function would take them for checked. */
export function checkSubmission(form: unknown, submission: Readonly<Record<string, unknown>>): void {
  const fields = isObject(form) && isObject(form['fieldMap']) ? Object.values(form['fieldMap']).filter(isObject) : []
  const known = new Map(fields.map((field) => [nameOf(field), field]))
  const problems = [
    ...fields.flatMap((field) => problemOf(field, submission[nameOf(field)])),
    ...Object.keys(submission).flatMap((name) => (known.has(name) ? [] : [problem(name, 'is no field of the form')])),
  ]
  const [first, ...more] = problems
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

const nameOf = ({ name, id }: Field): string => (typeof name === 'string' ? name : typeof id === 'string' ? id : '')

function problemOf(field: Field, value: unknown): readonly Problem[] {
  const name = nameOf(field)
  const isEmpty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  if (isEmpty) return field['required'] === true && !field['visibleWhen'] ? [problem(name, 'is required', 'missing_required_field')] : []
  const wrong = wrongWith(field, value)
  return wrong === undefined ? [] : [problem(name, wrong)]
}

function wrongWith({ type, inputType, options }: Field, value: unknown): string | undefined {
  if (type === 'checkbox' || type === 'toggle') return typeof value === 'boolean' || type === 'toggle' ? undefined : 'must be true or false'
  if (type === 'multiselect') {
    if (!Array.isArray(value)) return 'must be an array'
    return value.every((each) => isOption(options, each)) ? undefined : 'must hold options of the form only'
  }
  if (type === 'select' || type === 'radiogroup') return isOption(options, value) ? undefined : 'must be one of the options of the form'
  if (type === 'text' && inputType === 'number') return Number.isFinite(Number(value)) ? undefined : 'must be a number'
  if (type === 'text' || type === 'date' || type === 'datetime' || type === 'relativeuri')
    return ['string', 'number'].includes(typeof value) ? undefined : 'must be text'
  return undefined
}

/** Options are values, pairs of label and value, or groups of either. Where the form lists none, anything goes. */
function isOption(options: unknown, value: unknown): boolean {
  const values = valuesOf(options)
  return values.length === 0 || values.includes(value)
}

const valuesOf = (options: unknown): readonly unknown[] =>
  Array.isArray(options)
    ? options.flatMap((option) => (isObject(option) ? ('items' in option ? valuesOf(option['items']) : [option['value']]) : [option]))
    : []

const problem = (name: string, what: string, code: 'invalid_field' | 'missing_required_field' = 'invalid_field'): Problem => ({
  code,
  message: `formSubmission.${name} ${what}.`,
  field: `formSubmission.${name}`,
})
