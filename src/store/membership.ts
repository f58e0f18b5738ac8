/** What belongs to some integrations. It costs what uses a document, or what these integrations hold, whatever else the account has. */
import type { Holders, Membership, IntegrationScope } from '../domain/ports/membership.ts'
import type { Client } from './database/pool.ts'
import { closureText, pathPatterns } from './closure-sql.ts'
import { excludeKeys } from '../domain/keys.ts'
import { findUnsharedWorks } from './unshared-works.ts'
import type { Key } from '../domain/ports/document.ts'

type Bind = (value: unknown) => string

/** Those that are not deleted, looked up once a statement: nothing belongs to an integration in the bin, whatever still names it or is named by it. */
const notDeleted = (env: string, integrations: readonly string[], bind: Bind): string => `array(
  select d._id from sluice.documents d
  where d.env_id = ${env} and d.collection = 'integrations' and d._id = any(${bind(integrations)}::text[]) and d.deleted_at is null)`

/** The keys of the integrations and of all that belongs to them, as `reached (collection, _id)`. What only a connection uses does not. */
function reachedText(env: string, { integrations, bounds }: IntegrationScope, bind: Bind): string {
  const roots = `select 'integrations' collate "C", i collate "C" from unnest(${notDeleted(env, integrations, bind)}) i`
  const [used, owned] = [bounds.used, bounds.owned].map((types) => `${bind(types)}::text[]`) as [string, string]
  return closureText(
    { env, used, owned, unless: `${bind(pathPatterns(bounds.unless))}::text[]` },
    ['d.collection', 'd._id'],
    roots,
    'connections',
  )
}

/** What begins the statement, and the condition on `_id` for documents of one type ($2). What belongs by its own word only is found without going down. */
export function membershipText(
  collection: string,
  within: IntegrationScope,
  bind: Bind,
): { readonly begin: string; readonly where: string } {
  const { integrations, bounds } = within
  if (collection === 'integrations') return { begin: '', where: `and _id = any(${bind(integrations)}::text[])` }
  if ((bounds.used as readonly string[]).includes(collection))
    return {
      begin: `with recursive ${reachedText('$1', within, bind)}`,
      where: 'and _id in (select _id from reached where collection = $2)',
    }
  const own = (bounds.owned as readonly string[]).includes(collection)
    ? `select from_id from sluice.edges where env_id = $1 and to_collection = 'integrations' and to_id = any(${notDeleted('$1', integrations, bind)})
         and from_collection = $2 and path = '_integrationId'`
    : 'null'
  return { begin: '', where: `and _id in (${own})` }
}

export const membershipRows = (db: Client): Membership => ({
  async filterMembers(envId, within, keys, maker) {
    const inside = (some: readonly Key[]): Promise<readonly Key[]> => findBelonging(db, envId, within, some)
    const found = await inside(keys)
    return maker
      ? [...found, ...(await findUnsharedWorks(db, { envId, used: within.bounds.used, maker, inside }, excludeKeys(keys, found)))]
      : found
  },
  findHolders: (envId, bounds, key, limit) => holders(db, envId, bounds, key, limit),
  async filterPresent(envId, integrations) {
    const values: unknown[] = [envId]
    const text = `select unnest(${notDeleted('$1', integrations, (value) => `$${values.push(value)}`)}) as id`
    return (await db.query<{ id: string }>({ name: 'integrations-present', text, values })).rows.map(({ id }) => id)
  },
})

async function findBelonging(db: Client, envId: string, within: IntegrationScope, keys: readonly Key[]): Promise<readonly Key[]> {
  if (keys.length === 0) return []
  const looked = keys.length <= maxLooked ? await lookUp(db, envId, within, keys) : undefined
  const far = looked?.filter(({ place }) => place === 'far') ?? keys
  const found = looked?.filter(({ place }) => place === 'within').map(({ collection, id }) => ({ collection, id })) ?? []
  return far.length === 0 ? found : [...found, ...(await lookDown(db, envId, within, far))]
}

/** The integration itself, what names it, and what it names: most requests are about these. */
const named = (
  { integrations, bounds }: IntegrationScope,
  bind: Bind,
): string => `(k.collection = 'integrations' and k._id = any(${bind(integrations)}::text[]))
  or (k.collection = any(${bind(bounds.owned)}::text[]) and exists (
    select from sluice.edges e where e.env_id = $1 and e.from_collection = k.collection and e.from_id = k._id and e.path = '_integrationId'
      and e.to_collection = 'integrations' and e.to_id = any(${notDeleted('$1', integrations, bind)})))
  or (k.collection = any(${bind(bounds.used)}::text[]) and exists (
    select from sluice.edges e where e.env_id = $1 and e.to_collection = k.collection and e.to_id = k._id
      and e.from_collection = 'integrations' and e.from_id = any(${notDeleted('$1', integrations, bind)}) and e.path not like all(${bind(pathPatterns(bounds.unless))}::text[])))`

const wanted = (keys: readonly Key[], bind: Bind): string =>
  `unnest(${bind(keys.map(({ collection }) => collection))}::text[], ${bind(keys.map(({ id }) => id))}::text[]) k (collection, _id)`

/** Documents that are looked up one by one, and users of each that are passed on the way up: beyond that it takes as long as going down. */
const maxLooked = 20
const maxUsersChecked = 100

/** A document and whatever uses it, up to the integrations, as `above (collection, _id)`. */
function aboveText(bounds: IntegrationScope['bounds'], collection: string, id: string, bind: Bind): string {
  const holding = ['integrations', ...new Set([...bounds.used, ...bounds.owned])].filter((each) => each !== 'connections')
  return `above (collection, _id) as (
        select d.collection, d._id from sluice.documents d where d.env_id = $1 and d.collection = ${collection} and d._id = ${id} and d.deleted_at is null
        union
        select next.collection, next._id from above a cross join lateral (
          select e.from_collection as collection, e.from_id as _id from sluice.edges e
          where a.collection = any(${bind(bounds.used)}::text[]) and e.env_id = $1 and e.to_collection = a.collection and e.to_id = a._id
            and e.from_collection = any(${bind(holding)}::text[]) and e.path not like all(${bind(pathPatterns(bounds.unless))}::text[])
          union all
          select e.to_collection, e.to_id from sluice.edges e
          where a.collection = any(${bind(bounds.owned)}::text[]) and e.env_id = $1 and e.from_collection = a.collection and e.from_id = a._id
            and e.path = '_integrationId' and e.to_collection = 'integrations') next
          cross join lateral (
            select from sluice.documents d where d.env_id = $1 and d.collection = next.collection and d._id = next._id
              and (d.deleted_at is null or d.collection = 'integrations') limit 1) there
        where a.collection <> 'integrations')`
}

async function holders(
  db: Client,
  envId: string,
  bounds: IntegrationScope['bounds'],
  { collection, id }: Key,
  limit: number,
): Promise<Holders> {
  const values: unknown[] = [envId]
  const bind: Bind = (value) => `$${values.push(value)}`
  const text = `
    with recursive ${aboveText(bounds, `${bind(collection)}::text`, `${bind(id)}::text`, bind)}
    select count(*)::int as looked, coalesce(array_agg(a._id order by a._id) filter (where a.collection = 'integrations'), '{}') as integrations
    from (select * from above limit ${bind(limit)}) a`
  const { rows } = await db.query<{ looked: number; integrations: string[] }>({ name: 'holders', text, values })
  const { looked = 0, integrations = [] } = rows[0] ?? {}
  return { integrations, isWhole: looked < limit }
}

/** From each document up to whoever uses it. Few use most of them; where many do, the way is `far`. */
async function lookUp(db: Client, envId: string, within: IntegrationScope, keys: readonly Key[]): Promise<(Key & { place: string })[]> {
  const values: unknown[] = [envId]
  const bind: Bind = (value) => `$${values.push(value)}`
  const { integrations, bounds } = within
  const text = `
    select k.collection, k._id as id, case when ${named(within, bind)} then 'within' else (
      with recursive ${aboveText(bounds, 'k.collection', 'k._id', bind)}
      select case
        when exists (select from (select * from above limit ${maxUsersChecked}) a where a.collection = 'integrations' and a._id = any(${notDeleted('$1', integrations, bind)})) then 'within'
        when (select count(*) from (select from above limit ${maxUsersChecked}) a) < ${maxUsersChecked} then 'outside' else 'far' end) end as place
    from ${wanted(keys, bind)}`
  const { rows } = await db.query<Key & { place: string }>({ name: 'look-up', text, values })
  return rows
}

/** From the integrations down to all that belongs to them. */
async function lookDown(db: Client, envId: string, within: IntegrationScope, keys: readonly Key[]): Promise<Key[]> {
  const values: unknown[] = [envId]
  const bind: Bind = (value) => `$${values.push(value)}`
  const text = `
    with recursive ${reachedText('$1', within, bind)}
    select k.collection, k._id as id from ${wanted(keys, bind)}
    where ${named(within, bind)} or (k.collection, k._id) in (select collection, _id from reached)`
  const { rows } = await db.query<Key>({ name: 'reached', text, values })
  return rows
}
