/** The store as functions of an app get it: each write notes first what was there before, in the same transaction, and is refused once somebody took over. */
import { DomainError } from '../errors.ts'
import type { Vault, World } from '../context.ts'
import { noteWritten } from './undo-merge.ts'
import type { Rows, Store } from '../ports/store.ts'
import type { Root } from '../ports/apps.ts'

/** Changes of one function at the most: each may have to be taken back in one transaction. */
const maxChanges = 2000

type Methods = { readonly [G in keyof Rows]?: { readonly [M in keyof Rows[G]]?: Note<Rows[G][M]> } }
type Note<M> = M extends (...args: infer A) => unknown ? (rows: Rows, of: Root, ...args: A) => Promise<void> : never

/** Whatever writes what can be taken back. */
const notesWith = (vault: Vault): Methods => ({
  documents: {
    async write(rows, of, _envId, collection, entry) {
      await rows.appBefore.documents(of, [{ collection, id: entry.doc._id }])
      await noteWritten(rows, vault, of, collection, entry)
    },
    remove: ({ appBefore: before }, of, _envId, collection, ids) =>
      before.documents(
        of,
        ids.map((id) => ({ collection, id })),
        true,
      ),
  },
  clones: {
    insert: ({ appBefore: before }, of, _envId, documents) =>
      before.documents(
        of,
        documents.map(({ collection, entry }) => ({ collection, id: entry.doc._id })),
      ),
    addPairs: ({ appBefore: before }, of, { integrationId }) => before.pairs(of, integrationId),
    setBases: ({ appBefore: before }, of, { integrationId }) => before.pairs(of, integrationId),
  },
  state: {
    put: ({ appBefore: before }, of, _envId, integrationId, key) => before.state(of, integrationId, key),
    remove: ({ appBefore: before }, of, _envId, integrationId, key) => before.state(of, integrationId, key),
  },
  lookupCacheData: {
    put: ({ appBefore: before }, of, _envId, cacheId, entries) =>
      before.entries(
        of,
        cacheId,
        entries.map(({ key }) => key),
      ),
    remove: ({ appBefore: before }, of, _envId, cacheId, keys) => before.entries(of, cacheId, keys),
    purge: ({ appBefore: before }, of, _envId, cacheId) => before.entries(of, cacheId),
  },
  jobs: { enqueue: ({ appBefore: before }, of, _envId, { _id }) => before.run(of, _id) },
  apps: {
    add: ({ appBefore: before }, of) => before.edition(of),
    setPackaged: ({ appBefore: before }, of) => before.edition(of),
    setEdition: ({ appBefore: before }, of) => before.edition(of),
  },
  licenses: { attach: ({ appBefore: before }, of) => before.license(of), detach: ({ appBefore: before }, of) => before.license(of) },
})

type Within = <T>(work: (rows: Rows) => Promise<T>) => Promise<T>
type Method = (...args: readonly unknown[]) => Promise<unknown>

export function remembering({ store, vault }: Pick<World, 'store' | 'vault'>, of: Root, who: string): Store {
  const notes = notesWith(vault)
  let writes = 0
  const count = (group: string, name: string): void => {
    if (group === 'documents' && name === 'write' && ++writes > maxChanges)
      throw new DomainError('bad_request', `A function may change ${maxChanges} documents and no more.`)
  }
  const within: Within = (work) =>
    store.transaction(async (rows) => {
      if (!(await rows.apps.holds(of.envId, of.rootId, who)))
        throw new DomainError('conflict', 'It took too long, and what it did in the app has been taken back.')
      return work(rows)
    })
  return {
    ...noted(store, notes, of, count, within),
    transaction: (work) => within((rows) => work(noted(rows, notes, of, count, (inner) => inner(rows)))),
  }
}

function noted(rows: Rows, notes: Methods, of: Root, count: (group: string, name: string) => void, within: Within): Rows {
  const groups = Object.entries(notes).map(([group, methods]) => {
    const own = rows[group as keyof Rows] as unknown as Readonly<Record<string, Method>>
    const noting = Object.entries(methods as Readonly<Record<string, Method>>).map(([name, note]): [string, Method] => [
      name,
      (...args) =>
        within(async (inner) => {
          count(group, name)
          await note(inner, of, ...args)
          return (inner[group as keyof Rows] as unknown as Readonly<Record<string, Method>>)[name]?.(...args)
        }),
    ])
    return [group, { ...own, ...Object.fromEntries(noting) }]
  })
  return { ...rows, ...(Object.fromEntries(groups) as Partial<Rows>) }
}
