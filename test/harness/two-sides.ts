/** A model of two direct relatives: what each has, and what each had when they last had the same. It knows cells, which change as a whole. */

export type SideName = 'dev' | 'prod'
/** Undefined where the resource does not have the cell. */
export type Resource = Readonly<Record<string, unknown>>
type State = ReadonlyMap<string, Resource>

export interface Model {
  readonly now: Record<SideName, State>
  readonly common: Record<SideName, State>
}

interface CellEdit {
  readonly kind: 'set'
  readonly side: SideName
  readonly resource: string
  readonly cell: string
  readonly value: string | boolean | undefined
}
export type Edit = CellEdit | { readonly kind: 'create' | 'remove'; readonly side: SideName; readonly resource: string }

export interface Conflict {
  readonly resource: string
  readonly path: string
}

export const start = (now: Record<SideName, State>): Model => ({ now, common: now })

/** Undefined where there is nothing that could be changed. A resource is made once: on one side, while the other has never had it. */
export function changed(model: Model, edit: Edit): Model | undefined {
  const { side, resource } = edit
  const here = new Map(model.now[side])
  const old = here.get(resource)
  const isKnown = [model.now, model.common].some(({ dev, prod }) => dev.has(resource) || prod.has(resource))
  if (edit.kind === 'create' ? isKnown : !old) return undefined
  if (edit.kind === 'create') here.set(resource, fresh)
  else if (edit.kind === 'set') here.set(resource, trimmed({ ...old, [edit.cell]: edit.value }))
  else here.delete(resource)
  return { ...model, now: { ...model.now, [side]: here } }
}

const fresh: Resource = { schedule: '? 0 3 ? * *', disabled: false }
const trimmed = (cells: Resource): Resource => Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== undefined))
const isSame = (a: Resource | undefined, b: Resource | undefined): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
const sorted = (cells: Resource | undefined) => cells && Object.entries(cells).toSorted(([a], [b]) => (a < b ? -1 : 1))

type Decide = (conflict: Conflict) => 'ours' | 'theirs'
type PathOf = (cell: string, sides: { readonly base: unknown; readonly ours: unknown; readonly theirs: unknown }) => string

export interface Pulled {
  readonly model: Model
  /** Whether there is anything to pull. */
  readonly isAny: boolean
  /** Resources that the target has now and had not before. */
  readonly arrived: readonly string[]
}

export function pulledInto({ now, common }: Model, to: SideName, pathOf: PathOf, decide: Decide): Pulled {
  const from = to === 'dev' ? 'prod' : 'dev'
  const [result, shared] = [new Map(now[to]), new Map(common[to])]
  let isAny = false
  for (const resource of new Set([...common[to].keys(), ...common[from].keys(), ...now[from].keys()])) {
    const [base, ours] = [common[to].get(resource), now[to].get(resource)]
    const ignored = to === 'prod' ? ['schedule', 'disabled'] : ['disabled']
    const theirs = carried(common[from].get(resource), now[from].get(resource), base, ignored, ours)
    put(shared, resource, theirs)
    const merged = mergeResource({ base, ours, theirs }, pathOf, ({ path }) => {
      isAny = true
      return decide({ resource, path })
    })
    isAny ||= !isSame(merged, ours)
    put(result, resource, merged)
  }
  const arrived = [...result.keys()].filter((resource) => !now[to].has(resource))
  const after = { [to]: result, [from]: now[from] } as Record<SideName, State>
  return { model: { now: after, common: { [to]: shared, [from]: now[from] } as Record<SideName, State> }, isAny, arrived }
}

const put = (state: Map<string, Resource>, name: string, cells: Resource | undefined): unknown =>
  cells ? state.set(name, cells) : state.delete(name)

/** What the other side did since, done to what this side had; what is new arrives switched off. */
function carried(
  was: Resource | undefined,
  is: Resource | undefined,
  kept: Resource | undefined,
  ignored: readonly string[],
  ours: Resource | undefined,
) {
  if (isSame(was, is)) return kept
  if (!is) return undefined
  if (!kept) return 'disabled' in is ? { ...is, disabled: true } : is
  const cells = new Set([...Object.keys(was ?? {}), ...Object.keys(is), ...Object.keys(kept)])
  const after = trimmed(
    Object.fromEntries([...cells].map((cell) => [cell, ignored.includes(cell) || was?.[cell] === is[cell] ? kept[cell] : is[cell]])),
  )
  // What was deleted here comes back as what is new.
  return !ours && 'disabled' in after && !isSame(after, kept) ? { ...after, disabled: true } : after
}

interface Sides {
  readonly base: Resource | undefined
  readonly ours: Resource | undefined
  readonly theirs: Resource | undefined
}

function mergeResource({ base, ours, theirs }: Sides, pathOf: PathOf, decide: (conflict: { path: string }) => 'ours' | 'theirs') {
  if (isSame(base, theirs) || isSame(ours, theirs)) return ours
  if (isSame(base, ours)) return theirs
  if (!ours || !theirs) return decide({ path: '' }) === 'ours' ? ours : theirs
  const isListDisputed = mayBeRenamed(base ?? {}, ours, theirs)
  const merged: Record<string, unknown> = {}
  const byPath = new Map<string, string[]>()
  for (const cell of new Set([...Object.keys(base ?? {}), ...Object.keys(ours), ...Object.keys(theirs)])) {
    const [b, o, t] = [base?.[cell], ours[cell], theirs[cell]]
    merged[cell] = b === t || o === t ? o : t
    const isOfList = isListDisputed && cell.startsWith('mapping ')
    if (!isOfList && (b === o || b === t || o === t)) continue
    const path = isOfList ? 'mappings' : pathOf(cell, { base: b, ours: o, theirs: t })
    byPath.set(path, [...(byPath.get(path) ?? []), cell])
  }
  for (const path of byPath.keys()) {
    const chosen = decide({ path }) === 'ours' ? ours : theirs
    // A text that is in conflict anywhere is decided as a whole.
    const cells = path === 'content' ? Object.keys(merged).filter((cell) => cell.startsWith('line ')) : (byPath.get(path) as string[])
    for (const cell of cells) merged[cell] = chosen[cell]
  }
  return trimmed(merged)
}

/** Both sides removed a field and each added another one: whether these are the same one under two new names nobody can tell. */
function mayBeRenamed(base: Resource, ours: Resource, theirs: Resource): boolean {
  const fields = (of: Resource): string[] => Object.keys(of).filter((cell) => cell.startsWith('mapping '))
  const added = (of: Resource, other: Resource): boolean => fields(of).some((cell) => !(cell in base) && !(cell in other))
  return fields(base).some((cell) => !(cell in ours) && !(cell in theirs)) && added(ours, theirs) && added(theirs, ours)
}
