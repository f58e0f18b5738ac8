/** What a settings form says of its fields: where each stores its value, when it shows, and what it offers. The server checks by it, and the console draws by it. */
import type { Unchecked } from './document.ts'
import { isObject } from './is-object.ts'
import type { Form } from './shared/form.ts'

type Values = Readonly<Record<string, unknown>>
/** A form may be made by a function: its fields are those of stored ones, and their values are not checked. */
type StoredForm = NonNullable<Form['form']>
export type FormFields = Unchecked<StoredForm>
export type FormField = Unchecked<NonNullable<StoredForm['fieldMap']>[string]> & {
  readonly defaultValue?: unknown
  readonly visibleWhenAll?: unknown
}

interface FormOption {
  readonly label: string
  readonly value: string
}

export const toText = (value: unknown, otherwise = ''): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : otherwise

/** The fields by their keys. What is no field is left out. */
export const listFormFields = ({ fieldMap }: FormFields): readonly (readonly [key: string, field: FormField])[] =>
  isObject(fieldMap) ? Object.entries(fieldMap).filter((entry): entry is [string, FormField] => isObject(entry[1])) : []

/** The name of the setting that a field stores. */
export const settingNameOf = (key: string, { name, id }: FormField): string => toText(name, toText(id, key))

/** The value that a field shows: what is stored, or its default. */
export function readFieldValue(key: string, field: FormField, values: Values): unknown {
  const name = settingNameOf(key, field)
  return Object.hasOwn(values, name) ? values[name] : field.defaultValue
}

/** The names of settings by the keys and ids of the fields that store them, by which conditions call them. */
export const namesOfFields = (fields: readonly (readonly [string, FormField])[]): ReadonlyMap<string, string> =>
  new Map(fields.flatMap(([key, field]) => [key, toText(field.id, key)].map((id) => [id, settingNameOf(key, field)] as const)))

/** One of `visibleWhen` holds, and all of `visibleWhenAll`. */
export function isFieldVisible(field: FormField, names: ReadonlyMap<string, string>, values: Values): boolean {
  const holds = (condition: unknown): boolean => {
    if (!isObject(condition)) return true
    const { field: decides, is, isNot } = condition
    const value = values[names.get(toText(decides)) ?? toText(decides)]
    if (Array.isArray(is)) return is.some((each) => toText(each) === toText(value))
    return !Array.isArray(isNot) || isNot.every((each) => toText(each) !== toText(value))
  }
  const [any, all] = [toList(field.visibleWhen), toList(field.visibleWhenAll)]
  return (any.length === 0 || any.some(holds)) && all.every(holds)
}

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Options stand in groups: values, or pairs of label and value. Undefined where the field has none, and takes anything. */
export function listFieldOptions({ options }: FormField): readonly FormOption[] | undefined {
  if (!Array.isArray(options)) return undefined
  const flat = options.flatMap((option: unknown) => {
    const { items } = isObject(option) ? option : { items: undefined }
    return Array.isArray(items) ? (items as unknown[]) : [option]
  })
  return flat.map((option) => {
    const { value, label } = isObject(option) ? option : { value: option, label: undefined }
    const stored = toText(value ?? label)
    return { value: stored, label: toText(label, stored) }
  })
}
