/** Which resources in files are parts of the integration: what belongs to it, and what that uses. Pure. */
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { belonging } from '../../access/membership.ts'
import { referencesOf } from '../../references.ts'
import type { Defined } from './state-files.ts'

const keyOf = ({ collection, id }: { collection: string; id: string }): string => `${collection}/${id}`
const isWaitedFor = new RegExp(belonging.unless)
const canBelong = (collection: Collection): boolean =>
  '_integrationId' in resources[collection].body.properties && collection !== 'integrations'

/**
 * A flow or an API belongs to the integration unless it says otherwise, and so does what nothing uses yet, if it can belong to anything: an import would
 * otherwise be made, and be no part of the integration. Of a script, an export or a connection that nothing uses nobody could tell whose it is.
 */
export function partsOf(
  elsewhere: readonly Defined[],
  state: readonly Defined[],
  integrationId: string,
): { state: Defined[]; unused: Defined[] } {
  const owned = state.map((each) => (each.collection === 'flows' || each.collection === 'apis' ? ownedBy(each, integrationId) : each))
  const known = reachedFrom(owned, elsewhere, integrationId)
  const all = owned.map((each) => (known.has(keyOf(each)) || !canBelong(each.collection) ? each : ownedBy(each, integrationId)))
  const reached = reachedFrom(all, elsewhere, integrationId)
  const isPart = (each: Defined): boolean => reached.has(keyOf(each))
  return { state: all.filter(isPart), unused: all.filter((each) => !isPart(each)) }
}

const ownedBy = (each: Defined, integrationId: string): Defined =>
  each.definition['_integrationId'] === undefined ? { ...each, definition: { ...each.definition, _integrationId: integrationId } } : each

/** `elsewhere` is what files leave out and may name all the same. */
function reachedFrom(state: readonly Defined[], elsewhere: readonly Defined[], integrationId: string): ReadonlySet<string> {
  const byKey = new Map([...elsewhere, ...state].map((each) => [keyOf(each), each]))
  const own = state.filter(({ collection, definition }) => collection === 'integrations' || definition['_integrationId'] === integrationId)
  const reached = new Set(own.map(keyOf))
  // A set goes on to what is added while it is gone through.
  for (const key of reached) {
    const each = byKey.get(key)
    if (!each) continue
    for (const { collection, id, path } of referencesOf(resources[each.collection].stored, each.definition))
      if (
        !isWaitedFor.test(path) &&
        !/(?:^|[.])_registeredConnectionIds/.test(path) &&
        (belonging.used as readonly string[]).includes(collection)
      )
        reached.add(keyOf({ collection, id }))
  }
  return reached
}
