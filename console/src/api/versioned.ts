/** Documents with their versions: a save names the one that it was made from, so that nobody overwrites what somebody else saved meanwhile. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { callWithVersion, readScope, type CallInput, type CallResult, type OperationName } from './client.ts'

export interface Versioned<Result> {
  readonly result: Result
  readonly version: string | undefined
}

export function useVersioned<N extends OperationName>(name: N, input: CallInput<N>): Versioned<CallResult<N>> {
  const { account, env } = readScope()
  return useSuspenseQuery({
    queryKey: [name, input, account ?? '', env ?? '', 'versioned'],
    queryFn: () => callWithVersion(name, input),
  }).data
}

export const ifMatch = (version: string | undefined): { headers?: Record<string, string> } =>
  version ? { headers: { 'if-match': version } } : {}
