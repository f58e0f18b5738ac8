/** A lookup: a table written down in it, a lookup cache, or a request to the application. */
import { useEffect, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { DocumentSelect } from '../../parts/document-form.tsx'
import { Field, TextField } from '../../parts/field.tsx'
import { useUnsaved } from '../../parts/unsaved.tsx'
import { words as common } from '../../words.ts'
import { editorWords } from '../../words/editors.ts'
import { toInputText, type Json } from '../editor.ts'
import { useRemembered } from '../use-remembered.ts'
import { ValueTable } from './value-table.tsx'

const words = editorWords.lookups

interface LookupFormProps {
  readonly lookup: Json
  readonly taken: readonly string[]
  readonly isReadOnly: boolean
  readonly onChange: (lookup: Json) => void
  readonly onRemove: () => void
}

const kinds = ['table', 'cache', 'http', 'query'] as const
type Kind = (typeof kinds)[number]

const kindOf = (lookup: Json): Kind =>
  '_lookupCacheId' in lookup ? 'cache' : 'query' in lookup ? 'query' : 'relativeURI' in lookup || 'method' in lookup ? 'http' : 'table'

const begun: Readonly<Record<Kind, Json>> = {
  table: { map: {} },
  cache: { _lookupCacheId: '' },
  http: { method: 'GET', relativeURI: '' },
  query: { query: '' },
}

interface NameFieldProps {
  readonly name: string
  readonly taken: readonly string[]
  readonly isReadOnly: boolean
  readonly onRename: (name: string) => void
}

/** Taken once it is typed and no other lookup has it: on the way there it may be the name of another one. */
function NameField({ name, taken, isReadOnly, onRename }: NameFieldProps) {
  const [typed, setTyped] = useState(name)
  useEffect(() => setTyped(name), [name])
  useUnsaved(typed !== name)
  const problem = taken.includes(typed) ? words.taken : typed === '' ? words.needsName : undefined
  const commit = () => {
    if (problem === undefined && typed !== name) onRename(typed)
  }
  return (
    <TextField
      label={words.fields['name'] ?? ''}
      readOnly={isReadOnly}
      value={typed}
      error={problem}
      onChange={({ target }) => setTyped(target.value)}
      onBlur={commit}
      onKeyDown={({ key }) => key === 'Enter' && commit()}
    />
  )
}

export function LookupForm({ lookup, taken, isReadOnly, onChange, onRemove }: LookupFormProps) {
  const kind = kindOf(lookup)
  const { name, allowFailures, default: otherwise, ...own } = lookup
  const recall = useRemembered<Kind, Json>(kind, own)
  const set = (field: string, value: unknown) => {
    const { [field]: _before, ...rest } = lookup
    onChange(value === undefined ? rest : { ...rest, [field]: value })
  }
  const text = (field: string) => ({
    label: words.fields[field] ?? field,
    readOnly: isReadOnly,
    value: toInputText(lookup[field]),
    onChange: ({ target }: { target: HTMLInputElement }) => set(field, target.value),
  })
  return (
    <div className="lookup-form">
      <NameField name={toInputText(name)} taken={taken} isReadOnly={isReadOnly} onRename={(next) => set('name', next)} />
      <Field label={words.kind}>
        {(aria) => (
          <select
            className="input"
            disabled={isReadOnly}
            value={kind}
            onChange={({ target }) =>
              onChange({
                ...recall(target.value as Kind, begun[target.value as Kind]),
                name,
                ...(allowFailures !== undefined && { allowFailures }),
                ...(otherwise !== undefined && { default: otherwise }),
              })
            }
            {...aria}
          >
            {kinds.map((each) => (
              <option key={each} value={each}>
                {words.kinds[each]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {kind === 'table' && <ValueTable map={(lookup['map'] ?? {}) as Json} isReadOnly={isReadOnly} onChange={(map) => set('map', map)} />}
      {kind === 'cache' && (
        <>
          <DocumentSelect
            collection="lookupcaches"
            label={words.fields['_lookupCacheId'] ?? ''}
            isReadOnly={isReadOnly}
            value={lookup['_lookupCacheId']}
            onChange={(id) => set('_lookupCacheId', id ?? '')}
          />
          <TextField {...text('extract')} hint={words.cachePath} />
        </>
      )}
      {kind === 'http' && (
        <>
          <Field label={words.fields['method'] ?? ''}>
            {(aria) => (
              <select
                className="input"
                disabled={isReadOnly}
                value={toInputText(lookup['method']) || 'GET'}
                onChange={({ target }) => set('method', target.value)}
                {...aria}
              >
                {['GET', 'POST'].map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            )}
          </Field>
          <TextField {...text('relativeURI')} />
          {lookup['method'] === 'POST' && <TextField {...text('body')} />}
          <TextField {...text('extract')} hint={words.answerPath} />
        </>
      )}
      {kind === 'query' && (
        <>
          <TextField {...text('query')} />
          <TextField {...text('extract')} hint={words.answerPath} />
        </>
      )}
      <label className="choice flag">
        <input
          type="checkbox"
          checked={allowFailures === true}
          disabled={isReadOnly}
          onChange={({ target }) => set('allowFailures', target.checked || undefined)}
        />
        <span>{words.fields['allowFailures']}</span>
      </label>
      {allowFailures === true && <TextField {...text('default')} />}
      {!isReadOnly && (
        <div>
          <Button icon="bin" onClick={onRemove}>
            {common.actions.delete}
          </Button>
        </div>
      )}
    </div>
  )
}
