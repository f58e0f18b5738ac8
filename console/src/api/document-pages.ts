/** What a list answers, searched and sorted by the server, page by page as it is scrolled to. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { callAny, readScope, type OperationName } from './client.ts'

/** Entries of a page: some screens full. */
const pageSize = 200

export function useDocumentPages<Row>(list: OperationName, query: object) {
  const { account, env } = readScope()
  const read = async (skip: number) => ((await callAny(list, { query: { ...query, limit: pageSize, skip } })) ?? []) as readonly Row[]
  const { data, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: [list, { query }, account ?? '', env ?? '', 'pages'],
    queryFn: ({ pageParam }) => read(pageParam),
    meta: { readDocuments: read },
    initialPageParam: 0,
    getNextPageParam: (page, pages) => (page.length < pageSize ? undefined : pages.length * pageSize),
    // Until what was typed is found, what was there stays.
    placeholderData: keepPreviousData,
    // What was read stays, with all that is open above it.
    throwOnError: (_error, { state }) => state.data === undefined,
  })
  return {
    rows: data?.pages.flat() ?? [],
    isLoading: isPending,
    hasMore: hasNextPage,
    readMore: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
  }
}
