/** What of a definition contradicts the rest of it: each part is right by itself, so only a merge of two versions brings it about. Pure. */
import type { FlowDocument, Unchecked } from '../../../contract/document.ts'
import type { Collection } from '../../../contract/resources/index.ts'
import { isObject } from '../../../contract/walk.ts'
import type { Definition } from '../../definitions/definition.ts'

export interface Fault {
  readonly path: string
  readonly message: string
  /** The fields that contradict each other. */
  readonly fields: readonly string[]
}

export function findContradictions(collection: Collection, definition: Definition): readonly Fault[] {
  const routers = readItems<Router>(definition.routers)
  const hasBoth = collection === 'flows' && routers.length > 0 && readItems(definition.pageProcessors).length > 0
  const layout: Fault = {
    path: 'routers',
    message: 'A flow has either pageProcessors or routers, not both.',
    fields: ['pageProcessors', 'routers'],
  }
  return [...(hasBoth ? [layout] : []), ...findDeadEnds(routers), ...findCycles(routers), ...findMissingLookups(definition)]
}

/** A router, or a branch of one. */
type Router = Unchecked<NonNullable<FlowDocument['routers']>[number]>

const readItems = <T extends Unchecked<T> = Definition>(value: unknown): readonly T[] =>
  Array.isArray(value) ? (value.filter(isObject) as T[]) : []
const fields = ['routers']

/** Ways that lead to a router which is not there. */
function findDeadEnds(routers: readonly Router[]): Fault[] {
  const ids = new Set(routers.map(({ id }) => id))
  return routers.flatMap((router, i) =>
    [router, ...readItems<Router>(router.branches)].flatMap((from, b): Fault[] => {
      const next = from.nextRouterId
      if (typeof next !== 'string' || next === '' || ids.has(next)) return []
      const at = b === 0 ? `routers.${i}` : `routers.${i}.branches.${b - 1}`
      return [{ path: `${at}.nextRouterId`, message: `There is no router ${next}.`, fields }]
    }),
  )
}

/** Routers that lead back to each other. */
function findCycles(routers: readonly Router[]): Fault[] {
  const next = new Map(
    routers.map(({ id, branches, nextRouterId }) => [id, readItems<Router>(branches).map((branch) => branch.nextRouterId ?? nextRouterId)]),
  )
  const done = new Set<unknown>()
  const comesBack = (id: unknown, way: ReadonlySet<unknown>): boolean => {
    if (way.has(id)) return true
    if (done.has(id)) return false
    const found = (next.get(id) ?? []).some((to) => next.has(to) && comesBack(to, new Set([...way, id])))
    done.add(id)
    return found
  }
  return routers.some(({ id }) => comesBack(id, new Set()))
    ? [{ path: 'routers', message: 'The routers lead back to each other.', fields }]
    : []
}

/** Mappings that name a lookup which the document does not have. */
function findMissingLookups(definition: Definition): Fault[] {
  const named = new Map<string, Set<string>>()
  const known = new Set<unknown>()
  const holders = new Set<string>()
  const look = (value: unknown, top: string): void => {
    if (Array.isArray(value)) for (const item of value) look(item, top)
    if (!isObject(value)) return
    for (const [key, below] of Object.entries(value)) {
      const at = top === '' ? key : top
      if (key === 'lookupName' && typeof below === 'string' && below !== '') named.set(below, (named.get(below) ?? new Set()).add(at))
      if (key === 'lookups') {
        holders.add(at)
        for (const { name } of readItems(below)) known.add(name)
      }
      look(below, at)
    }
  }
  look(definition, '')
  return [...named].flatMap(([name, users]) =>
    known.has(name)
      ? []
      : [
          {
            path: [...users].join(', '),
            message: `There is no lookup "${name}".`,
            fields: [...new Set([...users, ...holders, 'lookups'])],
          },
        ],
  )
}
