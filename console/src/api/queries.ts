/** Operations as queries of the page: asked once, shared by all that show them, asked again when something changed. */
import {
  QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
  useSuspenseQuery,
  type MutateOptions,
} from '@tanstack/react-query'
import { useRef } from 'react'
import { isLive } from './live-state.ts'
import { call, CallRefused, readScope, type CallInput, type CallResult, type OperationName } from './client.ts'

/** An answer this old is asked for again when it is looked at again. In milliseconds. */
const freshMs = 5_000
/** A request that failed on its way is sent so often again. Refusals are not: they would be refused again. */
const retries = 2

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: freshMs,
      retry: (failures, error) => failures < retries && !(error instanceof CallRefused && error.status < 500),
    },
  },
})

const send = <N extends OperationName>(name: N, input: CallInput<N>): Promise<CallResult<N>> => call(name, ...([input] as never))

export const queryOf = <N extends OperationName>(name: N, input: CallInput<N>) => {
  const { account, env } = readScope()
  return queryOptions<CallResult<N>>({
    queryKey: [name, input, account ?? '', env ?? ''],
    // A query may not answer undefined: what is answered 204 is null here.
    queryFn: async () => (await send(name, input)) ?? (null as CallResult<N>),
  })
}

/** What an operation answers. The page waits for it, and shows a refusal in its place. */
export const useData = <N extends OperationName>(name: N, input: CallInput<N>): CallResult<N> => useSuspenseQuery(queryOf(name, input)).data

/** The same without waiting: undefined until it is there. */
export const useLater = <N extends OperationName>(name: N, input: CallInput<N>, enabled = true) =>
  useQuery({ ...queryOf(name, input), enabled })

/** Notifies the listener of what is refused, where nothing on the page shows it. */
let onRefusal = (_error: unknown): void => {}
export const whenRefused = (listener: (error: unknown) => void): void => void (onRefusal = listener)

/**
 * Calls an operation that changes something, and asks again for what it may have changed. A refusal of what `mutate` sends is shown in a notice, unless the
 * caller takes it, or shows the `error` itself.
 */
export function useAct<N extends OperationName>(name: N, ...changes: OperationName[]) {
  const client = useQueryClient()
  const isShown = useRef(false)
  const act = useMutation({
    mutationFn: (input: CallInput<N>) => send(name, input),
    onSettled: () => refresh(client, changes),
  })
  type Options = MutateOptions<CallResult<N>, Error, CallInput<N>>
  const mutate = (input: CallInput<N>, options: Options = {}): void =>
    (act.mutate as (input: CallInput<N>, options: Options) => void)(input, {
      onError: (error) => isShown.current || onRefusal(error),
      ...options,
    })
  return {
    isPending: act.isPending,
    data: act.data,
    mutateAsync: act.mutateAsync,
    mutate,
    get error() {
      isShown.current = true
      return act.error
    },
  }
}

export const refresh = (client: QueryClient, names: readonly OperationName[]): Promise<void> =>
  client.invalidateQueries({ predicate: ({ queryKey }) => names.includes(queryKey[0] as OperationName) })

/** What is going on is looked at so often. In milliseconds. */
const watchMs = 1000

/** The same as `useLater`, asked again and again as long as the answer says that something is going on. */
export const useWatched = <N extends OperationName>(
  name: N,
  input: CallInput<N>,
  isGoingOn: (answer: CallResult<N>) => boolean,
  enabled = true,
  /** The stream of events says nothing of it. */
  isUntold = false,
) =>
  useQuery({
    ...queryOf(name, input),
    enabled,
    refetchInterval: ({ state: { data } }) =>
      (isUntold || !isLive()) && data !== undefined && isGoingOn(data as CallResult<N>) ? watchMs : false,
  })
