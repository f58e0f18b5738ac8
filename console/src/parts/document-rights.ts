/** What the user may do with a document, as the server decides it for who manages single integrations: it is in one that it names, or in those of what uses it. */
import type { Collection } from '../../../src/contract/resources/index.ts'
import { useMay, useSession } from '../api/session.ts'
import { useDependents } from './dependents.tsx'
import { partsOfIntegrations } from './parts-of-integrations.ts'

export function useMayWith(collection: Collection, id: string, integrationId?: string): ReturnType<typeof useMay> {
  const { integrationAccessLevel, accountAccessLevel } = useSession()
  const isPart = partsOfIntegrations.has(collection)
  const { types, count, isSuccess } = useDependents(collection, id, integrationAccessLevel !== undefined && isPart)
  const [mayThere, mayAnywhere] = [useMay(integrationId ?? []), useMay()]
  if (!integrationAccessLevel) return mayAnywhere
  // What nobody uses is seen by who made it alone.
  const isOwn = isSuccess && count === 0 && integrationId === undefined && accountAccessLevel === undefined
  // What a connection uses is in no integration by that.
  const isManaged = types.some(([type, list]) => type !== 'connections' && list.some(({ accessLevel }) => accessLevel !== 'monitor'))
  return (name) => mayThere(name) || ((isOwn || isManaged) && mayAnywhere(name))
}
