/** Changes of a flow's graph, each from one flow to another: nothing here knows of pages or of the server. */
import type { CallResult } from '../api/client.ts'

export type Flow = CallResult<'getFlow'>
export type Processor = NonNullable<Flow['pageProcessors']>[number]
export type Router = NonNullable<Flow['routers']>[number]
export type Branch = Router['branches'][number]

/** A list of steps in the order in which records go through them. */
export type StepList =
  | { readonly of: 'sources' }
  | { readonly of: 'steps' }
  | { readonly of: 'branch'; readonly router: number; readonly branch: number }
/** A place in such a list. */
export interface Place {
  readonly list: StepList
  readonly index: number
}

/** Names of routers are known within their flow alone. */
export const newRouterId = (): string => Math.random().toString(36).slice(2, 10)

const inserted = <T>(list: readonly T[], index: number, item: T): T[] => [...list.slice(0, index), item, ...list.slice(index)]
const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, i) => i !== index)
const replaced = <T>(list: readonly T[], index: number, change: (item: T) => T): T[] =>
  list.map((item, i) => (i === index ? change(item) : item))

function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const item = list[from]
  return item === undefined ? [...list] : inserted(without(list, from), to, item)
}

/** A router whose one branch takes every record: it only leads to what follows. */
export const leadsOn = ({ branches, routeRecordsUsing, name }: Router): boolean =>
  branches.length === 1 && routeRecordsUsing !== 'script' && !name && (branches[0]?.inputFilter?.rules ?? []).length === 0

function withSteps(flow: Flow, list: StepList, change: (steps: readonly Processor[]) => Processor[]): Flow {
  if (list.of !== 'branch') return { ...flow, pageProcessors: change(flow.pageProcessors ?? []) }
  return changeBranch(flow, list.router, list.branch, (branch) => ({ ...branch, pageProcessors: change(branch.pageProcessors ?? []) }))
}

export const addSource = (flow: Flow, exportId: string): Flow => ({
  ...flow,
  pageGenerators: [...(flow.pageGenerators ?? []), { _exportId: exportId }],
})

export function addStep(flow: Flow, { list, index }: Place, step: Processor, wayName: string): Flow {
  if (list.of === 'steps' && (flow.routers ?? []).length > 0) return addWay(flow, [step], wayName)
  return withSteps(flow, list, (steps) => inserted(steps, index, step))
}

/** Steps before the first router: they are those of a router of one branch that leads there. */
function addWay(flow: Flow, steps: readonly Processor[], name: string): Flow {
  const [first, ...others] = flow.routers ?? []
  if (!first) return flow
  const { id = newRouterId() } = first
  return {
    ...flow,
    routers: [{ id: newRouterId(), branches: [{ name, pageProcessors: [...steps], nextRouterId: id }] }, { ...first, id }, ...others],
  }
}

export const changeStep = (flow: Flow, { list, index }: Place, change: (step: Processor) => Processor): Flow =>
  withSteps(flow, list, (steps) => replaced(steps, index, change))

export const removeStep = (flow: Flow, { list, index }: Place): Flow =>
  list.of === 'sources'
    ? { ...flow, pageGenerators: without(flow.pageGenerators ?? [], index) }
    : withSteps(flow, list, (steps) => without(steps, index))

export const moveStep = (flow: Flow, { list, index }: Place, to: number): Flow =>
  list.of === 'sources'
    ? { ...flow, pageGenerators: moved(flow.pageGenerators ?? [], index, to) }
    : withSteps(flow, list, (steps) => moved(steps, index, to))

export const changeRouter = (flow: Flow, r: number, change: (router: Router) => Router): Flow => ({
  ...flow,
  routers: replaced(flow.routers ?? [], r, change),
})

export const changeBranch = (flow: Flow, r: number, b: number, change: (branch: Branch) => Branch): Flow =>
  changeRouter(flow, r, (router) => ({ ...router, branches: replaced(router.branches, b, change) }))

export const addBranch = (flow: Flow, r: number, name: string): Flow =>
  changeRouter(flow, r, (router) => ({ ...router, branches: [...router.branches, { name, pageProcessors: [] }] }))

export const moveBranch = (flow: Flow, r: number, from: number, to: number): Flow =>
  changeRouter(flow, r, (router) => ({ ...router, branches: moved(router.branches, from, to) }))

export const removeBranch = (flow: Flow, r: number, b: number): Flow =>
  dropUnreached(changeRouter(flow, r, (router) => ({ ...router, branches: without(router.branches, b) })))

export interface NewRouter {
  readonly id: string
  readonly names: readonly string[]
  /** What the way to the first router is called. */
  readonly before: string
}

/** Parts the records at a place: what follows it becomes the first branch. */
export function addRouter(flow: Flow, { list, index }: Place, made: NewRouter): Flow {
  if (list.of === 'branch') return addRouterInBranch(flow, list, index, made)
  const [root, ...below] = flow.routers ?? []
  if (root) {
    const { id = newRouterId() } = root
    return { ...flow, routers: [routerOf(made, [], id), { ...root, id }, ...below] }
  }
  const { pageProcessors = [], ...others } = flow
  const [before, after] = [pageProcessors.slice(0, index), pageProcessors.slice(index)]
  const way = { id: newRouterId(), branches: [{ name: made.before, pageProcessors: before, nextRouterId: made.id }] }
  return { ...others, routers: [...(before.length > 0 ? [way] : []), routerOf(made, after, undefined)] }
}

function addRouterInBranch(
  flow: Flow,
  { router: r, branch: b }: StepList & { readonly of: 'branch' },
  index: number,
  made: NewRouter,
): Flow {
  const owner = flow.routers?.[r]
  const branch = owner?.branches[b]
  const steps = branch?.pageProcessors ?? []
  const router = routerOf(made, steps.slice(index), branch?.nextRouterId ?? owner?.nextRouterId)
  const changed = changeBranch(flow, r, b, (each) => ({ ...each, pageProcessors: steps.slice(0, index), nextRouterId: made.id }))
  return { ...changed, routers: inserted(changed.routers ?? [], r + 1, router) }
}

const routerOf = ({ id, names }: NewRouter, steps: readonly Processor[], next: string | undefined): Router => ({
  id,
  routeRecordsTo: 'first_matching_branch',
  routeRecordsUsing: 'input_filters',
  branches: names.map((name, i) => ({
    name,
    pageProcessors: i === 0 ? [...steps] : [],
    ...(i === 0 && next !== undefined && { nextRouterId: next }),
  })),
})

/** Takes a router away and leaves its first branch in its place. */
export function removeRouter(flow: Flow, r: number): Flow {
  const routers = flow.routers ?? []
  const router = routers[r]
  const [kept] = router?.branches ?? []
  if (!router || !kept) return flow
  const next = kept.nextRouterId ?? router.nextRouterId
  if (r === 0) {
    const { id } = router
    const alone: Router = {
      ...(id && { id }),
      branches: [{ name: kept.name, pageProcessors: kept.pageProcessors ?? [], ...(next && { nextRouterId: next }) }],
    }
    return dropUnreached({ ...flow, routers: replaced(routers, 0, () => alone) })
  }
  const relinked = routers.map((each) => {
    const { nextRouterId, ...others } = each
    const isDefault = nextRouterId !== undefined && nextRouterId === router.id
    return {
      ...others,
      ...(nextRouterId !== undefined && !isDefault && { nextRouterId }),
      branches: each.branches.map((branch) => {
        const { nextRouterId: own, ...rest } = branch
        const leads = own === undefined ? isDefault : own === router.id
        if (!leads) return branch
        return {
          ...rest,
          pageProcessors: [...(branch.pageProcessors ?? []), ...(kept.pageProcessors ?? [])],
          ...(next && { nextRouterId: next }),
        }
      }),
    }
  })
  return dropUnreached({ ...flow, routers: without(relinked, r) })
}

/** Routers that no branch leads to are gone, and a flow of one way is one list of steps. */
function dropUnreached(flow: Flow): Flow {
  const routers = flow.routers ?? []
  const reached = new Set<string | undefined>([routers[0]?.id])
  for (let before = -1; before !== reached.size;) {
    before = reached.size
    for (const router of routers)
      if (reached.has(router.id))
        for (const { nextRouterId = router.nextRouterId } of router.branches) if (nextRouterId) reached.add(nextRouterId)
  }
  const left = routers.filter((router, r) => r === 0 || (router.id !== undefined && reached.has(router.id)))
  const [first] = left
  if (first && left.length === 1 && leadsOn(first)) {
    const { routers: _routers, ...others } = flow
    return { ...others, pageProcessors: first.branches[0]?.pageProcessors ?? [] }
  }
  return { ...flow, routers: left }
}

/** The steps of a flow, each use of one: the ids of their exports and imports. */
export function listStepIds(flow: Flow): readonly string[] {
  const lists = [
    flow.pageProcessors ?? [],
    ...(flow.routers ?? []).flatMap(({ branches }) => branches.map(({ pageProcessors = [] }) => pageProcessors)),
  ]
  return [
    ...(flow.pageGenerators ?? []).map(({ _exportId }) => _exportId),
    ...lists.flat().flatMap(({ _exportId, _importId }) => _exportId ?? _importId ?? []),
  ]
}

/** The same flow with other ids of exports and imports. */
export function withStepIds(flow: Flow, idOf: (id: string) => string): Flow {
  const ofStep = (step: Processor): Processor => ({
    ...step,
    ...(step._exportId && { _exportId: idOf(step._exportId) }),
    ...(step._importId && { _importId: idOf(step._importId) }),
  })
  return {
    ...flow,
    ...(flow.pageGenerators && { pageGenerators: flow.pageGenerators.map((each) => ({ ...each, _exportId: idOf(each._exportId) })) }),
    ...(flow.pageProcessors && { pageProcessors: flow.pageProcessors.map(ofStep) }),
    ...(flow.routers && {
      routers: flow.routers.map((router) => ({
        ...router,
        branches: router.branches.map((branch) => ({
          ...branch,
          ...(branch.pageProcessors && { pageProcessors: branch.pageProcessors.map(ofStep) }),
        })),
      })),
    }),
  }
}
