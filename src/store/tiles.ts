/** Integrations at a glance: one statement, which counts for those of the page only. */
import type { Client } from './database/pool.ts'

/** `$1` environment, `$2` the integrations or null for all, `$3` rows to pass over, `$4` most rows. Times are written as documents have them. */
const statement = `
  with page as (
    select _id, doc from sluice.documents
    where env_id = $1 and collection = 'integrations' and deleted_at is null and ($2::text[] is null or _id = any($2))
    union all
    select 'none', '{"name":"Standalone flows"}'::jsonb
    where $2::text[] is null and exists (
      select 1 from sluice.documents where env_id = $1 and collection = 'flows' and deleted_at is null and doc ->> '_integrationId' is null)
    order by 1 offset $3 limit $4)
  select jsonb_strip_nulls(jsonb_build_object(
    '_integrationId', p._id, 'name', p.doc -> 'name', 'mode', p.doc -> 'mode', 'lastModified', p.doc -> 'lastModified',
    '_parentId', p.doc -> '_parentId', '_connectorId', p.doc -> '_connectorId', 'supportsChild', p.doc ? 'initChild',
    'numFlows', flows.n, 'numApis', apis.n, 'numError', errors.n,
    'lastErrorAt', to_char(errors.last at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'offlineConnections', offline.ids))::text as text
  from page p
    cross join lateral (
      select count(*) as n, coalesce(array_agg(_id), '{}') as ids from sluice.documents
      where env_id = $1 and collection = 'flows' and deleted_at is null
        and (doc ->> '_integrationId' = p._id or (p._id = 'none' and doc ->> '_integrationId' is null))) flows
    cross join lateral (
      select count(*) as n from sluice.documents
      where env_id = $1 and collection = 'apis' and deleted_at is null
        and (doc ->> '_integrationId' = p._id or (p._id = 'none' and doc ->> '_integrationId' is null))) apis
    cross join lateral (
      select coalesce(sum(o.num_error), 0) as n, max(o.last_error_at) filter (where o.num_error > 0) as last
      from sluice.open_errors o where o.env_id = $1 and o.flow_id = any(flows.ids)) errors
    cross join lateral (
      select coalesce(jsonb_agg(c._id order by c._id), '[]') as ids
      from jsonb_array_elements_text(coalesce(p.doc -> '_registeredConnectionIds', '[]')) r(id)
        join sluice.documents c on c.env_id = $1 and c.collection = 'connections' and c._id = r.id and c.deleted_at is null
      where (c.doc -> 'offline') = 'true') offline
  order by p._id`

export async function tiles(db: Client, envId: string, ids: readonly string[] | undefined, skip: number, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>({ name: 'tiles', text: statement, values: [envId, ids ?? null, skip, limit] })
  return rows.map(({ text }) => text)
}
