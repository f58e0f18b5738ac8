/** Runs by the filters and the sort of the address, page by page as they are scrolled to. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useUrlState } from '../url-state.ts'
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
    ...(from && { createdAt_gte: from }),
    ...(to && { createdAt_lte: `${to}T23:59:59.999Z` }),
    ...(sort && { sort: sort as NonNullable<Query['sort']> }),
  }
}

const afterOf = ({ nextPageURL }: CallResult<'listRuns'>): string | undefined =>
  nextPageURL === undefined ? undefined : (new URL(nextPageURL, location.origin).searchParams.get('after') ?? undefined)

export function useRunPages(query: Query) {
  const { account, env } = readScope()
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['listRuns', { query }, account ?? '', env ?? '', 'pages'],
    queryFn: ({ pageParam }) =>
      call('listRuns', { query: { ...query, limit: pageSize, ...(pageParam !== undefined && { after: pageParam }) } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: afterOf,
    // What was found before stays in sight while somebody types.
    placeholderData: keepPreviousData,
  })
  return {
    runs: data?.pages.flatMap(({ runs }) => runs),
    error,
    readMore: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
  }
}
