/** The errors of a step by the filters of the address, page by page as they are scrolled to. */
import { useSuspenseInfiniteQuery } from '@tanstack/react-query'
import { call, readScope, type CallResult } from './client.ts'
import { useUrlState } from '../url-state.ts'

type OpenError = CallResult<'listStepErrors'>['errors'][number]
type ResolvedError = CallResult<'listResolvedErrors'>['resolved'][number]
export type StepError = OpenError & Partial<Pick<ResolvedError, 'resolvedAt' | 'resolvedBy'>>

export interface StepParams {
  readonly _id: string
  readonly _stepId: string
}
export interface ErrorFilter {
  readonly source?: string
  readonly classification?: string
  readonly _flowJobId?: string
  readonly occurredAt_gte?: string
  readonly occurredAt_lte?: string
}

/** Errors one by one, or all that match a filter. */
export type Chosen = { readonly filter: ErrorFilter } | { readonly errors: readonly StepError[] }

export function useErrorFilter(): ErrorFilter {
  const [source] = useUrlState('source')
  const [classification] = useUrlState('classification')
  const [run] = useUrlState('run')
  const [from] = useUrlState('from')
  const [to] = useUrlState('to')
  return {
    ...(source && { source }),
    ...(classification && { classification }),
    ...(run && { _flowJobId: run }),
    ...(from && { occurredAt_gte: from }),
    ...(to && { occurredAt_lte: `${to}T23:59:59.999Z` }),
  }
}

interface ErrorPage {
  readonly errors: readonly StepError[]
  readonly next: string | undefined
}

const nextOf = (nextPageURL: string | undefined): string | undefined =>
  nextPageURL === undefined ? undefined : (new URL(nextPageURL, location.origin).searchParams.get('after') ?? undefined)

export async function readErrorPage(
  params: StepParams,
  isResolved: boolean,
  filter: ErrorFilter,
  after: string | undefined,
): Promise<ErrorPage> {
  const query = { ...filter, ...(after !== undefined && { after }) }
  if (isResolved) {
    const { resolved, nextPageURL } = await call('listResolvedErrors', { params, query })
    return { errors: resolved, next: nextOf(nextPageURL) }
  }
  const { errors, nextPageURL } = await call('listStepErrors', { params, query })
  return { errors, next: nextOf(nextPageURL) }
}

export function useStepErrors(params: StepParams, isResolved: boolean, filter: ErrorFilter) {
  const { account, env } = readScope()
  const query = useSuspenseInfiniteQuery({
    queryKey: [isResolved ? 'listResolvedErrors' : 'listStepErrors', { params, filter }, account ?? '', env ?? '', 'pages'],
    queryFn: ({ pageParam }) => readErrorPage(params, isResolved, filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  })
  return {
    errors: query.data.pages.flatMap(({ errors }) => errors),
    hasMore: query.hasNextPage,
    readMore: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage()
    },
  }
}
