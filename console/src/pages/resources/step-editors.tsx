/** What is edited of an export or import besides its settings: mapping, filters, transforms, templates, hooks. Each is a part of the document, and is saved with it. */
import { lazy, useState, type ReactNode } from 'react'
import { callAny, callWithVersion } from '../../api/client.ts'
import { queryClient, refresh } from '../../api/queries.ts'
import { useMayWith } from '../../parts/document-rights.ts'
import { ifMatch, useVersioned, type Versioned } from '../../api/versioned.ts'
import { collections } from '../../collections.ts'
import type { EditorContext, Json, Sample } from '../../editors/editor.ts'
import { useEditorContext } from '../../editors/sample/use-editor-context.ts'
import { useSample } from '../../editors/sample/use-sample.ts'
import { writeAt, type Path } from '../../editors/json-at.ts'
import { findRenamed, renameLookup } from '../../editors/lookups/rename-lookup.ts'
import { useScriptDrafts, WithScriptDrafts } from '../../editors/script/script-drafts.tsx'
import { DocumentEditor, type FormViewProps } from '../../parts/document-editor.tsx'
import { Switch } from '../../parts/page.tsx'
import { resourceWords } from '../../words/resources.ts'
import { editorWords } from '../../words/editors.ts'

const MappingEditor = lazy(async () => ({ default: (await import('../../editors/mapping/mapping-editor.tsx')).MappingEditor }))
const MappingV1Editor = lazy(async () => ({ default: (await import('../../editors/mapping-v1/mapping-v1-editor.tsx')).MappingV1Editor }))
const FilterEditor = lazy(async () => ({ default: (await import('../../editors/filter/filter-editor.tsx')).FilterEditor }))
const TransformEditor = lazy(async () => ({ default: (await import('../../editors/transform/transform-editor.tsx')).TransformEditor }))
const StepTemplates = lazy(async () => ({ default: (await import('../../editors/template/step-templates.tsx')).StepTemplates }))
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
  const may = useMayWith(collection, id, loaded.result['_integrationId'] as string | undefined)
  const scripts = useScriptDrafts()
  return (
    <WithScriptDrafts drafts={scripts}>
      <DocumentEditor
        label={resourceWords.document(one)}
        loaded={loaded}
        readOnly={!may(update)}
        form={{ fields: () => new Set(fields), draw: (props) => <Part {...props} collection={collection} /> }}
        save={(body, version) => callAny(update, { ...input, body, ...ifMatch(version) })}
        reload={async () => {
          await refresh(queryClient, [read, list])
          return callWithVersion(read as 'getImport', input)
        }}
      />
    </WithScriptDrafts>
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
        const rename = findRenamed(lookups, next['lookups'])
        onChange({ ...(rename ? renameLookup(rest, rename) : rest), ...next })
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

function TemplatesPart(props: PartProps) {
  const { collection, values, isReadOnly, onChange } = props
  return <StepTemplates {...useEditorSample(props)} {...{ collection, values, isReadOnly, onChange }} />
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
