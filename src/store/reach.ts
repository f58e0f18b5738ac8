/** What belongs to some integrations: one statement, one function. It costs what these integrations hold, whatever else the account has. */
import type { Reaches, Within } from '../domain/ports/reach.ts'
import type { Key } from '../domain/ports.ts'
import type { Client } from './database.ts'

type Bind = (value: unknown) => string

/**
 * The keys of the integrations and of all that belongs to them, as `reached (collection, _id)`. What is deleted is not looked at here: whoever uses the
 * keys looks up documents in use. Each step is a look-up by key, in a select of its own: as a join it would be planned by the size of the whole table.
 */
export const reachedText = (env: string, { integrations, bounds }: Within, bind: Bind): string => `
  reached (collection, _id) as (
    select 'integrations' collate "C", i collate "C" from unnest(${bind(integrations)}::text[]) i
    union
    select next.collection, next._id from reached r cross join lateral (
      select e.to_collection as collection, e.to_id as _id from sluice.edges e
      where e.env_id = ${env} and e.from_collection = r.collection and e.from_id = r._id and e.to_collection = any(${bind(bounds.used)}::text[])
        and e.path !~ ${bind(bounds.unless)} and r.collection <> 'connections'
      union all
      select e.from_collection, e.from_id from sluice.edges e
      where r.collection = 'integrations' and e.env_id = ${env} and e.to_collection = 'integrations' and e.to_id = r._id
        and e.from_collection = any(${bind(bounds.owned)}::text[]) and e.path = '_integrationId') next
      cross join lateral (
        select from sluice.documents d where d.env_id = ${env} and d.collection = next.collection and d._id = next._id and d.deleted_at is null limit 1) there)`

export const reachRows = (db: Client): Reaches => ({
  async reached(envId, within, keys, maker) {
    if (keys.length === 0) return []
    const values: unknown[] = [envId]
    const bind: Bind = (value) => `$${values.push(value)}`
    const reached = reachedText('$1', within, bind)
    const wanted = `unnest(${bind(keys.map(({ collection }) => collection))}::text[], ${bind(keys.map(({ id }) => id))}::text[])`
    // Most requests are about the integration itself or what names it: these are found without reading all that belongs to it.
    const named = `(k.collection = 'integrations' and k._id = any(${bind(within.integrations)}::text[]))
      or (k.collection = any(${bind(within.bounds.owned)}::text[]) and exists (
        select from sluice.edges e where e.env_id = $1 and e.from_collection = k.collection and e.from_id = k._id and e.path = '_integrationId'
          and e.to_collection = 'integrations' and e.to_id = any(${bind(within.integrations)}::text[])))`
    const made = maker
      ? `or (k.collection = any(${bind(within.bounds.used)}::text[])
           and not exists (select from sluice.edges e where e.env_id = $1 and e.to_collection = k.collection and e.to_id = k._id)
           and exists (select from sluice.audit a where a.account_id = ${bind(maker.accountId)} and a.env_id = $1 and a.collection = k.collection
             and a.resource_id = k._id and a.event = 'create' and a.user_id = ${bind(maker.userId)}))`
      : ''
    const { rows } = await db.query<Key>({
      name: `reached${maker ? '-or-made' : ''}`,
      text: `with recursive ${reached}
             select k.collection, k._id as id from ${wanted} k (collection, _id)
             where ${named} or (k.collection, k._id) in (select collection, _id from reached) ${made}`,
      values,
    })
    return rows
  },
})
