/** Integrations at a glance: searched, sorted and with the pinned ones in front, a page at a time, by the server. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { call, readScope, type CallInput, type CallResult } from './client.ts'

type Tile = CallResult<'listTiles'>[number]
export type TileOrder = NonNullable<NonNullable<CallInput<'listTiles'>['query']>['sort']>

/** Tiles of a page: some screens full. */
const pageSize = 100

export function useTiles(search: string, sort: TileOrder) {
  const { account, env } = readScope()
  const query = { limit: pageSize, sort, pinnedFirst: true, ...(search && { search }) }
  const { data, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['listTiles', { query }, account ?? '', env ?? '', 'pages'],
    queryFn: async ({ pageParam }): Promise<readonly Tile[]> => (await call('listTiles', { query: { ...query, skip: pageParam } })) ?? [],
    initialPageParam: 0,
    getNextPageParam: (page, pages) => (page.length < pageSize ? undefined : pages.length * pageSize),
    // Until what was typed is found, what was there stays.
    placeholderData: keepPreviousData,
    throwOnError: true,
  })
  return {
    tiles: data?.pages.flat() ?? [],
    isLoading: isPending,
    hasMore: hasNextPage,
    readMore: () => {
      if (!isFetchingNextPage) void fetchNextPage()
    },
  }
}
