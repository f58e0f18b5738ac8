/** The steps of a flow by the nodes that they are drawn as: addresses and problems name one of them. */
import { nodeIdOf, routerNodeId } from '../graph/flow-graph.ts'
import type { Flow, Place } from './flow-edits.ts'

/** The node of a step; of one that stands in the flow twice, the first. */
export function findNode(flow: Flow, stepId: string): string | undefined {
  return listNodes(flow).find((each) => each.stepId === stepId)?.id
}

/** A router by a name that stays where it moves. */
export const routerSubject = (id: string): string => `router ${id}`

/** What stands at a node: its name stays where it moves and where its id becomes another one. */
export interface Standing {
  readonly node: string
  readonly subject: string
  /** This use of a step, which is the same object where it is moved. */
  readonly use: object
  /** How often the flow uses the step. */
  readonly uses: number
}

function listStanding(flow: Flow, idOf: (stepId: string) => string): readonly Standing[] {
  const all = [
    ...listNodes(flow).map(({ id, stepId, use }) => ({ node: id, subject: idOf(stepId), use })),
    ...(flow.routers ?? []).map((router, r) => ({
      node: routerNodeId(r),
      subject: router.id === undefined ? routerNodeId(r) : routerSubject(router.id),
      use: router,
    })),
  ]
  return all.map((each) => ({ ...each, uses: all.filter(({ subject }) => subject === each.subject).length }))
}

export const standingAt = (flow: Flow, node: string, idOf: (stepId: string) => string): Standing | undefined =>
  listStanding(flow, idOf).find((each) => each.node === node)

/** Where it stands in another state of the flow. A use of a step that is used elsewhere, too, is gone with its own place. */
export function follow(flow: Flow, { node, subject, use, uses }: Standing, idOf: (stepId: string) => string): Standing | undefined {
  const all = listStanding(flow, idOf).filter((each) => each.subject === subject)
  return all.find((each) => each.use === use) ?? (all.length < uses ? undefined : (all.find((each) => each.node === node) ?? all[0]))
}

/** A step is known by another id from now on. Where it became another one before, and that was undone, it is not that any more. */
export function renameStep(firstIds: Map<string, string>, from: string, to: string): void {
  const first = firstIds.get(from) ?? from
  for (const [id, each] of firstIds) if (each === first) firstIds.delete(id)
  firstIds.set(to, first)
}

interface ListedNode {
  readonly id: string
  readonly stepId: string
  /** What the flow says of this use. */
  readonly use: object
  readonly place: Place
  readonly kind: 'source' | 'lookup' | 'import'
}

export function listNodes(flow: Flow): readonly ListedNode[] {
  const sources = (flow.pageGenerators ?? []).map((use, index) => ({
    place: { list: { of: 'sources' as const }, index },
    stepId: use._exportId,
    use,
    kind: 'source' as const,
  }))
  const lists = [
    { list: { of: 'steps' as const }, steps: flow.pageProcessors ?? [] },
    ...(flow.routers ?? []).flatMap(({ branches }, router) =>
      branches.map(({ pageProcessors = [] }, branch) => ({ list: { of: 'branch' as const, router, branch }, steps: pageProcessors })),
    ),
  ]
  const processors = lists.flatMap(({ list, steps }) =>
    steps.map((use, index) => ({
      place: { list, index },
      stepId: use._exportId ?? use._importId ?? '',
      use,
      kind: use.type === 'export' ? ('lookup' as const) : ('import' as const),
    })),
  )
  return [...sources, ...processors].map((each) => ({ ...each, id: nodeIdOf(each.place) }))
}
