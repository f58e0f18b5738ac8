/** Whether settings are what their form lets people enter. Values that no field of the form stores are free, as they are without a form. */
import { isObject } from '../../contract/walk.ts'
import {
  isFieldVisible,
  listFieldOptions,
  listFormFields,
  namesOfFields,
  readFieldValue,
  settingNameOf,
  toText,
  type FormField,
  type FormFields,
} from '../../contract/settings-form.ts'
import { parseBounded } from '../limits/parse-json.ts'
import { maxDepth } from '../limits/json-limits.ts'
import type { Problem } from '../errors.ts'

/** Every field at fault, by the name of the setting after `at`. */
export function findSettingsProblems(form: FormFields, settings: Readonly<Record<string, unknown>>, at: string): Problem[] {
  const fields = listFormFields(form)
  const names = namesOfFields(fields)
  return fields.flatMap(([key, field]): Problem[] => {
    const name = settingNameOf(key, field)
    const value = readFieldValue(key, field, settings)
    if (!isFieldVisible(field, names, settings)) return []
    if (isEmpty(value)) {
      return field.required === true
        ? [{ code: 'missing_required_field' as const, message: `Expected field: ${at}.${name} to be present.`, field: `${at}.${name}` }]
        : []
    }
    const wrong = findMistake(field, value)
    if (wrong === undefined) return []
    return [{ code: 'invalid_field' as const, message: `${toText(field.label, name)} ${wrong}.`, field: `${at}.${name}` }]
  })
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

const optionsOf = (field: FormField): readonly string[] | undefined => listFieldOptions(field)?.map(({ value }) => value)

/** What is wrong with a value that is there, as the end of a sentence. */
function findMistake(field: FormField, value: unknown): string | undefined {
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

const isOption = (field: FormField, value: unknown): boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) && (optionsOf(field)?.includes(String(value)) ?? true)

function dateMistake({ doNotAllowFutureDates }: FormField, value: unknown): string | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isNaN(time)) return 'must be a date'
  return doNotAllowFutureDates === true && time > Date.now() ? 'must not be a date yet to come' : undefined
}

function editorMistake({ mode }: FormField, value: unknown): string | undefined {
  if (mode !== 'json' || typeof value !== 'string')
    return typeof value === 'string' || isObject(value) || Array.isArray(value) ? undefined : 'must be a text'
  try {
    parseBounded(value, maxDepth)
    return undefined
  } catch {
    return 'must be JSON'
  }
}

function textMistake({ inputType, delimiter, type }: FormField, value: unknown): string | undefined {
  if (type !== 'text') return undefined
  if (Array.isArray(value)) return delimiter !== undefined && value.every((each) => typeof each === 'string') ? undefined : 'must be a text'
  if (inputType === 'number') return Number.isFinite(typeof value === 'string' ? Number(value) : value) ? undefined : 'must be a number'
  if (typeof value !== 'string' && typeof value !== 'number') return 'must be a text'
  if (inputType === 'email') return /^[^\s@]+@[^\s@]+$/.test(String(value)) ? undefined : 'must be an email address'
  return inputType === 'url' && !URL.canParse(String(value)) ? 'must be a URL' : undefined
}
