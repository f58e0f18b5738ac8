/** The steps of a flow by the nodes that they are drawn as: addresses and problems name one of them. */
import { nodeIdOf, routerNodeId } from '../graph/flow-graph.ts'
import type { Flow, Place } from './flow-edits.ts'

/** The node of a step; of one that stands in the flow twice, the first. */
export function findNode(flow: Flow, stepId: string): string | undefined {
  return listNodes(flow).find((each) => each.stepId === stepId)?.id
}

/** A router by a name that stays where it moves. */
export const routerSubject = (id: string): string => `router ${id}`
/** What stands at nodes, by names that stay where it moves. */
const listSubjects = (flow: Flow, idOf: (stepId: string) => string): readonly (readonly [node: string, subject: string])[] => [
  ...listNodes(flow).map(({ id, stepId }) => [id, idOf(stepId)] as const),
  ...(flow.routers ?? []).map(({ id }, r) => [routerNodeId(r), id === undefined ? routerNodeId(r) : routerSubject(id)] as const),
]
export const subjectAt = (flow: Flow, node: string, idOf: (stepId: string) => string): string | undefined =>
  listSubjects(flow, idOf).find(([id]) => id === node)?.[1]
export const findSubject = (flow: Flow, subject: string, idOf: (stepId: string) => string): string | undefined =>
  listSubjects(flow, idOf).find(([, each]) => each === subject)?.[0]

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
