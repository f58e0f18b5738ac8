/** Runs by the filters and the sort of the address, page by page as they are scrolled to. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useUrlState } from '../url-state.ts'
import { beginOfDay, endOfDay } from '../zone.ts'
import { mostRows, type PagedList } from './live-lists.ts'
import { call, readScope, type CallInput, type CallResult } from './client.ts'

type Query = NonNullable<CallInput<'listRuns'>['query']>
export type ListedRun = CallResult<'listRuns'>['runs'][number]

/** More than tables draw at once, so that a next page is wanted before the end is in sight. */
const pageSize = 250

/** Statuses as people tell them apart. */
const byStatus: Readonly<Record<string, Pick<Query, 'status' | 'numError_gte' | 'numError_lte'>>> = {
  completed: { status: 'completed', numError_lte: 0 },
  partial: { status: 'completed', numError_gte: 1 },
}

export function useRunFilter(): Query {
  const [status] = useUrlState('status')
  const [text] = useUrlState('q')
  const [traceKey] = useUrlState('record')
  const [from] = useUrlState('from')
  const [to] = useUrlState('to')
  const [sort] = useUrlState('sort')
  return {
    ...(status && (byStatus[status] ?? { status })),
    ...(text && { q: text }),
    ...(traceKey && { traceKey }),
    ...(from && { createdAt_gte: beginOfDay(from) }),
    ...(to && { createdAt_lte: endOfDay(to) }),
    ...(sort && { sort: sort as NonNullable<Query['sort']> }),
  }
}

const afterOf = ({ nextPageURL }: CallResult<'listRuns'>): string | undefined =>
  nextPageURL === undefined ? undefined : (new URL(nextPageURL, location.origin).searchParams.get('after') ?? undefined)

type RunPage = CallResult<'listRuns'>

const countRuns = (pages: readonly RunPage[]): number => pages.reduce((sum, { runs }) => sum + runs.length, 0)

const toPagedList = (read: (after?: string) => Promise<RunPage>): PagedList<RunPage, ListedRun> => ({
  read: (param) => read(param as string | undefined),
  rowsOf: ({ runs }) => runs,
  withRows: (page, runs) => ({ ...page, runs: [...runs] }),
  keyOf: ({ _id }) => _id,
  isLast: ({ nextPageURL }) => nextPageURL === undefined,
})

export function useRunPages(query: Query) {
  const { account, env } = readScope()
  const read = (after?: string) => call('listRuns', { query: { ...query, limit: pageSize, ...(after !== undefined && { after }) } })
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['listRuns', { query }, account ?? '', env ?? '', 'pages'],
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page, pages) => (countRuns(pages) < mostRows ? afterOf(page) : undefined),
    meta: { list: toPagedList(read) },
    // What was found before stays in sight while somebody types.
    placeholderData: keepPreviousData,
  })
  return {
    runs: data?.pages.flatMap(({ runs }) => runs),
    error,
    /** There are more, which are not shown at once. */
    isFull: data !== undefined && countRuns(data.pages) >= mostRows && data.pages.at(-1)?.nextPageURL !== undefined,
    readMore: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
  }
}
