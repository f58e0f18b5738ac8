/** Lists of several pages, brought up to date by some of their pages in place of all, one request after the other. */
import type { Query } from '@tanstack/react-query'
import type { OperationName } from './client.ts'
import { findPages, hasGrown, withFirstPage, withPage, withSameRows, type PagedList, type Pages } from './live-lists.ts'
import { queryClient } from './queries.ts'

const listOf = ({ meta }: Query) => meta?.['list'] as PagedList<unknown, unknown> | undefined
const pagesOf = (query: Query) => query.state.data as Pages<unknown> | undefined

interface Document {
  readonly _id?: string
}
const readerOf = ({ meta }: Query) => meta?.['readDocuments'] as ((skip: number) => Promise<readonly Document[]>) | undefined
const documentsOf = (query: Query) => query.state.data as Pages<readonly Document[]> | undefined

/** Those that are on the page and were read beyond their first page. */
export const findLong = (isMeant: (query: Query) => boolean): ReadonlySet<Query> =>
  new Set(
    queryClient.getQueryCache().findAll({
      type: 'active',
      predicate: (query) => isMeant(query) && (listOf(query) ?? readerOf(query)) !== undefined && (pagesOf(query)?.pages.length ?? 0) > 1,
    }),
  )

/** What is refused is brought up to date by the next event. */
async function readFirstPage(query: Query): Promise<void> {
  const list = listOf(query)
  const fresh = await list?.read().catch(() => undefined)
  if (list && fresh !== undefined) queryClient.setQueryData<Pages<unknown>>(query.queryKey, (now) => now && withFirstPage(now, fresh, list))
}

async function readPagesWith(query: Query, keys: ReadonlySet<string>): Promise<void> {
  const [list, pages] = [listOf(query), pagesOf(query)]
  if (!list || !pages) return
  for (const param of findPages(pages, keys, list)) {
    const fresh = await list.read(param).catch(() => undefined)
    const now = pagesOf(query)
    if (fresh === undefined || !now) continue
    if (hasGrown(now, param, fresh, list)) return queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true })
    queryClient.setQueryData<Pages<unknown>>(query.queryKey, withPage(now, param, fresh, list))
  }
  await readFirstPage(query)
}

/** Asks anew for what an act has changed: of a long list the pages with these rows, and the first one. */
export async function refreshRows(names: readonly OperationName[], keys: ReadonlySet<string>): Promise<void> {
  const isMeant = ({ queryKey: [name] }: Pick<Query, 'queryKey'>): boolean => names.includes(name as OperationName)
  const long = findLong(isMeant)
  await Promise.all([
    ...[...long].map((query) => readPagesWith(query, keys)),
    queryClient.invalidateQueries({ predicate: (query) => isMeant(query) && !long.has(query) }),
  ])
}

/** A long list of documents is read whole so long after it was last read. In milliseconds. */
const wholeMs = 10_000
const waiting = new WeakSet<Query>()

/** The pages that have these documents; the whole list, later, where one came, went or moved, or where nobody knows which they are. */
async function readDocuments(query: Query, ids: ReadonlySet<string | undefined>): Promise<void> {
  const [read, { pages = [], pageParams = [] } = {}] = [readerOf(query), documentsOf(query)]
  const isMeant = ({ _id }: Document): boolean => _id !== undefined && ids.has(_id)
  if (!read || pages.flat().filter(isMeant).length < ids.size) return readWhole(query)
  for (const [at, page] of pages.entries()) {
    if (!page.some(isMeant)) continue
    const fresh = await read(pageParams[at] as number).catch(() => undefined)
    const now = documentsOf(query)
    const changed = fresh && now && withSameRows(now, at, fresh)
    if (!changed) return readWhole(query)
    queryClient.setQueryData(query.queryKey, changed)
  }
}

/** Brings a long list up to date with events, which are about these documents. */
export const readAnew = (query: Query, ids: ReadonlySet<string | undefined>): Promise<void> =>
  readerOf(query) ? readDocuments(query, ids) : readFirstPage(query)

function readWhole(query: Query): void {
  if (waiting.has(query)) return
  waiting.add(query)
  setTimeout(
    () => {
      waiting.delete(query)
      void queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true })
    },
    Math.max(0, query.state.dataUpdatedAt + wholeMs - Date.now()),
  )
}
