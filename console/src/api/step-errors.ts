/** The errors of a step, a flow or an integration by the filters of the address, page by page as they are scrolled to. */
import { useQuery, useSuspenseInfiniteQuery } from '@tanstack/react-query'
import { call, readScope, type CallInput, type CallResult } from './client.ts'
import { useLater } from './queries.ts'
import { mostRows, type PagedList } from './live-lists.ts'
import { useSearchParams } from '../url-state.ts'
import { beginOfDay, endOfDay } from '../zone.ts'

type FoundError = CallResult<'searchFlowErrors'>['errors'][number]
export type StepError = FoundError

export interface StepParams {
  readonly _id: string
  readonly _stepId: string
}

/** Whose errors are looked at. */
export type ErrorScope =
  | { readonly _flowId: string; readonly _stepId?: string; readonly _integrationId?: never }
  | { readonly _integrationId: string; readonly _flowId?: never; readonly _stepId?: never }

type Query = NonNullable<CallInput<'listStepErrors'>['query']>
export type ErrorFilter = Omit<Query, 'order' | 'limit' | 'after'>

/** Errors one by one, or all that match a filter. */
export type Chosen = { readonly filter: ErrorFilter } | { readonly errors: readonly StepError[] }

/** The parts of the address that say which errors are shown, by the filters that they are. */
const parameters = {
  message: 'message',
  source: 'source',
  code: 'code',
  classification: 'classification',
  tagId: 'tag',
  assignedTo: 'assignee',
  traceKey: 'trace',
  _flowJobId: 'run',
  occurredAt_gte: 'from',
  occurredAt_lte: 'to',
} as const satisfies { readonly [Name in keyof ErrorFilter]: string }

/** Days are those of the user. */
const toMoment: Readonly<Record<string, (day: string) => string>> = { occurredAt_gte: beginOfDay, occurredAt_lte: endOfDay }

export const filterParameters = Object.values(parameters)

export function useErrorFilter(): ErrorFilter {
  const search = useSearchParams()
  const filter = Object.entries(parameters).flatMap(([name, parameter]) => {
    const value = search[parameter]
    return value ? [[name, (toMoment[name] ?? String)(value)] as const] : []
  })
  return Object.fromEntries(filter) as ErrorFilter
}

interface ErrorPage {
  readonly errors: readonly StepError[]
  readonly next: string | undefined
}

const nextOf = (nextPageURL: string | undefined): string | undefined =>
  nextPageURL === undefined ? undefined : (new URL(nextPageURL, location.origin).searchParams.get('after') ?? undefined)

async function readPage(scope: ErrorScope, isResolved: boolean, query: Query): Promise<ErrorPage> {
  if (scope._stepId === undefined) {
    const all = { ...query, ...(isResolved && { state: 'resolved' as const }) }
    const { errors, nextPageURL } = scope._integrationId
      ? await call('searchIntegrationErrors', { params: { _id: scope._integrationId }, query: all })
      : await call('searchFlowErrors', { params: { _id: scope._flowId ?? '' }, query: all })
    return { errors, next: nextOf(nextPageURL) }
  }
  const { _flowId, _stepId } = scope
  const params = { _id: _flowId, _stepId }
  if (isResolved) {
    const { resolved, nextPageURL } = await call('listResolvedErrors', { params, query })
    return { errors: resolved.map((error) => ({ ...error, _flowId, _stepId })), next: nextOf(nextPageURL) }
  }
  const { errors, nextPageURL } = await call('listStepErrors', { params, query })
  return { errors: errors.map((error) => ({ ...error, _flowId, _stepId })), next: nextOf(nextPageURL) }
}

/** Rows that are read at once: a few screens. */
const pageSize = 200
/** Rows that are looked for before a page is shown. */
const enough = 20
/** Requests for one page: where few errors fit, each looks some further back. */
const mostRequests = 10

/** What fits may lie far apart: reads on until there is something to show. */
async function readErrorPage(scope: ErrorScope, isResolved: boolean, query: Query, after: string | undefined): Promise<ErrorPage> {
  const found: StepError[] = []
  let next = after
  for (let requests = 0; requests < mostRequests; requests++) {
    const page = await readPage(scope, isResolved, { ...query, limit: pageSize, ...(next !== undefined && { after: next }) })
    found.push(...page.errors)
    next = page.next
    if (next === undefined || found.length >= enough) break
  }
  return { errors: found, next }
}

const countErrors = (pages: readonly ErrorPage[]): number => pages.reduce((sum, { errors }) => sum + errors.length, 0)

const toPagedList = (read: (after?: string) => Promise<ErrorPage>): PagedList<ErrorPage, StepError> => ({
  read: (param) => read(param as string | undefined),
  rowsOf: ({ errors }) => errors,
  withRows: ({ next }, errors) => ({ errors, next }),
  keyOf: ({ errorId }) => errorId,
  isLast: ({ next }) => next === undefined,
})

export function useErrors(scope: ErrorScope, isResolved: boolean, filter: ErrorFilter, order: 'asc' | 'desc') {
  const { account, env } = readScope()
  const query = { ...filter, ...(order === 'asc' && { order }) }
  const read = (after?: string) => readErrorPage(scope, isResolved, query, after)
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useSuspenseInfiniteQuery({
    queryKey: [nameOf(scope, isResolved), { scope, isResolved, query }, account ?? '', env ?? '', 'pages'],
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }, pages) => (countErrors(pages) < mostRows ? next : undefined),
    meta: { list: toPagedList(read) },
  })
  return {
    errors: data.pages.flatMap(({ errors }) => errors),
    /** There are more, which are not shown at once. */
    isFull: countErrors(data.pages) >= mostRows && data.pages.at(-1)?.next !== undefined,
    hasMore: hasNextPage,
    isReading: isFetchingNextPage,
    /** Milliseconds: how far back it was looked. */
    lookedBack: Number(data.pages.at(-1)?.next?.split('-')[0] ?? 0),
    readMore: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
  }
}

/**
 * The error that is open: as the list has it, or asked for by its id where the list has not come to it, and null where it is not among these errors. It stays
 * as it is when the list loses it.
 */
export function useOpenError(scope: ErrorScope, isResolved: boolean, errorId: string, listed: StepError | undefined) {
  const { account, env } = readScope()
  return useQuery({
    queryKey: ['openError', { scope, isResolved, errorId }, account ?? '', env ?? ''],
    queryFn: async () => (await readPage(scope, isResolved, { errorId, limit: 1 })).errors[0] ?? null,
    initialData: listed,
    staleTime: Infinity,
    enabled: errorId !== '',
  })
}

/** How many open errors match, where the server says it in one answer: those of a step by any filter, of a flow or an integration without one. */
export function useMatchingCount({ _flowId = '', _stepId, _integrationId }: ErrorScope, filter: ErrorFilter): number | undefined {
  const isWhole = Object.keys(filter).length === 0
  const ofStep = useLater(
    'countMatchingErrors',
    { params: { _id: _flowId, _stepId: _stepId ?? '' }, body: { filter } },
    _stepId !== undefined,
  )
  const ofFlow = useLater('listFlowErrors', { params: { _id: _flowId } }, isWhole && _stepId === undefined && _flowId !== '')
  const ofIntegration = useLater(
    'listIntegrationErrors',
    { params: { _id: _integrationId ?? '' } },
    isWhole && _integrationId !== undefined,
  )
  if (_stepId !== undefined) return ofStep.data?.count
  const counts = _integrationId === undefined ? ofFlow.data?.flowErrors : ofIntegration.data
  return counts?.reduce((sum, { numError }) => sum + numError, 0)
}

/** As what changes errors names it, to be asked again. */
const nameOf = (scope: ErrorScope, isResolved: boolean) =>
  scope._integrationId
    ? 'searchIntegrationErrors'
    : !scope._stepId
      ? 'searchFlowErrors'
      : isResolved
        ? 'listResolvedErrors'
        : 'listStepErrors'

/** Operations whose answers change with errors. */
export const errorLists = [
  ...(['listStepErrors', 'listResolvedErrors', 'searchFlowErrors', 'searchIntegrationErrors'] as const),
  ...(['listFlowErrors', 'listIntegrationErrors', 'listTiles', 'listLatestFlowJobs', 'listJobs'] as const),
] as const
