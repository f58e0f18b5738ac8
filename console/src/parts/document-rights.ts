/** What the user may do with a document. A connection says of no integration that it is its own: it belongs to those that it is registered to. */
import type { Collection } from '../../../src/contract/resources/index.ts'
import { useMay, useSession } from '../api/session.ts'
import { useDependents } from './dependents.tsx'

export function useMayWith(collection: Collection, id: string, integrationId?: string): ReturnType<typeof useMay> {
  const { integrationAccessLevel } = useSession()
  const isReached = collection === 'connections' && integrationAccessLevel !== undefined
  const { types } = useDependents(collection, id, isReached)
  const registered = types.flatMap(([type, list]) => (type === 'integrations' ? list.map((each) => each.id) : []))
  return useMay(isReached ? registered : integrationId)
}
