/** Which answers an event is about, and how a list of several pages takes it: its first page is read anew, and what was read beyond that stays. */
import type { OperationName } from './client.ts'

/** Rows of one list at the most: beyond them nobody reads, and a page would take ever more memory. */
export const mostRows = 10_000

/** What an event is about. */
export interface Subject {
  readonly flowId: string
  /** `none` for a flow without one. */
  readonly integrationId: string
  /** The step that errors are of. */
  readonly stepId?: string
  /** The run whose step the job is of. */
  readonly runId?: string
}

const ofFlow: ReadonlySet<string> = new Set<OperationName>([
  ...(['getFlow', 'getFlowStats', 'listLatestFlowJobs', 'listFlowErrors'] as const),
  ...(['listStepErrors', 'listResolvedErrors', 'searchFlowErrors'] as const),
])
const ofIntegration: ReadonlySet<string> = new Set<OperationName>([
  'listLatestIntegrationJobs',
  'listIntegrationErrors',
  'searchIntegrationErrors',
])

interface Input {
  readonly params?: { readonly _id?: string; readonly _stepId?: string }
  readonly query?: { readonly _flowId?: string; readonly _integrationId?: string; readonly _flowJobId?: string }
  readonly body?: { readonly _flowIds?: readonly string[]; readonly _integrationIds?: readonly string[] }
  /** Of lists of errors that are read page by page. */
  readonly scope?: { readonly _flowId?: string; readonly _integrationId?: string; readonly _stepId?: string }
}

/** Whether the answer of an operation, asked with this input, may be another one after the event. What the input leaves open is of everything. */
export function isAbout(name: string, { params = {}, query = {}, body = {}, scope = {} }: Input, subject: Subject): boolean {
  const fits = (asked: readonly (string | undefined)[], id: string | undefined): boolean => {
    const named = asked.filter((each) => each !== undefined && each !== '')
    return named.length === 0 || named.includes(id)
  }
  const run = name === 'listJobs' ? query._flowJobId : undefined
  // Jobs of steps stand in the lists of their run alone, which have no others.
  if (subject.runId !== run) return false
  return (
    fits([ofFlow.has(name) ? params._id : undefined, query._flowId, scope._flowId, ...(body._flowIds ?? [])], subject.flowId) &&
    fits(
      [ofIntegration.has(name) ? params._id : undefined, query._integrationId, scope._integrationId, ...(body._integrationIds ?? [])],
      subject.integrationId,
    ) &&
    (subject.stepId === undefined || fits([params._stepId, scope._stepId], subject.stepId))
  )
}

/** The status that each job was last said to have, of so many jobs at the most. */
const statuses = new Map<string, string>()
const mostStatuses = 10_000

/** Whether a job has another status than when it was last told of: false where it only went on. */
export function hasStatusChanged({ _id, status }: { readonly _id: string; readonly status: string }): boolean {
  if (statuses.get(_id) === status) return false
  if (statuses.size >= mostStatuses) statuses.clear()
  statuses.set(_id, status)
  return true
}

/** A list as far as it was read, with where each page begins. */
export interface Pages<Page> {
  readonly pages: readonly Page[]
  readonly pageParams: readonly unknown[]
}

/** How the pages of a list are made of rows. It goes along with the query as its `meta`. */
export interface PagedList<Page, Row> {
  /** The page that begins there; the first one without that. */
  readonly read: (param?: unknown) => Promise<Page>
  readonly rowsOf: (page: Page) => readonly Row[]
  /** The same page, as far as where it ends, with other rows. */
  readonly withRows: (page: Page, rows: readonly Row[]) => Page
  readonly keyOf: (row: Row) => string
  readonly isLast: (page: Page) => boolean
}

/**
 * The list with a first page that was read just now. What stood before the end of that page is as the page has it; what was read beyond it stays. Where the
 * two have nothing in common the list begins anew with the page.
 */
export function withFirstPage<Page, Row>(
  { pages, pageParams }: Pages<Page>,
  fresh: Page,
  { rowsOf, withRows, keyOf, isLast }: Omit<PagedList<Page, Row>, 'read'>,
): Pages<Page> {
  const alone = { pages: [fresh], pageParams: pageParams.slice(0, 1) }
  const rows = rowsOf(fresh)
  const isFresh = new Set(rows.map(keyOf))
  const before = pages.flatMap(rowsOf)
  const end = before.findLastIndex((row) => isFresh.has(keyOf(row)))
  const kept = new Set(before.slice(end + 1).map(keyOf))
  if (isLast(fresh) || end < 0 || kept.size === 0) return alone
  const remaining = pages.map((page) => rowsOf(page).filter((row) => kept.has(keyOf(row))))
  return {
    pages: pages.map((page, at) => withRows(page, [...(at === 0 ? rows : []), ...(remaining[at] ?? [])])),
    pageParams,
  }
}

/**
 * The list with the page that begins at `param` as it was read just now; as it is where no page begins there any more. What came up from after a page is not
 * put into it, since it stands or will be read there; the last page takes it, and ends where it does by now.
 */
export function withPage<Page, Row>(
  list: Pages<Page>,
  param: unknown,
  fresh: Page,
  { rowsOf, withRows, keyOf }: Omit<PagedList<Page, Row>, 'read'>,
): Pages<Page> {
  const { pages, pageParams } = list
  const at = pageParams.indexOf(param)
  const page = pages[at]
  if (page === undefined) return list
  const keysOf = (some: readonly Page[]): ReadonlySet<string> => new Set(some.flatMap(rowsOf).map(keyOf))
  const [before, own] = [keysOf(pages.slice(0, at)), keysOf([page])]
  const isLast = at === pages.length - 1
  const rows = rowsOf(fresh).filter((row) => (isLast ? !before.has(keyOf(row)) : own.has(keyOf(row))))
  return { pages: pages.with(at, withRows(isLast ? fresh : page, rows)), pageParams }
}

/** Whether a page holds more than is read of it at once: the first one takes what events bring. */
export const hasGrown = <Page, Row>(
  { pages, pageParams }: Pages<Page>,
  param: unknown,
  fresh: Page,
  { rowsOf, isLast }: Pick<PagedList<Page, Row>, 'rowsOf' | 'isLast'>,
): boolean => {
  const page = pages[pageParams.indexOf(param)]
  return page !== undefined && !isLast(fresh) && rowsOf(page).length > rowsOf(fresh).length
}

/** Where the pages begin that have one of these rows. */
export const findPages = <Page, Row>(
  { pages, pageParams }: Pages<Page>,
  keys: ReadonlySet<string>,
  { rowsOf, keyOf }: Pick<PagedList<Page, Row>, 'rowsOf' | 'keyOf'>,
): readonly unknown[] => pages.flatMap((page, at) => (rowsOf(page).some((row) => keys.has(keyOf(row))) ? [pageParams[at]] : []))

/** The pages of documents with one that was read just now; undefined where its rows are others than before, or stand in another order. */
export function withSameRows<Row extends object>(
  { pages, pageParams }: Pages<readonly Row[]>,
  at: number,
  fresh: readonly Row[],
): Pages<readonly Row[]> | undefined {
  const idOf = (row: Row | undefined) => row && '_id' in row && row._id
  const page = pages[at]
  const isSame = page?.length === fresh.length && page.every((row, i) => idOf(row) === idOf(fresh[i]))
  return isSame ? { pages: pages.with(at, fresh), pageParams } : undefined
}
