/** Whether settings are what their form lets people enter. Values that no field of the form stores are free, as they are without a form. */
import type { Unchecked } from '../../contract/document.ts'
import { parseBounded } from '../limits/parse-json.ts'
import { maxDepth } from '../limits/json-limits.ts'
import { isObject } from '../../contract/walk.ts'
import type { Form } from '../../contract/shared/form.ts'
import type { Problem } from '../errors.ts'

type Settings = Readonly<Record<string, unknown>>
/** A form may be made by a function: its fields are those of stored ones, and their values are not checked. */
type StoredForm = NonNullable<Form['form']>
export type FormFields = Unchecked<StoredForm>
export type FormField = Unchecked<NonNullable<StoredForm['fieldMap']>[string]> & {
  readonly defaultValue?: unknown
  readonly visibleWhenAll?: unknown
}
type Field = FormField

/** Every field at fault, by the name of the setting after `at`. */
export function findSettingsProblems(form: FormFields, settings: Settings, at: string): Problem[] {
  const fields = isObject(form.fieldMap)
    ? Object.entries(form.fieldMap).filter((entry): entry is [string, Field] => isObject(entry[1]))
    : []
  const nameOf = new Map(
    fields.flatMap(([key, field]) => [[key, nameIn(key, field)] as const, [textOf(field.id, key), nameIn(key, field)] as const]),
  )
  return fields.flatMap(([key, field]): Problem[] => {
    const name = nameIn(key, field)
    const value = Object.hasOwn(settings, name) ? settings[name] : field.defaultValue
    if (!isVisible(field, nameOf, settings)) return []
    const said = textOf(field.label, name)
    if (isEmpty(value)) {
      return field.required === true
        ? [{ code: 'missing_required_field' as const, message: `Expected field: ${at}.${name} to be present.`, field: `${at}.${name}` }]
        : []
    }
    const wrong = findMistake(field, value)
    return wrong === undefined ? [] : [{ code: 'invalid_field' as const, message: `${said} ${wrong}.`, field: `${at}.${name}` }]
  })
}

const textOf = (value: unknown, otherwise = ''): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : otherwise
const nameIn = (key: string, { name, id }: Field): string => textOf(name, textOf(id, key))
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/** One of `visibleWhen` holds, and all of `visibleWhenAll`. */
function isVisible(field: Field, nameOf: ReadonlyMap<string, string>, settings: Settings): boolean {
  const holds = (condition: unknown): boolean => {
    if (!isObject(condition)) return true
    const { field: decides, is, isNot } = condition
    const value = settings[nameOf.get(textOf(decides)) ?? textOf(decides)]
    if (Array.isArray(is)) return is.some((each) => textOf(each) === textOf(value))
    return !Array.isArray(isNot) || isNot.every((each) => textOf(each) !== textOf(value))
  }
  const [any, all] = [toList(field.visibleWhen), toList(field.visibleWhenAll)]
  return (any.length === 0 || any.some(holds)) && all.every(holds)
}

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** What is wrong with a value that is there, as the end of a sentence. */
function findMistake(field: Field, value: unknown): string | undefined {
  switch (field.type) {
    case 'checkbox':
    case 'toggle':
      return typeof value === 'boolean' || optionsOf(field)?.includes(String(value)) ? undefined : 'must be true or false'
    case 'radiogroup':
    case 'select':
      return isOption(field, value) ? undefined : `must be one of: ${optionsOf(field)?.join(', ')}`
    case 'multiselect':
      return Array.isArray(value) && value.every((each) => isOption(field, each))
        ? undefined
        : `must be a list of: ${optionsOf(field)?.join(', ')}`
    case 'keyvalue':
      return Array.isArray(value)
        ? value.every(isObject)
          ? undefined
          : 'must be a list of pairs'
        : isObject(value)
          ? undefined
          : 'must be a list of pairs'
    case 'date':
    case 'datetime':
      return dateMistake(field, value)
    case 'editor':
      return editorMistake(field, value)
    case 'relativeuri':
      return typeof value === 'string' ? undefined : 'must be a text'
    default:
      return textMistake(field, value)
  }
}

/** Options stand in groups: values, or pairs of label and value. Undefined where the field has none, and takes anything. */
function optionsOf({ options }: Field): string[] | undefined {
  if (!Array.isArray(options)) return undefined
  const flat = options.flatMap((option: unknown) => {
    const { items } = isObject(option) ? option : { items: undefined }
    return Array.isArray(items) ? (items as unknown[]) : [option]
  })
  return flat.map((option) => {
    const { value, label } = isObject(option) ? option : { value: option, label: undefined }
    return textOf(value ?? label)
  })
}

const isOption = (field: Field, value: unknown): boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) && (optionsOf(field)?.includes(String(value)) ?? true)

function dateMistake({ doNotAllowFutureDates }: Field, value: unknown): string | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isNaN(time)) return 'must be a date'
  return doNotAllowFutureDates === true && time > Date.now() ? 'must not be a date yet to come' : undefined
}

function editorMistake({ mode }: Field, value: unknown): string | undefined {
  if (mode !== 'json' || typeof value !== 'string')
    return typeof value === 'string' || isObject(value) || Array.isArray(value) ? undefined : 'must be a text'
  try {
    parseBounded(value, maxDepth)
    return undefined
  } catch {
    return 'must be JSON'
  }
}

function textMistake({ inputType, delimiter, type }: Field, value: unknown): string | undefined {
  if (type !== 'text') return undefined
  if (Array.isArray(value)) return delimiter !== undefined && value.every((each) => typeof each === 'string') ? undefined : 'must be a text'
  if (inputType === 'number') return Number.isFinite(typeof value === 'string' ? Number(value) : value) ? undefined : 'must be a number'
  if (typeof value !== 'string' && typeof value !== 'number') return 'must be a text'
  if (inputType === 'email') return /^[^\s@]+@[^\s@]+$/.test(String(value)) ? undefined : 'must be an email address'
  return inputType === 'url' && !URL.canParse(String(value)) ? 'must be a URL' : undefined
}
