/** Documents with their versions: a save names the one that it was made from, so that nobody overwrites what somebody else saved meanwhile. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { callWithVersion, readScope, type CallInput, type CallResult, type OperationName, type Versioned } from './client.ts'

export type { Versioned }

export function useVersioned<N extends OperationName>(name: N, input: CallInput<N>): Versioned<CallResult<N>> {
  return useSuspenseQuery(versionedQueryOf(name, input)).data
}

export function versionedQueryOf<N extends OperationName>(name: N, input: CallInput<N>) {
  const { account, env } = readScope()
  return { queryKey: [name, input, account ?? '', env ?? '', 'versioned'], queryFn: () => callWithVersion(name, input) }
}

export const ifMatch = (version: string | undefined): { headers?: Record<string, string> } =>
  version ? { headers: { 'if-match': version } } : {}

/** A version that is read later than `shown`, such as somebody else's, takes its place once nothing is changed here. */
export function useNewest<Result>(
  loaded: Versioned<Result>,
  shown: Versioned<Result>,
  isChanged: boolean,
  take: (next: Versioned<Result>) => void,
): void {
  const seen = useRef(loaded.version)
  const last = useRef(shown.version)
  const newer = useRef<Versioned<Result>>(undefined)
  useEffect(() => {
    // What was saved here is later than what was read before.
    if (last.current !== shown.version) newer.current = undefined
    last.current = shown.version
    if (seen.current !== loaded.version) {
      seen.current = loaded.version
      newer.current = loaded
    }
    if (isChanged || !newer.current) return
    if (newer.current.version !== shown.version) take(newer.current)
    newer.current = undefined
  })
}
