/** What a row of a mapping has besides its name and type: where its value comes from, its lookup, its default, its condition, its dates. */
import { useId } from 'react'
import { IconButton } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { words as common } from '../../words.ts'
import { editorWords } from '../../words/editors.ts'
import { toInputText, type Json } from '../editor.ts'
import { readAt, writeAt } from '../json-at.ts'
import { LookupSetting } from '../lookups/lookup-setting.tsx'
import { findRenamed, renameLookup } from '../lookups/rename-lookup.ts'
import { TemplateSource } from '../template/template-source.tsx'
import { isFixed, isListType, sourceOf, type MappingRow, type MappingShape, type MappingValue, type RowSetting } from './mapping-shape.ts'

const words = editorWords.mapping

interface RowSettingsProps {
  readonly shape: MappingShape
  readonly row: MappingRow
  readonly value: MappingValue
  /** What templates of the row see. */
  readonly seen: Json
  readonly onChange: (value: MappingValue) => void
  readonly isReadOnly: boolean
  readonly onClose: () => void
}

export function RowSettings({ shape, row, value, seen, onChange, isReadOnly, onClose }: RowSettingsProps) {
  const { node } = row
  const change = (next: Json) => onChange(writeAt(value, row.path, next))
  const all = shape.settings(row)
  const draw = (setting: RowSetting) =>
    setting.kind === 'lookup' ? (
      <LookupSetting
        key={setting.name}
        label={words.settings[setting.name] ?? setting.name}
        name={(readAt(node, setting.path) as string | undefined) ?? ''}
        suggested={row.names.at(-1) || editorWords.lookups.unnamed}
        lookups={value.lookups ?? []}
        isReadOnly={isReadOnly}
        onChange={(name, lookups) => {
          const rename = findRenamed(value.lookups, lookups)
          const named = rename ? renameLookup(value, rename) : value
          onChange(writeAt(writeAt(named, [...row.path, ...setting.path], name), ['lookups'], lookups))
        }}
      />
    ) : (
      <Setting key={setting.name} setting={setting} node={node} isReadOnly={isReadOnly} onChange={change} />
    )
  const more = all.filter(({ isMore }) => isMore)
  const title = words.settingsOf(row.names.join('.') || words.nameless)
  return (
    <aside className="mapping-settings" aria-label={title}>
      <header>
        <h3 title={title}>{row.names.join('.') || words.nameless}</h3>
        <IconButton icon="cross" label={common.actions.close} onClick={onClose} />
      </header>
      {row.kind !== 'list' && !(row.kind === 'field' && isListType(node['dataType']) && shape.addSource) && (
        <SourceSetting
          node={node}
          seen={seen}
          isReadOnly={isReadOnly}
          mayBeFixed={row.kind === 'field' && node['dataType'] !== 'object' && shape.types.length > 0}
          onChange={change}
        />
      )}
      {all.filter(({ isMore }) => !isMore).map(draw)}
      {more.length > 0 && (
        <details open={more.some(({ path }) => readAt(node, path) !== undefined)}>
          <summary>{words.more}</summary>
          {more.map(draw)}
        </details>
      )}
      {typeof node['status'] === 'string' && <p className="soft">{words.status(node['status'])}</p>}
    </aside>
  )
}

interface SourceSettingProps {
  readonly node: Json
  readonly seen: Json
  readonly isReadOnly: boolean
  readonly mayBeFixed: boolean
  readonly onChange: (node: Json) => void
}

function SourceSetting({ node, seen, isReadOnly, mayBeFixed, onChange }: SourceSettingProps) {
  const { extract: _extract, hardCodedValue: _fixed, ...rest } = node
  const isHard = isFixed(node)
  const text = sourceOf(node)
  return (
    <>
      {mayBeFixed && (
        <Field label={words.sourceKind}>
          {(aria) => (
            <select
              className="input"
              disabled={isReadOnly}
              value={isHard ? 'fixed' : 'record'}
              onChange={({ target }) =>
                onChange(target.value === 'fixed' ? { ...rest, hardCodedValue: text } : { ...rest, ...(text && { extract: text }) })
              }
              {...aria}
            >
              <option value="record">{words.fromRecord}</option>
              <option value="fixed">{words.fixedValue}</option>
            </select>
          )}
        </Field>
      )}
      {!isHard && (
        <TemplateSource
          label={words.asTemplate}
          value={text}
          seen={seen}
          isReadOnly={isReadOnly}
          onChange={(next) => onChange({ ...rest, ...(next && { extract: next }) })}
        />
      )}
    </>
  )
}

interface SettingProps {
  readonly setting: RowSetting
  readonly node: Json
  readonly isReadOnly: boolean
  readonly onChange: (node: Json) => void
}

function Setting({ setting: { name, kind, options = [], path }, node, isReadOnly, onChange }: SettingProps) {
  const label = words.settings[name] ?? name
  const value = readAt(node, path)
  /** An object that is emptied goes with its last field. */
  const set = (next: unknown) => {
    const made = writeAt(node, path, next)
    const [first = ''] = path
    const outer = (made as Json)[first]
    const isEmptied = path.length > 1 && typeof outer === 'object' && outer !== null && Object.keys(outer).length === 0
    onChange(isEmptied ? writeAt(made, [first], undefined) : made)
  }
  if (kind === 'flag')
    return <FlagSetting label={label} value={value === true} isReadOnly={isReadOnly} onChange={(on) => set(on || undefined)} />
  if (kind === 'default') return <DefaultSetting label={label} value={value} isReadOnly={isReadOnly} onChange={set} />
  return (
    <Field label={label} hint={words.hints[name]}>
      {(aria) =>
        kind === 'select' ? (
          <select
            className="input"
            disabled={isReadOnly}
            value={toInputText(value)}
            onChange={({ target }) => set(target.value || undefined)}
            {...aria}
          >
            <option value="">{words.always[name] ?? ''}</option>
            {options.map((option) => (
              <option key={option} value={option}>
                {words.options[option] ?? words.types[option] ?? option}
              </option>
            ))}
          </select>
        ) : (
          <input
            className="input"
            readOnly={isReadOnly}
            value={toInputText(value)}
            onChange={({ target }) => set(target.value || undefined)}
            {...aria}
          />
        )
      }
    </Field>
  )
}

interface FlagSettingProps {
  readonly label: string
  readonly value: boolean
  readonly isReadOnly: boolean
  readonly onChange: (on: boolean) => void
}

const FlagSetting = ({ label, value, isReadOnly, onChange }: FlagSettingProps) => (
  <label className="choice flag">
    <input type="checkbox" checked={value} disabled={isReadOnly} onChange={({ target }) => onChange(target.checked)} />
    <span>{label}</span>
  </label>
)

interface DefaultSettingProps {
  readonly label: string
  readonly value: unknown
  readonly isReadOnly: boolean
  readonly onChange: (value: unknown) => void
}

/** Nothing, null, the empty text and a text are four different defaults. */
function DefaultSetting({ label, value, isReadOnly, onChange }: DefaultSettingProps) {
  const id = useId()
  const kind = value === undefined ? 'none' : value === null ? 'null' : value === '' ? 'empty' : 'text'
  const byKind: Readonly<Record<string, unknown>> = { none: undefined, null: null, empty: '', text: '0' }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" disabled={isReadOnly} value={kind} onChange={({ target }) => onChange(byKind[target.value])}>
        {Object.keys(byKind).map((each) => (
          <option key={each} value={each}>
            {words.defaults[each]}
          </option>
        ))}
      </select>
      {kind === 'text' && (
        <input
          className="input"
          aria-label={words.defaultValue}
          readOnly={isReadOnly}
          value={String(value)}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </div>
  )
}
