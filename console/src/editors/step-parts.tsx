/** The editors of a step's parts as the panel of the flow builder opens them. */
import type { PartEditorProps } from '../builder/part-editor.ts'
import type { EditorContext, Json, Sample } from './editor.ts'
import { FilterEditor } from './filter/filter-editor.tsx'
import { findRenamed, renameLookup } from './lookups/rename-lookup.ts'
import { MappingEditor } from './mapping/mapping-editor.tsx'
import { MappingV1Editor } from './mapping-v1/mapping-v1-editor.tsx'
import { ResponseMappingEditor } from './response-mapping/response-mapping-editor.tsx'
import { useEditorContext } from './sample/use-editor-context.ts'
import { useSample } from './sample/use-sample.ts'
import { FunctionChoice } from './script/function-choice.tsx'
import { HooksEditor } from './script/hooks-editor.tsx'
import { StepTemplates } from './template/step-templates.tsx'
import { TransformEditor } from './transform/transform-editor.tsx'

/** Records of the last preview in the panel; without one the application is asked. */
function useEditorSample(
  { sample, context }: PartEditorProps,
  ofStage: 'fetched' | 'transformed' = 'fetched',
): { readonly sample: Sample; readonly context: EditorContext } {
  const { collection, document, flowId } = context
  // A branching is a part of the flow, whose settings are no step's.
  const { settings: _ofFlow, ...branching } = document
  const step = collection === 'flows' ? branching : document
  const around = useEditorContext(collection === 'imports' ? 'imports' : 'exports', step, flowId)
  const own: EditorContext = { ...around, kind: context.kind, owner: context.owner }
  return { context: own, sample: useSample(own, ofStage, context.kind === 'export' ? undefined : sample) }
}

const asJson = (value: unknown): Json | undefined => value as Json | undefined

/** The lookups, and the fields of the document besides its mapping that name one which has another name now. */
function withLookups(document: Json, lookups: unknown, mapping: 'mapping' | 'mappings'): Json {
  const rename = findRenamed(document['lookups'], lookups)
  if (!rename) return { lookups }
  const { [mapping]: _edited, lookups: _before, ...others } = document
  return { ...renameLookup(others, rename), lookups }
}

export function MappingsPart(props: PartEditorProps) {
  const { value, onChange, context } = props
  const { lookups } = context.document
  return (
    <MappingEditor
      {...useEditorSample(props)}
      value={{ mappings: value ?? [], ...(lookups !== undefined && { lookups }) } as Json}
      isReadOnly={context.isReadOnly}
      onChange={(next) => {
        const { mappings, lookups: tables } = next ?? {}
        onChange(isEmpty(mappings) ? undefined : mappings)
        context.setBeside(withLookups(context.document, tables, 'mappings'))
      }}
    />
  )
}

export function MappingV1Part(props: PartEditorProps) {
  const { value, onChange, context } = props
  const { lookups } = context.document
  return (
    <MappingV1Editor
      {...useEditorSample(props)}
      value={{ mapping: value ?? {}, ...(lookups !== undefined && { lookups }) } as Json}
      isReadOnly={context.isReadOnly}
      onChange={(next) => {
        const { mapping, lookups: tables } = next ?? {}
        onChange(mapping)
        context.setBeside(withLookups(context.document, tables, 'mapping'))
      }}
    />
  )
}

const isEmpty = (list: unknown): boolean => Array.isArray(list) && list.length === 0

export const FilterPart = (props: PartEditorProps) => (
  <FilterEditor
    {...useEditorSample(props, 'transformed')}
    value={asJson(props.value)}
    onChange={props.onChange}
    isReadOnly={props.context.isReadOnly}
  />
)

/** Of a branch: rules, and nothing else. */
export const BranchFilterPart = (props: PartEditorProps) => (
  <FilterEditor
    {...useEditorSample(props, 'transformed')}
    isBare
    value={asJson(props.value)}
    onChange={props.onChange}
    isReadOnly={props.context.isReadOnly}
  />
)

/** Of a branching: the function that names the branches of a record. */
export const BranchScriptPart = (props: PartEditorProps) => (
  <FunctionChoice
    {...useEditorSample(props, 'transformed')}
    hook="branching"
    value={asJson(props.value)}
    onChange={props.onChange}
    isReadOnly={props.context.isReadOnly}
  />
)

export const TransformPart = (props: PartEditorProps) => (
  <TransformEditor
    {...useEditorSample(props)}
    value={asJson(props.value)}
    onChange={props.onChange}
    isReadOnly={props.context.isReadOnly}
  />
)

/** All templates of the step: the part is its document. */
export const TemplatesPart = (props: PartEditorProps) => (
  <StepTemplates
    {...useEditorSample(props)}
    collection={props.context.collection === 'imports' ? 'imports' : 'exports'}
    values={asJson(props.value) ?? {}}
    onChange={props.onChange}
    isReadOnly={props.context.isReadOnly}
  />
)

export function ResponseMappingPart({ value, onChange, context }: PartEditorProps) {
  const { collection, document, flowId, kind, isReadOnly } = context
  const around = useEditorContext(collection === 'imports' ? 'imports' : 'exports', document, flowId)
  return <ResponseMappingEditor value={asJson(value)} onChange={onChange} context={{ ...around, kind, flowId }} isReadOnly={isReadOnly} />
}

export const PostResponseMapPart = (props: PartEditorProps) => (
  <FunctionChoice
    {...useEditorSample(props)}
    hook="postResponseMap"
    value={asJson(props.value)}
    onChange={props.onChange}
    isReadOnly={props.context.isReadOnly}
  />
)

export const HooksPart = (props: PartEditorProps) => (
  <HooksEditor
    {...useEditorSample(props, 'transformed')}
    collection={props.context.collection === 'imports' ? 'imports' : 'exports'}
    value={asJson(props.value)}
    onChange={props.onChange}
    isReadOnly={props.context.isReadOnly}
  />
)
