/** The templates of an export or import: one of its fields is chosen, and its template edited. */
import { useMemo, useState } from 'react'
import { templateFields } from '../../../template-fields.ts'
import { Field } from '../../parts/field.tsx'
import { Empty } from '../../parts/states.tsx'
import { editorWords } from '../../words/editors.ts'
import { toInputText, type EditorContext, type Json, type Sample } from '../editor.ts'
import { readAt, writeAt, type Path } from '../json-at.ts'
import { TemplateEditor, type WrittenFor } from './template-editor.tsx'

type StepCollection = 'exports' | 'imports'

/** Fields of the blocks that the document has, those of each entry of its lists, and those that every step has. */
function listTemplates(
  collection: StepCollection,
  values: Json,
): readonly { readonly path: Path; readonly name: string; readonly hint: string }[] {
  return templateFields[collection].flatMap(({ path, hint }) => {
    const [block = '', ...rest] = path.split('.')
    if (rest.length > 0 && typeof values[block] !== 'object') return []
    // A text may stand where a list is meant.
    const isAlone = path.endsWith('.0') && typeof readAt(values, path.slice(0, -2).split('.')) === 'string'
    if (!path.includes('*')) return [{ path: toPath(isAlone ? path.slice(0, -2) : path), name: path.replace(/\.0$/, ''), hint }]
    const [list = '', below = ''] = path.split('.*.')
    const entries = readAt(values, list.split('.'))
    return Array.isArray(entries)
      ? entries.map((entry: { name?: string }, i) => ({
          path: [...list.split('.'), i, ...below.split('.')],
          name: `${list}: ${entry.name ?? i + 1}`,
          hint,
        }))
      : []
  })
}

const toPath = (path: string): Path => path.split('.').map((name) => (/^\d+$/.test(name) ? Number(name) : name))

function writtenFor(path: Path, connection: Json | undefined): WrittenFor {
  const name = path.filter((each) => typeof each === 'string').join('.')
  if (/relativeURI$/i.test(name)) return 'uri'
  if (name.endsWith('.query')) return /^(?:rdbms|jdbc)/.test(name) ? 'sql' : 'raw'
  if (/^(?:mongodb|dynamodb|mcp)\./.test(name)) return 'json'
  if (name === 'file.xml.body') return 'xml'
  const mediaType = toInputText((connection?.['http'] as Json | undefined)?.['mediaType']) || 'json'
  if (name.endsWith('.body')) return mediaType === 'xml' ? 'xml' : mediaType === 'csv' ? 'csv' : mediaType === 'urlencoded' ? 'uri' : 'json'
  return 'raw'
}

interface StepTemplatesProps {
  readonly collection: StepCollection
  /** The document of the step. */
  readonly values: Json
  readonly sample: Sample
  readonly context: EditorContext
  readonly isReadOnly: boolean
  readonly onChange: (values: Json) => void
}

export function StepTemplates({ collection, values, sample, context, isReadOnly, onChange }: StepTemplatesProps) {
  const fields = useMemo(() => listTemplates(collection, values), [collection, values])
  const [name, setName] = useState<string>()
  const field = fields.find((each) => each.name === name) ?? fields.find(({ path }) => readAt(values, path) !== undefined) ?? fields[0]
  if (!field) return <Empty icon="code" title={editorWords.template.none} />
  const text = readAt(values, field.path)
  return (
    <>
      <Field label={editorWords.template.field} hint={field.hint}>
        {(aria) => (
          <select className="input" value={field.name} onChange={({ target }) => setName(target.value)} {...aria}>
            {fields.map((each) => (
              <option key={each.name} value={each.name}>
                {each.name}
                {readAt(values, each.path) === undefined ? '' : ' •'}
              </option>
            ))}
          </select>
        )}
      </Field>
      <TemplateEditor
        sample={sample}
        context={context}
        key={field.name}
        label={field.name}
        writtenFor={writtenFor(field.path, context.connection)}
        value={typeof text === 'string' ? text : ''}
        isReadOnly={isReadOnly}
        onChange={(next) => onChange(writeAt(values, field.path, next === '' ? undefined : next))}
      />
    </>
  )
}
