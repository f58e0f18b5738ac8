/** From a flow document to a plan: its steps and routers, and how they follow each other. */
import { maxAutomaticRetries } from '../../contract/automatic-retries.ts'
import { StepFailure } from '../adaptor.ts'
import type { RunOrder } from '../../domain/ports/jobs.ts'
import type { Definitions } from './read-documents.ts'
import type { Generator, Path, Plan, Router, FlowStep, Flow, Processor, RouterDoc } from './plan.ts'
import type { DataURIs } from './data-uris.ts'
import type { Evaluating } from '../evaluation/track-stages.ts'
import { createGenerator } from './page-generator.ts'
import { createImportStep } from './import-step.ts'
import { createLookupStep } from './lookup-step.ts'
import { makeRecorded, meetAtSteps, recordRouter } from './recorded-step.ts'
import { createRouter } from './router.ts'
import type { Adaptors } from '../adaptor.ts'

interface Prepared extends Omit<Plan, 'refused' | 'onePageAtATime'> {
  /** Throws the `StepFailure` of the first step that can never work. */
  ready(): Promise<void>
}

export function buildPlan(adaptors: Adaptors, flow: Flow, order: RunOrder, definitions: Definitions, ofStep: OfStep): Prepared {
  const { noted, stepsOf, ...made } = openSteps(adaptors, definitions, ofStep)
  const generators = (flow.pageGenerators ?? [])
    .filter(({ _exportId }) => order.exportIds?.includes(_exportId) ?? true)
    .map((each): Generator => noted(makeGenerator(adaptors, definitions, each, ofStep), 'export'))
  return {
    ...made,
    redact: definitions.redact,
    generators,
    automaticRetries: flow.skipRetries ? 0 : (flow.automaticRetries ?? maxAutomaticRetries),
    resolvesPastErrors: flow.autoResolveMatchingTraceKeys ?? false,
    generatorsInParallel: flow.runPageGeneratorsInParallel ?? false,
    path: flow.routers?.length ? routedPath(flow.routers, definitions, stepsOf) : { steps: stepsOf('', flow.pageProcessors) },
  }
}

type OfStep = Evaluating['ofStep']

interface StepNode {
  readonly stepId: string
  readonly dataURIs?: DataURIs | undefined
  ready(): Promise<void>
}

interface OpenSteps extends Pick<Plan, 'steps' | 'dataURIs'> {
  /** Keeps what was made, to be made ready with the others. */
  noted<N extends StepNode>(node: N, kind: Plan['steps'][number]['kind']): N
  readonly stepsOf: StepsOf
  /** Throws the `StepFailure` of the first step that can never work. */
  ready(): Promise<void>
}

/** Makes steps, and keeps account of those that were made. */
export function openSteps(adaptors: Adaptors, definitions: Definitions, ofStep: OfStep): OpenSteps {
  const steps: { stepId: string; kind: 'export' | 'lookup' | 'import' }[] = []
  const nodes: StepNode[] = []
  const dataURIs = new Map<string, DataURIs>()
  const noted: OpenSteps['noted'] = (node, kind) => {
    if (!steps.some(({ stepId }) => stepId === node.stepId)) steps.push({ stepId: node.stepId, kind })
    if (node.dataURIs) dataURIs.set(node.stepId, node.dataURIs)
    nodes.push(node)
    return node
  }
  return {
    steps,
    dataURIs,
    noted,
    stepsOf(path, processors = []) {
      const uses = new Map<string, number>()
      return processors.map((processor): FlowStep => {
        const node = makeStep(adaptors, definitions, processor, ofStep)
        const use = uses.get(node.stepId) ?? 0
        uses.set(node.stepId, use + 1)
        return { ...noted(node, node.kind), place: { path, use } }
      })
    },
    async ready() {
      for (const node of nodes) await ofStep(node.stepId, () => node.ready())
    },
  }
}

/** A document that is not there any more is nobody's failure, so it is looked for ahead of the step. */
function makeGenerator(
  adaptors: Adaptors,
  definitions: Definitions,
  generator: NonNullable<Flow['pageGenerators']>[number],
  ofStep: OfStep,
): Generator {
  const recorded = { stepId: generator._exportId, kind: 'export' } as const
  definitions.getExport(recorded.stepId)
  return ofStep(recorded.stepId, () => makeRecorded(adaptors, definitions, recorded, (own, made) => createGenerator(own, made, generator)))
}

/** Those of APIs and tools need not say which of the two they are. */
export const isImportStep = ({ type, _exportId, _importId }: Processor): boolean =>
  (type ?? (_importId && !_exportId ? 'import' : 'export')) === 'import'

function makeStep(adaptors: Adaptors, definitions: Definitions, processor: Processor, ofStep: OfStep): Omit<FlowStep, 'place'> {
  const isImport = isImportStep(processor)
  const stepId = (isImport ? processor._importId : processor._exportId) ?? ''
  if (isImport) definitions.getImport(stepId)
  else definitions.getExport(stepId)
  const create = isImport ? createImportStep : createLookupStep
  const recorded = { stepId, kind: isImport ? 'import' : 'lookup' } as const
  const node = ofStep(stepId, () => makeRecorded(adaptors, definitions, recorded, (own, made) => create(own, made, processor)))
  return meetAtSteps(definitions.recorder, node)
}

/** Every path of a flow once, each after those that lead to it, branches in their order. */
export function sortPaths(root: Path): readonly Path[] {
  const sorted: Path[] = []
  const seen = new Set<Path>()
  const visit = (path: Path): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const branch of path.router?.branches.toReversed() ?? []) visit(branch)
    sorted.push(path)
  }
  visit(root)
  return sorted.toReversed()
}

/** The steps of a path, which is told from the other paths of the flow by its name. */
type StepsOf = (path: string, processors: readonly Processor[] | undefined) => FlowStep[]

/**
 * The first router is where records begin; each branch may lead on to another one. Each router is made once, however many branches lead to it. Where a branch
 * leads to `endId` its records are done.
 */
export function routedPath(routers: readonly RouterDoc[], definitions: Definitions, stepsOf: StepsOf, endId?: string): Path {
  const made = new Map<RouterDoc, Router | 'begun'>()
  const build = (doc: RouterDoc): Router => {
    const known = made.get(doc)
    if (known === 'begun') throw impossible('router_ring', 'The routers lead back to each other.')
    if (known) return known
    made.set(doc, 'begun')
    const routerId = doc.id ?? String(routers.indexOf(doc))
    const branches = doc.branches.map((branch, position): Path => {
      const named = branch.nextRouterId ?? doc.nextRouterId
      const nextId = named === endId ? undefined : named
      const next = nextId ? routers.find(({ id }) => id === nextId) : undefined
      if (nextId && !next) throw impossible('router_missing', `A branch leads to the router ${nextId}, which is not there.`)
      const steps = stepsOf(JSON.stringify([routerId, branch.branchId ?? position]), branch.pageProcessors)
      return next ? { steps, router: build(next) } : { steps }
    })
    const router = createRouter(doc, routerId, branches, recordRouter(definitions, routerId))
    made.set(doc, router)
    return router
  }
  return { steps: [], router: build(routers[0] as RouterDoc) }
}

const impossible = (code: string, message: string): StepFailure => new StepFailure({ source: 'resource', code, message })
