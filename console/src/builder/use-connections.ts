/** The connections that a step may use, by their ids. */
import { useLater } from '../api/queries.ts'
import type { StoredConnection } from './connection-form.tsx'

/** Connections that one may be chosen of. */
const mostOffered = 1000

export function useConnections(): { readonly connections: readonly StoredConnection[]; readonly isLoaded: boolean } {
  const { data, isSuccess } = useLater('listConnections', { query: { limit: mostOffered } })
  return { connections: data ?? [], isLoaded: isSuccess }
}
