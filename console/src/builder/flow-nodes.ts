/** The steps of a flow by the nodes that they are drawn as: addresses and problems name one of them. */
import { nodeIdOf } from '../graph/flow-graph.ts'
import type { Flow, Place } from './flow-edits.ts'

/** The node of a step; of one that stands in the flow twice, the first. */
export function findNode(flow: Flow, stepId: string): string | undefined {
  return listNodes(flow).find((each) => each.stepId === stepId)?.id
}
export const findStepId = (flow: Flow, nodeId: string): string | undefined => listNodes(flow).find(({ id }) => id === nodeId)?.stepId

interface ListedNode {
  readonly id: string
  readonly stepId: string
  readonly place: Place
  readonly kind: 'source' | 'lookup' | 'import'
}

export function listNodes(flow: Flow): readonly ListedNode[] {
  const sources = (flow.pageGenerators ?? []).map(({ _exportId }, index) => ({
    place: { list: { of: 'sources' as const }, index },
    stepId: _exportId,
    kind: 'source' as const,
  }))
  const lists = [
    { list: { of: 'steps' as const }, steps: flow.pageProcessors ?? [] },
    ...(flow.routers ?? []).flatMap(({ branches }, router) =>
      branches.map(({ pageProcessors = [] }, branch) => ({ list: { of: 'branch' as const, router, branch }, steps: pageProcessors })),
    ),
  ]
  const processors = lists.flatMap(({ list, steps }) =>
    steps.map(({ type, _exportId, _importId }, index) => ({
      place: { list, index },
      stepId: _exportId ?? _importId ?? '',
      kind: type === 'export' ? ('lookup' as const) : ('import' as const),
    })),
  )
  return [...sources, ...processors].map((each) => ({ ...each, id: nodeIdOf(each.place) }))
}
