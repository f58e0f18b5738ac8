/** From a flow document to a plan: which nodes there are and how they hang together. */
import { StepFailure, type Run } from '../adaptor.ts'
import type { Adaptors } from '../adaptors/index.ts'
import type { RunOrder } from '../../domain/ports/jobs.ts'
import type { Definitions } from '../load.ts'
import type { Generator, Path, Plan, Step } from '../plan.ts'
import { generator } from './generator.ts'
import { importStep } from './import-step.ts'
import { lookupStep } from './lookup-step.ts'
import { routerNode } from './router.ts'

type Flow = Run['flow']
export type Processor = NonNullable<Flow['pageProcessors']>[number]
export type RouterDoc = NonNullable<Flow['routers']>[number]

/** Routers one behind the other at the most: more is a ring. */
const maxRouters = 200

export function buildPlan(adaptors: Adaptors, order: RunOrder, definitions: Definitions): Plan {
  const { flow } = definitions.run
  const steps: { stepId: string; kind: 'export' | 'lookup' | 'import' }[] = []
  const noted = <N extends { readonly stepId: string }>(node: N, kind: 'export' | 'lookup' | 'import'): N => {
    if (!steps.some(({ stepId }) => stepId === node.stepId)) steps.push({ stepId: node.stepId, kind })
    return node
  }
  const generators = (flow.pageGenerators ?? [])
    .filter(({ _exportId }) => order.exportIds?.includes(_exportId) ?? true)
    .map((each): Generator => noted(generator(adaptors, definitions, each), 'export'))
  const step = (processor: Processor): Step => {
    const node = processor.type === 'import' ? importStep(adaptors, definitions, processor) : lookupStep(adaptors, definitions, processor)
    return noted(node, node.kind)
  }
  return {
    generators,
    path: flow.routers?.length ? routedPath(flow.routers, definitions, step) : { steps: (flow.pageProcessors ?? []).map(step) },
    steps,
  }
}

/** The first router is where records begin; each branch may lead on to another one. */
function routedPath(routers: readonly RouterDoc[], definitions: Definitions, step: (processor: Processor) => Step): Path {
  const build = (doc: RouterDoc, depth: number): Path => {
    if (depth > maxRouters)
      throw new StepFailure({ source: 'resource', code: 'router_ring', message: 'The routers of the flow lead back to each other.' })
    const branches = doc.branches.map((branch): Path => {
      const nextId = branch.nextRouterId ?? doc.nextRouterId
      const next = nextId ? routers.find(({ id }) => id === nextId) : undefined
      if (nextId && !next)
        throw new StepFailure({
          source: 'resource',
          code: 'router_missing',
          message: `A branch leads to the router ${nextId}, which the flow does not have.`,
        })
      const steps = (branch.pageProcessors ?? []).map(step)
      return next ? { steps, router: build(next, depth + 1).router as NonNullable<Path['router']> } : { steps }
    })
    return { steps: [], router: routerNode(doc, branches, definitions.run) }
  }
  return build(routers[0] as RouterDoc, 1)
}
