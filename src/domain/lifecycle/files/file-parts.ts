/** Selects which resources in files belong to the integration. Pure. */
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { isOnlyWaitedFor, membershipRules } from '../../access/membership.ts'
import { findReferences } from '../../references.ts'
import type { DefinedResource } from './state-files.ts'
import { formatKey } from '../../keys.ts'

const canBelong = (collection: Collection): boolean =>
  '_integrationId' in resources[collection].body.properties && collection !== 'integrations'

/**
 * A flow or an API belongs to the integration unless it says otherwise, and so does what nothing uses yet, if it can belong to anything: an import would
 * otherwise be made, and be no part of the integration. Of a script, an export or a connection that nothing uses nobody could tell whose it is.
 */
export function findParts(
  elsewhere: readonly DefinedResource[],
  state: readonly DefinedResource[],
  integrationId: string,
): { state: DefinedResource[]; unused: DefinedResource[] } {
  const owned = state.map((each) =>
    each.collection === 'flows' || each.collection === 'apis' ? withIntegration(each, integrationId) : each,
  )
  const known = findReachable(owned, elsewhere, integrationId)
  const all = owned.map((each) => (known.has(formatKey(each)) || !canBelong(each.collection) ? each : withIntegration(each, integrationId)))
  const reached = findReachable(all, elsewhere, integrationId)
  const isPart = (each: DefinedResource): boolean => reached.has(formatKey(each))
  return { state: all.filter(isPart), unused: all.filter((each) => !isPart(each)) }
}

const withIntegration = (each: DefinedResource, integrationId: string): DefinedResource =>
  each.definition._integrationId === undefined ? { ...each, definition: { ...each.definition, _integrationId: integrationId } } : each

/** `elsewhere` is what files leave out and may name all the same. */
function findReachable(
  state: readonly DefinedResource[],
  elsewhere: readonly DefinedResource[],
  integrationId: string,
): ReadonlySet<string> {
  const byKey = new Map([...elsewhere, ...state].map((each) => [formatKey(each), each]))
  const own = state.filter(({ collection, definition }) => collection === 'integrations' || definition._integrationId === integrationId)
  const reached = new Set(own.map(formatKey))
  // A set goes on to what is added while it is gone through.
  for (const key of reached) {
    const each = byKey.get(key)
    if (!each) continue
    for (const { collection, id, path } of findReferences(resources[each.collection].stored, each.definition))
      if (
        !isOnlyWaitedFor(path) &&
        !/(?:^|[.])_registeredConnectionIds/.test(path) &&
        (membershipRules.used as readonly string[]).includes(collection)
      )
        reached.add(formatKey({ collection, id }))
  }
  return reached
}
