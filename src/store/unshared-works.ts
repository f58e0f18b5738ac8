/** What somebody has made and nobody else has to do with yet: it is theirs until it is a part of an integration. */
import type { Creator } from '../domain/ports/membership.ts'
import type { Client } from './database/pool.ts'
import type { Key } from '../domain/ports/document.ts'
import { excludeKeys } from '../domain/keys.ts'

/** Documents that hang together and belong to nothing yet: somebody is building a flow. Of more than that nothing is their maker's own. */
const maxTogether = 100

interface Asked {
  readonly envId: string
  /** Types that belong through being used. */
  readonly used: readonly string[]
  readonly maker: Creator
  /** Those that belong to an integration of the maker. */
  inside(keys: readonly Key[]): Promise<readonly Key[]>
}

export async function findUnsharedWorks(db: Client, asked: Asked, keys: readonly Key[]): Promise<readonly Key[]> {
  const candidates = keys.length === 0 ? [] : await findMade(db, asked, keys)
  const own: Key[] = []
  for (const key of candidates) if (await isUnshared(db, asked, key)) own.push(key)
  return own
}

/**
 * Whether all that the document refers to, all that refers to it, and so on, was made by its maker or is inside. What lies in an integration that is none of
 * theirs any more is not, and neither is what would draw in a connection of one.
 */
async function isUnshared(db: Client, asked: Asked, key: Key): Promise<boolean> {
  const together = [key]
  for (let fresh: readonly Key[] = [key]; fresh.length > 0;) {
    const all = await findOtherUsers(db, asked.envId, fresh)
    if (all.length > maxTogether) return false
    const beside = excludeKeys(all, together)
    fresh = excludeKeys(beside, await asked.inside(beside))
    if (together.length + fresh.length > maxTogether) return false
    if (fresh.length > 0 && (await findMade(db, asked, fresh)).length < fresh.length) return false
    together.push(...fresh)
  }
  return true
}

const wanted = 'unnest($2::text[], $3::text[]) k (collection, _id)'
const columns = (keys: readonly Key[]): [string[], string[]] => [keys.map(({ collection }) => collection), keys.map(({ id }) => id)]

async function findOtherUsers(db: Client, envId: string, keys: readonly Key[]): Promise<Key[]> {
  const { rows } = await db.query<Key>({
    name: 'own-works-besides',
    text: `select next.collection, next.id from ${wanted} cross join lateral (
             select e.to_collection as collection, e.to_id as id from sluice.edges e
             where e.env_id = $1 and e.from_collection = k.collection and e.from_id = k._id
             union
             (select e.from_collection, e.from_id from sluice.edges e
              where e.env_id = $1 and e.to_collection = k.collection and e.to_id = k._id limit $4)) next
           group by 1, 2`,
    values: [envId, ...columns(keys), maxTogether + 1],
  })
  return rows
}

async function findMade(db: Client, { envId, used, maker }: Asked, keys: readonly Key[]): Promise<Key[]> {
  const { rows } = await db.query<Key>({
    name: 'own-works-made',
    text: `select k.collection, k._id as id from ${wanted}
           where k.collection = any($4::text[]) and exists (
             select from sluice.audit a where a.account_id = $5 and a.env_id = $1 and a.collection = k.collection
               and a.resource_id = k._id and a.event = 'create' and a.user_id = $6 and ($7::text is null or a.call_id = $7))`,
    values: [envId, ...columns(keys), used, maker.accountId, maker.userId, maker.callId ?? null],
  })
  return rows
}
