/** What is edited of an export or import besides its settings: mapping, filters, transforms, templates, hooks. Each is a part of the document, and is saved with it. */
import { lazy, useMemo, useState, type ReactNode } from 'react'
import { callAny, callWithVersion } from '../../api/client.ts'
import { queryClient, refresh } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { ifMatch, useVersioned, type Versioned } from '../../api/versioned.ts'
import { collections } from '../../collections.ts'
import { textOf, type EditorContext, type Json, type Sample } from '../../editors/editor.ts'
import { useEditorContext } from '../../editors/sample/use-editor-context.ts'
import { useSample } from '../../editors/sample/use-sample.ts'
import { templateFields } from '../../../template-fields.ts'
import { readAt, writeAt, type Path } from '../../editors/json-at.ts'
import type { WrittenFor } from '../../editors/template/template-editor.tsx'
import { DocumentEditor, type FormViewProps } from '../../parts/document-editor.tsx'
import { Field } from '../../parts/field.tsx'
import { Switch } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { resourceWords } from '../../words/resources.ts'
import { editorWords } from '../../words/editors.ts'

const MappingEditor = lazy(async () => ({ default: (await import('../../editors/mapping/mapping-editor.tsx')).MappingEditor }))
const MappingV1Editor = lazy(async () => ({ default: (await import('../../editors/mapping-v1/mapping-v1-editor.tsx')).MappingV1Editor }))
const FilterEditor = lazy(async () => ({ default: (await import('../../editors/filter/filter-editor.tsx')).FilterEditor }))
const TransformEditor = lazy(async () => ({ default: (await import('../../editors/transform/transform-editor.tsx')).TransformEditor }))
const TemplateEditor = lazy(async () => ({ default: (await import('../../editors/template/template-editor.tsx')).TemplateEditor }))
const HooksEditor = lazy(async () => ({ default: (await import('../../editors/script/hooks-editor.tsx')).HooksEditor }))

type StepCollection = 'exports' | 'imports'

interface PartProps extends FormViewProps {
  readonly collection: StepCollection
}

interface StepEditorProps {
  readonly collection: StepCollection
  readonly id: string
  readonly fields: readonly string[]
  readonly Part: (props: PartProps) => ReactNode
}

/** The document of a step, of which one part is edited in a form of its own. */
function StepEditor({ collection, id, fields, Part }: StepEditorProps) {
  const { one, read, update, list } = collections[collection]
  const input = { params: { _id: id } }
  const loaded = useVersioned(read as 'getImport', input) as Versioned<Json>
  const may = useMay(loaded.result['_integrationId'] as string | undefined)
  return (
    <DocumentEditor
      label={resourceWords.document(one)}
      loaded={loaded}
      readOnly={!may(update)}
      form={{ fields: new Set(fields), draw: (props) => <Part {...props} collection={collection} /> }}
      save={(body, version) => callAny(update, { ...input, body, ...ifMatch(version) })}
      reload={async () => {
        await refresh(queryClient, [read, list])
        return callWithVersion(read as 'getImport', input)
      }}
    />
  )
}

/** The document with a part changed, and without it where nothing is left. */
const withPart = (values: Json, path: Path, part: unknown): Json => writeAt(values, path, part)

interface EditorSample {
  readonly context: EditorContext
  readonly sample: Sample
}

function useEditorSample({ collection, values }: PartProps, ofStage: 'fetched' | 'transformed' = 'fetched'): EditorSample {
  const context = useEditorContext(collection, values)
  return { context, sample: useSample(context, ofStage) }
}

function MappingPart(props: PartProps) {
  const { values, isReadOnly, onChange } = props
  const tried = useEditorSample(props)
  const { fields = [], lists = [] } = (values['mapping'] ?? {}) as { fields?: readonly unknown[]; lists?: readonly unknown[] }
  const isOld = fields.length + lists.length > 0
  const { mappings, mapping, lookups } = values
  const value = { ...(isOld ? { mapping } : { mappings: mappings ?? [] }), ...(lookups !== undefined && { lookups }) } as Json
  const Editor = isOld ? MappingV1Editor : MappingEditor
  return (
    <Editor
      {...tried}
      value={value}
      isReadOnly={isReadOnly}
      onChange={(next = {}) => {
        const { mappings: _second, mapping: _first, lookups: _tables, ...rest } = values
        onChange({ ...rest, ...next })
      }}
    />
  )
}

export const MappingTab = ({ id }: { readonly id: string }) => (
  <StepEditor collection="imports" id={id} fields={['mapping', 'mappings', 'lookups']} Part={MappingPart} />
)

function FilterPart(props: PartProps) {
  const { collection, values, isReadOnly, onChange } = props
  const isLookup = collection === 'exports' && values['isLookup'] === true
  const [of, setOf] = useState<'inputFilter' | 'filter'>(isLookup ? 'inputFilter' : 'filter')
  const tried = useEditorSample(props, 'transformed')
  return (
    <>
      {isLookup && (
        <div>
          <Switch
            label={editorWords.filters.which}
            value={of}
            onChange={setOf}
            options={[
              { value: 'inputFilter', label: editorWords.filters.input },
              { value: 'filter', label: editorWords.filters.output },
            ]}
          />
        </div>
      )}
      <FilterEditor
        {...tried}
        key={of}
        value={values[of] as Json | undefined}
        isReadOnly={isReadOnly}
        onChange={(filter) => onChange(withPart(values, [of], filter))}
      />
    </>
  )
}

export const ExportFilterTab = ({ id }: { readonly id: string }) => (
  <StepEditor collection="exports" id={id} fields={['filter', 'inputFilter']} Part={FilterPart} />
)
export const ImportFilterTab = ({ id }: { readonly id: string }) => (
  <StepEditor collection="imports" id={id} fields={['filter']} Part={FilterPart} />
)

function TransformPart(props: PartProps) {
  const { collection, values, isReadOnly, onChange } = props
  const tried = useEditorSample(props)
  const field = collection === 'imports' ? 'responseTransform' : 'transform'
  return (
    <TransformEditor
      {...tried}
      value={values[field] as Json | undefined}
      isReadOnly={isReadOnly}
      onChange={(transform) => onChange(withPart(values, [field], transform))}
    />
  )
}

export const TransformTab = ({ id }: { readonly id: string }) => (
  <StepEditor collection="exports" id={id} fields={['transform']} Part={TransformPart} />
)

function HooksPart(props: PartProps) {
  const { collection, values, isReadOnly, onChange } = props
  return (
    <HooksEditor
      {...useEditorSample(props, 'transformed')}
      collection={collection}
      value={values['hooks'] as Json | undefined}
      isReadOnly={isReadOnly}
      onChange={(hooks) => onChange(withPart(values, ['hooks'], hooks))}
    />
  )
}

export const ExportHooksTab = ({ id }: { readonly id: string }) => (
  <StepEditor collection="exports" id={id} fields={['hooks']} Part={HooksPart} />
)
export const ImportHooksTab = ({ id }: { readonly id: string }) => (
  <StepEditor collection="imports" id={id} fields={['hooks']} Part={HooksPart} />
)

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
  const mediaType = textOf((connection?.['http'] as Json | undefined)?.['mediaType']) || 'json'
  if (name.endsWith('.body')) return mediaType === 'xml' ? 'xml' : mediaType === 'csv' ? 'csv' : mediaType === 'urlencoded' ? 'uri' : 'json'
  return 'raw'
}

function TemplatesPart(props: PartProps) {
  const { collection, values, isReadOnly, onChange } = props
  const tried = useEditorSample(props)
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
        {...tried}
        key={field.name}
        label={field.name}
        writtenFor={writtenFor(field.path, tried.context.connection)}
        value={typeof text === 'string' ? text : ''}
        isReadOnly={isReadOnly}
        onChange={(next) => onChange(withPart(values, field.path, next === '' ? undefined : next))}
      />
    </>
  )
}

export const ExportTemplatesTab = ({ id }: { readonly id: string }) => (
  <StepEditor collection="exports" id={id} fields={[]} Part={TemplatesPart} />
)
export const ImportTemplatesTab = ({ id }: { readonly id: string }) => (
  <StepEditor collection="imports" id={id} fields={[]} Part={TemplatesPart} />
)
export const ResponseTransformTab = ({ id }: { readonly id: string }) => (
  <StepEditor collection="imports" id={id} fields={['responseTransform']} Part={TransformPart} />
)
