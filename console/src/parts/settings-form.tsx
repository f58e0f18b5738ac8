/** Draws a settings form: its fields in their groups, each shown where its conditions hold, with the message of the server at the field that it is about. */
import { isObject } from '../../../src/contract/is-object.ts'
import { useId, type ReactNode } from 'react'
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
} from '../../../src/contract/settings-form.ts'
import { FieldControl, type ControlKind } from './field-control.tsx'

type Values = Readonly<Record<string, unknown>>

interface SettingsFormProps {
  readonly form: FormFields
  readonly values: Values
  /** What the server says of a field, by the name of its setting. */
  readonly problems: ReadonlyMap<string, string>
  readonly isReadOnly?: boolean
  readonly onChange: (values: Values) => void
}

export function SettingsForm({ form, values, problems, isReadOnly = false, onChange }: SettingsFormProps) {
  const fields = new Map(listFormFields(form))
  const names = namesOfFields([...fields])
  const byId = new Map([...fields].map(([key, field]) => [toText(field.id, key), key]))
  const draw = (id: string): ReactNode => {
    const key = fields.has(id) ? id : byId.get(id)
    const field = key === undefined ? undefined : fields.get(key)
    if (key === undefined || !field || !isFieldVisible(field, names, values)) return null
    const name = settingNameOf(key, field)
    return (
      <FieldControl
        key={key}
        {...describeField(name, field)}
        error={problems.get(name)}
        isReadOnly={isReadOnly}
        value={toControl(field, readFieldValue(key, field, values))}
        onChange={(value) => onChange(withValue(values, name, fromControl(field, value), field.defaultValue))}
      />
    )
  }
  const { containers, direct } = readLayout(form.layout)
  const isArranged = containers.length > 0 || direct.length > 0
  return (
    <div className="form-fields">
      {(isArranged ? direct : [...fields.keys()]).map(draw)}
      {containers.map((container, place) => (
        // oxlint-disable-next-line react/no-array-index-key -- groups have no other name that is theirs alone
        <Group key={place} container={container} draw={draw} />
      ))}
    </div>
  )
}

/** What a form stores before anything is entered: its defaults, besides what is there. */
export const withDefaults = (form: FormFields, values: Values): Values => ({
  ...Object.fromEntries(
    listFormFields(form).flatMap(([key, field]) => {
      const value = readFieldValue(key, field, values)
      return value === undefined ? [] : [[settingNameOf(key, field), value]]
    }),
  ),
  ...values,
})

/** What is taken away of a field with a default is null: absent it would be the default again. */
function withValue(values: Values, name: string, value: unknown, byDefault: unknown): Values {
  const { [name]: _before, ...rest } = values
  if (value !== undefined) return { ...values, [name]: value }
  return byDefault === undefined ? rest : { ...values, [name]: null }
}

interface Container {
  readonly type: string
  readonly label: string
  readonly fields: readonly string[]
  readonly containers: readonly Container[]
}

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [])

function readLayout(layout: unknown): { readonly direct: readonly string[]; readonly containers: readonly Container[] } {
  const { fields, containers } = isObject(layout) ? layout : { fields: undefined, containers: undefined }
  return { direct: textsOf(fields), containers: readContainers(containers) }
}

const readContainers = (value: unknown): readonly Container[] =>
  (Array.isArray(value) ? value : []).filter(isObject).map(({ type, label, fields, containers }) => ({
    type: toText(type),
    label: toText(label),
    fields: textsOf(fields),
    containers: readContainers(containers),
  }))

function Group({ container, draw }: { readonly container: Container; readonly draw: (id: string) => ReactNode }) {
  const id = useId()
  const { type, label, fields, containers } = container
  const drawn = fields.map(draw)
  if (drawn.every((each) => each === null) && containers.length === 0) return null
  const content = (
    <div className="form-fields">
      {drawn}
      {containers.map((each, place) => (
        // oxlint-disable-next-line react/no-array-index-key -- groups have no other name that is theirs alone
        <Group key={place} container={each} draw={draw} />
      ))}
    </div>
  )
  if (type === 'collapse')
    return (
      <details className="form-group collapse">
        <summary>{label}</summary>
        {content}
      </details>
    )
  return (
    <section
      className={`form-group ${type === 'indent' ? 'indent' : type === 'box' ? 'box' : ''}`}
      {...(label && { 'aria-labelledby': id })}
    >
      {label && <h3 id={id}>{label}</h3>}
      {content}
    </section>
  )
}

const kinds: Readonly<Record<string, ControlKind>> = {
  checkbox: 'flag',
  toggle: 'flag',
  radiogroup: 'radio',
  select: 'select',
  multiselect: 'multiselect',
  keyvalue: 'pairs',
  editor: 'code',
  datetime: 'datetime',
  date: 'date',
}
const inputKinds: Readonly<Record<string, ControlKind>> = {
  number: 'number',
  email: 'email',
  password: 'secret',
  tel: 'tel',
  url: 'url',
}

function describeField(name: string, field: FormField) {
  const { type, inputType, multiline, label, description, helpText, required, mode, keyName, valueName } = field
  const options = listFieldOptions(field)
  // Kept as it is entered, whatever the time zone: the browser is not to convert it.
  const isKept = type === 'datetime' && field.skipTimezoneConversion === true
  const kind = isKept ? 'localtime' : (kinds[toText(type)] ?? (multiline === true ? 'long' : (inputKinds[toText(inputType)] ?? 'text')))
  // Toggles with options of their own store one of these.
  const isChoice = kind === 'flag' && options !== undefined && options.length > 0
  const hint = [toText(description), toText(helpText)].filter(Boolean).join(' ')
  return {
    label: toText(label, name),
    kind: isChoice ? ('radio' as const) : kind,
    options,
    isRequired: required === true,
    ...(hint && { hint }),
    ...(kind === 'code' && { language: mode === 'json' ? ('json' as const) : ('text' as const) }),
    ...(kind === 'pairs' && keyName !== undefined && { pair: [toText(keyName, 'key'), toText(valueName, 'value')] as const }),
  }
}

/** A text with a delimiter is a list. */
const toControl = ({ delimiter }: FormField, value: unknown): unknown =>
  toText(delimiter) && Array.isArray(value) ? value.join(toText(delimiter)) : value
const fromControl = ({ delimiter, type }: FormField, value: unknown): unknown =>
  toText(delimiter) && type === 'text' && typeof value === 'string' ? value.split(toText(delimiter)) : value
