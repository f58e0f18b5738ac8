/** Designs a form that people fill in, such as that of an install step: its fields as rows, the whole as JSON, and beside them the form itself to try. */
import { isObject } from '../../../src/contract/is-object.ts'
import { useState } from 'react'
import { listFieldOptions, listFormFields, settingNameOf, toText, type FormFields } from '../../../src/contract/settings-form.ts'
import { designerWords as words } from '../words/designer.ts'
import { FieldControl } from './field-control.tsx'
import { JsonView } from './json-view.tsx'
import { Switch } from './page.tsx'
import { RowsControl, type Row } from './rows-control.tsx'
import { SettingsForm } from './settings-form.tsx'
import './form-fields.css'

interface FormDesignerProps {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly isReadOnly: boolean
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

const types = ['text', 'select', 'multiselect', 'radiogroup', 'checkbox', 'toggle', 'date', 'datetime', 'keyvalue', 'editor'] as const
/** Fields of these types offer a choice. */
const withOptions: ReadonlySet<string> = new Set(['select', 'multiselect', 'radiogroup'])

export function FormDesigner({ label, hint, error, isReadOnly, value, onChange }: FormDesignerProps) {
  const [as, setAs] = useState<'fields' | 'json'>('fields')
  const [tried, setTried] = useState<Row>({})
  const form = (isObject(value) ? value : {}) as FormFields
  return (
    <section className="form-group box designer" aria-label={label}>
      <div className="inline">
        <h3>{label}</h3>
        <Switch
          label={words.view(label)}
          value={as}
          onChange={setAs}
          options={[
            { value: 'fields', label: words.fields },
            { value: 'json', label: words.json },
          ]}
        />
      </div>
      {hint && <p className="hint">{hint}</p>}
      <div className="designer-sides">
        {as === 'json' ? (
          <FieldControl kind="code" language="json" label={label} isReadOnly={isReadOnly} value={value} onChange={onChange} />
        ) : (
          <RowsControl
            label={words.fields}
            addLabel={words.addField}
            start={{ type: 'text' }}
            isReadOnly={isReadOnly}
            value={listFormFields(form).map(([key, field]) => ({ ...field, [keyOfRow]: key }))}
            onChange={(rows) => onChange(withFields(form, (rows ?? []).filter(isObject)))}
            draw={(row, change) => <FieldOfForm row={row} isReadOnly={isReadOnly} onChange={change} />}
          />
        )}
        <div className="designer-trial" role="group" aria-label={words.trial(label)}>
          <h4>{words.tried}</h4>
          {listFormFields(form).length === 0 ? (
            <p className="soft">{words.empty}</p>
          ) : (
            <SettingsForm form={form} values={tried} problems={new Map()} onChange={setTried} />
          )}
          {Object.keys(tried).length > 0 && <JsonView label={words.values(label)} value={tried} />}
        </div>
      </div>
      {error && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
    </section>
  )
}

/** Under which name a row remembers the key of its field. It goes into no document. */
const keyOfRow = ' key'

/** Fields under their keys; a new one gets the name of its setting as its key. Groups of the layout keep what they have, and new fields come after them. */
function withFields(form: FormFields, rows: readonly Row[]): FormFields {
  const fieldMap: Record<string, unknown> = {}
  for (const [place, { [keyOfRow]: before, ...field }] of rows.entries()) {
    const named = toText(field['name']) || `field${place + 1}`
    const key = typeof before === 'string' ? before : named
    const isTaken = Object.hasOwn(fieldMap, key)
    fieldMap[isTaken ? `${key}${place + 1}` : key] = { ...field, ...(before === undefined && { id: named, name: named }) }
  }
  const { layout } = form
  if (!isObject(layout) || !Array.isArray(layout['fields'])) return { ...form, fieldMap } as FormFields
  const kept = (layout['fields'] as unknown[]).filter((each) => typeof each === 'string' && Object.hasOwn(fieldMap, each))
  const added = Object.keys(fieldMap).filter((key) => !JSON.stringify(layout).includes(JSON.stringify(key)))
  return { ...form, fieldMap, layout: { ...layout, fields: [...kept, ...added] } } as FormFields
}

function FieldOfForm({
  row,
  isReadOnly,
  onChange,
}: {
  readonly row: Row
  readonly isReadOnly: boolean
  readonly onChange: (row: Row) => void
}) {
  const set = (name: string) => (value: unknown) => {
    const { [name]: _before, ...rest } = row
    onChange(value === undefined || value === '' ? rest : { ...row, [name]: value })
  }
  const type = toText(row['type'], 'text')
  const options = listFieldOptions(row)
  const name = settingNameOf(toText(row[keyOfRow]), row)
  return (
    <>
      <FieldControl kind="text" label={words.label} isReadOnly={isReadOnly} value={row['label']} onChange={set('label')} />
      <FieldControl
        kind="text"
        label={words.name}
        isReadOnly={isReadOnly}
        value={name}
        onChange={(next) => onChange({ ...row, name: next, id: toText(row['id'], toText(row[keyOfRow])) })}
      />
      <FieldControl
        kind="select"
        isRequired
        label={words.type}
        isReadOnly={isReadOnly}
        value={type}
        options={types.map((each) => ({ value: each, label: words.types[each] }))}
        onChange={set('type')}
      />
      <FieldControl
        kind="flag"
        label={words.required}
        isReadOnly={isReadOnly}
        value={row['required']}
        onChange={(on) => set('required')(on === true || undefined)}
      />
      <FieldControl kind="text" label={words.help} isReadOnly={isReadOnly} value={row['helpText']} onChange={set('helpText')} />
      {withOptions.has(type) && (
        <FieldControl
          kind="long"
          label={words.options}
          isReadOnly={isReadOnly}
          value={(options ?? [])
            .map((option) => (option.label === option.value ? option.value : `${option.value}=${option.label}`))
            .join('\n')}
          onChange={(text) => set('options')(toOptions(text))}
        />
      )}
    </>
  )
}

/** A line each: a value, or a value and what people read in its place. */
function toOptions(text: unknown): unknown {
  const lines = typeof text === 'string' ? text.split('\n') : []
  if (lines.join('') === '') return undefined
  const items = lines.map((line) => {
    const [value = '', ...label] = line.split('=')
    return label.length === 0 ? value : { value, label: label.join('=') }
  })
  return [{ items }]
}
