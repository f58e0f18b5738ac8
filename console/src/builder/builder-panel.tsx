/** The panel beside the graph: of a step, a branching, or the flow itself. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { stepForms } from '../../step-forms.ts'
import { placeProblems, type Problem } from '../api/problems.ts'
import { useMay } from '../api/session.ts'
import { IconButton } from '../parts/button.tsx'
import { FormOrJson } from '../parts/form-or-json.tsx'
import { Problems } from '../parts/problems.tsx'
import { Loading, Refusal } from '../parts/states.tsx'
import { flowWords } from '../words/flows.ts'
import { builderWords } from '../words/builder.ts'
import { BeginStep } from './begin-step.tsx'
import { changeStep, withStepIds, type Flow, type Processor } from './flow-edits.ts'
import { listNodes } from './flow-nodes.ts'
import type { SaveProblems } from './flow-builder.tsx'
import { previewExport } from './preview.tsx'
import { RouterPanel } from './router-panel.tsx'
import { readStep } from './save-workspace.ts'
import { beginStep, collectionOf, nameStep, adaptorTypeFor, type StepKind } from './starts.ts'
import { readStoredSample } from './stored-sample.ts'
import { StepForm } from './step-form.tsx'
import { StepPanel } from './step-panel.tsx'
import { ValuesJson } from './values-json.tsx'
import { isNewId, textOf, valueOf, type Values, type Workspace } from './workspace.ts'

const words = builderWords.panel

/** In place of a node, for the flow itself. */
export const flowPanelId = 'flow'

/** Whether there is something at an address to open a panel of: a step may be gone. */
export function hasPanel(flow: Flow, at: string): boolean {
  const [, router] = /^router-(\d+)$/.exec(at) ?? []
  return at === flowPanelId || flow.routers?.[Number(router ?? -1)] !== undefined || listNodes(flow).some(({ id }) => id === at)
}

interface BuilderPanelProps {
  readonly at: string
  readonly workspace: Workspace
  readonly problems: SaveProblems
  readonly samples: Samples
  readonly onClose: () => void
  readonly onRename: (from: string, to: string) => void
}

/** Records of the sources that somebody has looked at, by the ids of the exports. */
export interface Samples {
  readonly of: ReadonlyMap<string, readonly unknown[]>
  readonly keep: (id: string, records: readonly unknown[]) => void
}

export function BuilderPanel(props: BuilderPanelProps) {
  const { at, workspace, problems, onClose } = props
  const { flow } = workspace.edits
  const node = listNodes(flow).find(({ id }) => id === at)
  const [, router] = /^router-(\d+)$/.exec(at) ?? []
  const content = describe(workspace, at, node, router)
  if (!content) return null
  return (
    <aside className="builder-panel" aria-label={content.label}>
      <header>
        <div>
          <span className="soft">{content.kind}</span>
          <h2 title={content.title}>{content.title}</h2>
        </div>
        <IconButton icon="cross" label={words.close} onClick={onClose} />
      </header>
      {at === flowPanelId ? (
        <FlowPanel workspace={workspace} problems={problems.stepId === undefined ? problems.list : []} />
      ) : node ? (
        <NodePanel {...props} stepId={node.stepId} kind={node.kind} />
      ) : (
        <RouterPanel
          flow={flow}
          index={Number(router)}
          sample={firstSample(props)}
          context={{
            collection: 'flows',
            kind: 'import',
            document: flow,
            connectionId: undefined,
            flowId: flow._id,
            integrationId: flow._integrationId,
            isReadOnly: false,
          }}
          onChange={(change, name) => workspace.change((now) => ({ ...now, flow: change(now.flow) }), name)}
          onClose={onClose}
        />
      )}
    </aside>
  )
}

interface Described {
  readonly label: string
  readonly kind: string
  readonly title: string
}

function describe(
  workspace: Workspace,
  at: string,
  node: ReturnType<typeof listNodes>[number] | undefined,
  router: string | undefined,
): Described | undefined {
  const { flow } = workspace.edits
  if (at === flowPanelId) return { label: builderWords.flow.settings, kind: '', title: builderWords.flow.settings }
  if (node) {
    const name = textOf(valueOf(workspace, node.stepId)?.['name'])
    return { label: words.label, kind: flowWords.kinds[node.kind], title: name || (isNewId(node.stepId) ? words.new[node.kind] : '…') }
  }
  const found = router === undefined ? undefined : flow.routers?.[Number(router)]
  return found && { label: builderWords.router.label, kind: builderWords.router.label, title: found.name || flowWords.router }
}

/** Records that come from the sources of the flow, as far as somebody has looked at them. */
const firstSample = ({ workspace, samples }: BuilderPanelProps): readonly unknown[] | undefined =>
  (workspace.edits.flow.pageGenerators ?? [])
    .map(({ _exportId }) => samples.of.get(_exportId) ?? readStoredSample(valueOf(workspace, _exportId) ?? {}))
    .find((records) => records.length > 0)

function NodePanel(props: BuilderPanelProps & { readonly stepId: string; readonly kind: StepKind }) {
  const { workspace, stepId, kind, at, problems, samples, onRename } = props
  const { edits, known, change } = workspace
  const may = useMay(edits.flow._integrationId)
  const collection = collectionOf(kind)
  const values = useStep(workspace, stepId, collection)
  if ('error' in values) return <Refusal error={values.error} />
  if (!values.value) return <Loading />
  const { value } = values
  const set = (next: Values, name?: string) =>
    change((now) => ({ ...now, steps: { ...now.steps, [stepId]: { collection, value: next } } }), name)
  const node = listNodes(edits.flow).find(({ id }) => id === at)
  if (value['adaptorType'] === undefined && isNewId(stepId))
    return (
      <BeginStep
        kind={kind}
        onConnection={(connection) => {
          const type = adaptorTypeFor(collection, connection.type)
          if (type === undefined) return
          const begun = beginStep(kind, type, connection)
          set({
            ...begun,
            name: nameStep(kind, begun, connection.name),
            ...(kind === 'import' && edits.flow._integrationId && { _integrationId: edits.flow._integrationId }),
          })
        }}
        onKind={(type) => {
          const begun = beginStep(kind, type, undefined)
          set({ ...begun, name: nameStep(kind, begun, undefined) })
        }}
        onExisting={(id) => {
          onRename(stepId, id)
          change((now) => ({ ...now, flow: withStepIds(now.flow, (each) => (each === stepId ? id : each)) }))
        }}
      />
    )
  const processor = node && kind !== 'source' ? findProcessor(edits.flow, at) : undefined
  return (
    <StepPanel
      id={stepId}
      kind={kind}
      values={value}
      known={known.get(stepId)}
      processor={processor}
      problems={problems.stepId === stepId ? problems.list : []}
      isReadOnly={!may(collection === 'exports' ? 'updateExport' : 'updateImport')}
      sample={firstSample(props)}
      fetchSample={findSampleSource({ edits, known }, samples)}
      context={{ flowId: edits.flow._id, integrationId: edits.flow._integrationId, flow: edits.flow }}
      onChange={set}
      onProcessor={(changes, name) => node && change((now) => ({ ...now, flow: changeStep(now.flow, node.place, changes) }), name)}
      onRecords={(records) => samples.keep(stepId, records)}
    />
  )
}

function findProcessor(flow: Flow, at: string): Processor | undefined {
  const place = listNodes(flow).find(({ id }) => id === at)?.place
  if (!place) return undefined
  const { list, index } = place
  return list.of === 'branch' ? flow.routers?.[list.router]?.branches[list.branch]?.pageProcessors?.[index] : flow.pageProcessors?.[index]
}

/** Asks the first source that has a connection for a page of records. */
function findSampleSource(
  workspace: Pick<Workspace, 'edits' | 'known'>,
  samples: Samples,
): (() => Promise<readonly unknown[]>) | undefined {
  const [first] = workspace.edits.flow.pageGenerators ?? []
  if (!first) return undefined
  const { _exportId } = first
  return async () => {
    const kept = samples.of.get(_exportId)
    if (kept && kept.length > 0) return kept
    const values = valueOf(workspace, _exportId) ?? (await readStep('exports', _exportId)).result
    const connectionId = values['_connectionId']
    if (typeof connectionId !== 'string') return readStoredSample(values)
    const { data } = await previewExport(connectionId, values)
    samples.keep(_exportId, data)
    return data
  }
}

/** A step as it is edited; one that is stored and was not looked at yet is read first. */
function useStep(
  { edits, known, know }: Workspace,
  id: string,
  collection: 'exports' | 'imports',
): { readonly value: Values | undefined } | { readonly error: unknown } {
  const value = valueOf({ edits, known }, id)
  const isThere = known.has(id) || isNewId(id)
  const { data, error } = useQuery({
    queryKey: ['builder', collection, id],
    queryFn: () => readStep(collection, id),
    enabled: !isThere,
    gcTime: 0,
    staleTime: 0,
  })
  useEffect(() => {
    if (data && !isThere) know(id, { _id: id, collection, first: data.result, stored: data })
  }, [data, isThere, id, collection, know])
  return error && value === undefined ? { error } : { value }
}

function FlowPanel({ workspace: { edits, change }, problems }: { readonly workspace: Workspace; readonly problems: readonly Problem[] }) {
  const form = stepForms.flows['']
  const values: Values = edits.flow
  const [isForm, setForm] = useState(true)
  const set = (next: Values, name: string) => change((now) => ({ ...now, flow: next as Flow }), name)
  if (!form) return null
  const { placed, left } = placeProblems(problems, isForm ? new Set(form.fields.map(({ path }) => path)) : new Set(), '')
  return (
    <div className="panel-part">
      <div className="panel-tools">
        <FormOrJson isForm={isForm} onChange={(as) => setForm(as === 'form')} />
      </div>
      {isForm ? (
        <StepForm form={form} values={values} problems={placed} isNew={false} onChange={(next, path) => set(next, `flow ${path}`)} />
      ) : (
        <ValuesJson values={values} onChange={(next) => set(next, 'flow json')} />
      )}
      <Problems problems={left} />
    </div>
  )
}
