/** Integrations at a glance: one statement, which counts for those of the page only, unless it is sorted by what is counted. */
import type { Tiles, TilesAsked } from '../domain/ports/integration-resources.ts'
import type { Client } from './database/pool.ts'

/** Of each integration, and of the flows that belong to none. */
const counts = {
  errors: `
  errors_of as (
    select coalesce(f.doc ->> '_integrationId', 'none') as id, sum(o.num_error) as n, max(o.last_error_at) filter (where o.num_error > 0) as last
    from sluice.open_errors o join sluice.documents f on f.env_id = $1 and f.collection = 'flows' and f._id = o.flow_id and f.deleted_at is null
    where o.env_id = $1 group by 1),`,
  flows: `
  flows_of as (
    select coalesce(doc ->> '_integrationId', 'none') as id, count(*) as n from sluice.documents
    where env_id = $1 and collection = 'flows' and deleted_at is null group by 1),`,
}
type Counted = keyof typeof counts
/** What a field is sorted by, and what is counted for that. */
const keys: Readonly<Record<string, { readonly by: string; readonly counted?: Counted }>> = {
  name: { by: `lower(t.doc ->> 'name')` },
  lastModified: { by: `t.doc ->> 'lastModified'` },
  numError: { by: `coalesce((select e.n from errors_of e where e.id = t._id), 0)`, counted: 'errors' },
  lastErrorAt: { by: `(select e.last from errors_of e where e.id = t._id)`, counted: 'errors' },
  numFlows: { by: `coalesce((select f.n from flows_of f where f.id = t._id), 0)`, counted: 'flows' },
}

/** `$1` environment, `$2` the integrations or null for all, `$3` rows to pass over, `$4` most rows, `$5` user, `$6` what the name holds or null. Times are written as documents have them. */
function statementFor({ sort, pinnedFirst = false }: TilesAsked): string {
  const key = sort && keys[sort.replace(/^-/, '')]
  const order = [
    ...(pinnedFirst ? ['t.pinned desc'] : []),
    ...(key ? [`${key.by} ${sort?.startsWith('-') ? 'desc' : 'asc'} nulls last`] : []),
    't._id',
  ].join(', ')
  return `
  with ${key?.counted ? counts[key.counted] : ''}
  tiles as (
    select _id, doc from sluice.documents
    where env_id = $1 and collection = 'integrations' and deleted_at is null and ($2::text[] is null or _id = any($2))
    union all
    select 'none', '{"name":"Standalone flows"}'::jsonb
    where $2::text[] is null and exists (
      select 1 from sluice.documents where env_id = $1 and collection = 'flows' and deleted_at is null and doc ->> '_integrationId' is null)),
  marked as (
    select _id, doc, exists (select from sluice.pinned_tiles p where p.env_id = $1 and p.user_id = $5 and p.integration_id = _id) as pinned
    from tiles where $6::text is null or strpos(lower(doc ->> 'name'), lower($6)) > 0),
  page as (
    select t.*, row_number() over (order by ${order}) as place from marked t order by place offset $3 limit $4)
  select jsonb_strip_nulls(jsonb_build_object(
    '_integrationId', p._id, 'name', p.doc -> 'name', 'mode', p.doc -> 'mode', 'lastModified', p.doc -> 'lastModified',
    '_parentId', p.doc -> '_parentId', '_connectorId', p.doc -> '_connectorId', 'supportsChild', p.doc ? 'initChild',
    'numFlows', flows.n, 'numApis', apis.n, 'numError', errors.n,
    'lastErrorAt', to_char(errors.last at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'offlineConnections', offline.ids, 'pinned', nullif(p.pinned, false)))::text as text
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
  order by p.place`
}

export const tileRows = (db: Client): Tiles => ({
  async list(envId, ids, asked, skip, limit) {
    const { rows } = await db.query<{ text: string }>({
      name: `tiles ${asked.sort ?? ''} ${asked.pinnedFirst ?? false}`,
      text: statementFor(asked),
      values: [envId, ids ?? null, skip, limit, asked.userId, asked.search ?? null],
    })
    return rows.map(({ text }) => text)
  },
  async pin(envId, userId, integrationId, most) {
    // Pins of what is gone for good take nobody's place.
    await db.query(
      `delete from sluice.pinned_tiles p where env_id = $1 and user_id = $2 and integration_id <> 'none'
         and not exists (select from sluice.documents d where d.env_id = $1 and d.collection = 'integrations' and d._id = p.integration_id)`,
      [envId, userId],
    )
    const { rows } = await db.query<{ done: boolean }>(
      `with pinned as (
         insert into sluice.pinned_tiles (env_id, user_id, integration_id)
         select $1, $2, $3 where (select count(*) from sluice.pinned_tiles where env_id = $1 and user_id = $2) < $4
         on conflict do nothing returning 1)
       select exists (select from pinned) or exists (
         select from sluice.pinned_tiles where env_id = $1 and user_id = $2 and integration_id = $3) as done`,
      [envId, userId, integrationId, most],
    )
    return rows[0]?.done === true
  },
  async unpin(envId, userId, integrationId) {
    await db.query(`delete from sluice.pinned_tiles where env_id = $1 and user_id = $2 and integration_id = $3`, [
      envId,
      userId,
      integrationId,
    ])
  },
})
