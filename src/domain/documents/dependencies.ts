/** What depends on a document: read off the references that are stored with every document. */
import type { Static } from 'typebox'
import { maxDependents, type DependencyResponse } from '../../contract/dependencies.ts'
import type { Collection } from '../../contract/resources/index.ts'
import { canSee, filterUnmanaged, filterVisible } from '../access/access.ts'
import { exists, notFound } from './documents.ts'
import { homeEnvironment } from './save-document.ts'
import { formatKey } from '../keys.ts'
import type { Context } from '../context.ts'

/** An unknown document has no dependents; only who asks for strictness is told that it is unknown. */
export async function listDependencies(ctx: Context, collection: Collection, id: string): Promise<Static<typeof DependencyResponse>> {
  const isSeen = await canSee(ctx, { collection, id })
  if (ctx.strict && !(isSeen && (await exists(ctx, collection, id)))) throw notFound(collection)
  if (!isSeen) return {}
  const home = homeEnvironment(ctx, collection)
  const found = await filterVisible(ctx, await ctx.store.dependencies.listDependents(home, collection, id, maxDependents))
  const elsewhere = await ctx.writePolicy.listUsersElsewhere(ctx, home, collection, id, maxDependents - found.length)
  const unmanaged = await filterUnmanaged(ctx, ctx.store, found)
  // What lies elsewhere is most often somebody else's.
  const onlySeen = new Set([...unmanaged, ...elsewhere].map(formatKey))
  const entries = [...found, ...elsewhere].map((dependent) => ({
    type: dependent.collection,
    id: dependent.id,
    name: dependent.name,
    paths: dependent.paths.toSorted(inOrder).map(pointer),
    accessLevel: onlySeen.has(formatKey(dependent)) ? 'monitor' : ctx.caller.level,
    dependencyIds: { [collection]: [id] },
  }))
  const byType = Map.groupBy(entries, ({ type }) => type)
  return Object.fromEntries([...byType].map(([type, of]) => [type, of.map(({ type: _type, ...entry }) => entry)]))
}

/** `a.10` after `a.9`. */
const inOrder = new Intl.Collator('en', { numeric: true }).compare

/** `pageGenerators.0._exportId` as `pageGenerators[0]._exportId`. */
const pointer = (path: string): string => path.replace(/\.(\d+)(?=\.|$)/g, '[$1]')
