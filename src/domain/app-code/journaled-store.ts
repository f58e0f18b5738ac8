/** A store for functions of an Integration App: each write first records the previous state in the undo log, in the same transaction. */
import { DomainError } from '../errors.ts'
import type { Vault, World } from '../context.ts'
import { journalWrite } from './undo-merge.ts'
import type { Rows, Store } from '../ports/store.ts'
import type { InstallationRoot } from '../ports/apps.ts'

/** Changes of one function at the most: each may have to be taken back in one transaction. */
const maxChanges = 2000

type JournalMethods = { readonly [G in keyof Rows]?: { readonly [M in keyof Rows[G]]?: JournalMethod<Rows[G][M]> } }
type JournalMethod<M> = M extends (...args: infer A) => unknown ? (rows: Rows, of: InstallationRoot, ...args: A) => Promise<void> : never

/** Whatever writes what can be taken back. */
const journalMethods = (vault: Vault): JournalMethods => ({
  documents: {
    async write(rows, of, _envId, collection, entry) {
      await rows.appUndoLog.recordDocuments(of, [{ collection, id: entry.doc._id }])
      await journalWrite(rows, vault, of, collection, entry)
    },
    remove: ({ appUndoLog: before }, of, _envId, collection, ids) =>
      before.recordDocuments(
        of,
        ids.map((id) => ({ collection, id })),
        true,
      ),
  },
  clones: {
    insert: ({ appUndoLog: before }, of, _envId, documents) =>
      before.recordDocuments(
        of,
        documents.map(({ collection, entry }) => ({ collection, id: entry.doc._id })),
      ),
    addPairs: ({ appUndoLog: before }, of, { integrationId }) => before.recordPairs(of, integrationId),
    setBases: ({ appUndoLog: before }, of, { integrationId }) => before.recordPairs(of, integrationId),
  },
  state: {
    put: ({ appUndoLog: before }, of, _envId, integrationId, key) => before.recordState(of, integrationId, key),
    remove: ({ appUndoLog: before }, of, _envId, integrationId, key) => before.recordState(of, integrationId, key),
  },
  lookupCacheData: {
    put: ({ appUndoLog: before }, of, _envId, cacheId, entries) =>
      before.recordEntries(
        of,
        cacheId,
        entries.map(({ key }) => key),
      ),
    remove: ({ appUndoLog: before }, of, _envId, cacheId, keys) => before.recordEntries(of, cacheId, keys),
    purge: ({ appUndoLog: before }, of, _envId, cacheId) => before.recordEntries(of, cacheId),
  },
  jobs: { enqueue: ({ appUndoLog: before }, of, _envId, { _id }) => before.recordRun(of, _id) },
  apps: {
    add: ({ appUndoLog: before }, of) => before.recordEdition(of),
    setPackaged: ({ appUndoLog: before }, of) => before.recordEdition(of),
    setEdition: ({ appUndoLog: before }, of) => before.recordEdition(of),
  },
  licenses: {
    attach: ({ appUndoLog: before }, of) => before.recordLicense(of),
    detach: ({ appUndoLog: before }, of) => before.recordLicense(of),
  },
})

type Within = <T>(work: (rows: Rows) => Promise<T>) => Promise<T>
type Method = (...args: readonly unknown[]) => Promise<unknown>

export function openJournaledStore({ store, vault }: Pick<World, 'store' | 'vault'>, of: InstallationRoot, who: string): Store {
  const notes = journalMethods(vault)
  let writes = 0
  const count = (group: string, name: string): void => {
    if (group === 'documents' && name === 'write' && ++writes > maxChanges)
      throw new DomainError('bad_request', `A function may change ${maxChanges} documents and no more.`)
  }
  const within: Within = (work) =>
    store.transaction(async (rows) => {
      if (!(await rows.apps.holdsClaim(of.envId, of.rootId, who)))
        throw new DomainError('conflict', 'It took too long, and what it did in the app has been taken back.')
      return work(rows)
    })
  return {
    ...withJournal(store, notes, of, count, within),
    transaction: (work) => within((rows) => work(withJournal(rows, notes, of, count, (inner) => inner(rows)))),
  }
}

function withJournal(
  rows: Rows,
  notes: JournalMethods,
  of: InstallationRoot,
  count: (group: string, name: string) => void,
  within: Within,
): Rows {
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
