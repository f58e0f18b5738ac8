/** Finds documents of every type by the words of their names, among those that the caller may look at. */
import type { Input, Result } from '../../contract/operation.ts'
import { foundByDefault, type nameSearch as operations } from '../../contract/operations/documents/name-search.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { restrictFilters, visibleScope } from '../access/access.ts'
import type { Context } from '../context.ts'
import { isId } from '../ids.ts'

type Ops = typeof operations
type Found = Result<Ops['searchDocuments']>[number]

/** Words that are looked for; a name of more is found by these. */
const maxWords = 10

/** Environments lie beside the others, and are few. */
const collections = (Object.keys(resources) as Collection[]).filter((collection) => collection !== 'environments')

export async function searchDocuments(ctx: Context, { query }: Input<Ops['searchDocuments']>): Promise<Found[]> {
  const { limit = foundByDefault } = query
  const sought = query.q.trim().toLowerCase()
  const words = sought.split(/\s+/).filter(Boolean).slice(0, maxWords)
  if (words.length === 0) return []
  const found: Found[] = []
  for (const collection of collections) found.push(...(await searchOne(ctx, collection, words, limit)))
  const isFirst = ({ name }: Found): boolean => name.toLowerCase().startsWith(sought)
  return found.toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)) || a.name.localeCompare(b.name)).slice(0, limit)
}

const shown = ['_id', 'name', 'type', 'adaptorType', '_integrationId'] as const

async function searchOne(ctx: Context, collection: Collection, words: readonly string[], limit: number): Promise<readonly Found[]> {
  const [first = ''] = words
  const within = visibleScope(ctx, collection)
  const isById = words.length === 1 && isId(first)
  const where = restrictFilters(ctx, collection, isById ? { _id: first } : {})
  const texts = await ctx.store.documents.page(ctx.caller.envId, collection, {
    where,
    only: shown,
    ...(within && { within }),
    ...(!isById && { named: words }),
    skip: 0,
    limit,
  })
  return texts.map((text) => {
    const {
      _id,
      name = '',
      type,
      adaptorType,
      _integrationId,
    } = JSON.parse(text) as Partial<Record<(typeof shown)[number], string>> & { _id: string }
    const kind = adaptorType ?? type
    return { collection, _id, name, ...(kind !== undefined && { type: kind }), ...(_integrationId !== undefined && { _integrationId }) }
  })
}
