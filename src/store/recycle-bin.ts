/** The recycle bin. What a purged document leaves behind is swept up in small steps. */
import type { Binned, RecycleBin } from '../domain/ports/recycle-bin.ts'
import type { Document } from '../contract/document.ts'
import type { Collection } from '../contract/resources/index.ts'
import type { Client } from './database/pool.ts'
import { pathPatterns } from './closure-sql.ts'
import { freeLogRoom } from './flows/execution-logs.ts'
import type { Key } from '../domain/ports/document.ts'

const state = ['integration_state', 'integration_id'] as const

/** Rows that belong to documents, by collection: the table, and its column with the id of the document. */
const leftovers: Readonly<Record<string, readonly (readonly [table: string, column: string])[]>> = {
  flows: [
    ['jobs', '_flow_id'],
    ['run_stats', 'flow_id'],
    ['flow_errors', 'flow_id'],
    ['retry_data', 'flow_id'],
    ['error_jobs', 'flow_id'],
    ['recorded_requests', 'flow_id'],
    ['execution_logs', 'flow_id'],
    ['execution_log_entries', 'flow_id'],
    ['open_errors', 'flow_id'],
    ['due_retries', 'flow_id'],
    ['paused_flows', 'flow_id'],
    ['webhook_events', 'flow_id'],
    ['webhook_queues', 'flow_id'],
    ['gathered_files', 'flow_id'],
    ['taken_files', 'flow_id'],
    ['notifications', 'subject_id'],
    state,
  ],
  exports: [state, ['uploads', 'export_id'], ['taken_files', 'export_id'], ['control_numbers', 'owner_id']],
  ediprofiles: [['control_numbers', 'owner_id']],
  imports: [state],
  connections: [
    ['offline_pings', 'connection_id'],
    ['connection_debug', 'connection_id'],
    ['connection_sessions', 'connection_id'],
    ['authorizations', 'connection_id'],
    ['notifications', 'subject_id'],
    state,
  ],
  lookupcaches: [['lookup_cache_data', 'cache_id']],
  integrations: [
    ['clone_pairs', 'integration_id'],
    ['clones', 'integration_id'],
    ['revisions', 'integration_id'],
    ['shared_states', 'integration_id'],
    ['exported_states', 'integration_id'],
    ['file_origins', 'integration_id'],
    ['file_pairs', 'integration_id'],
    ['notifications', 'subject_id'],
    state,
  ],
}

export const recycleBinRows = (db: Client): RecycleBin => ({
  async page(envId, collections, skip, limit) {
    const { rows } = await db.query<{ collection: string; text: string }>({
      name: 'bin-page',
      text: `select collection, doc::text as text from sluice.documents
             where env_id = $1 and deleted_at is not null and collection = any($2)
             order by deleted_at desc, collection, _id offset $3 limit $4`,
      values: [envId, collections, skip, limit],
    })
    return rows
  },

  async find<C extends Collection>(envId: string, collection: C, id: string) {
    const { rows } = await db.query<{ doc: Document<C>; secrets: string | null }>({
      name: 'bin-find',
      text: 'select doc, secrets from sluice.documents where env_id = $1 and collection = $2 and _id = $3 and deleted_at is not null',
      values: [envId, collection, id],
    })
    return rows[0] && { doc: rows[0].doc, secrets: rows[0].secrets ?? undefined }
  },

  restore: (envId, key, unless) => restore(db, envId, key, unless),

  async purge(envId, { collection, id }) {
    const { rows } = await db.query<Binned>({
      name: 'bin-purge',
      text: `${removal(`env_id = $1 and deleted_at is not null and ((collection = $2 and _id = $3) or (deleted_with = $3
               and exists (select from sluice.documents r where r.env_id = $1 and r.collection = $2 and r._id = $3 and r.deleted_at is not null)))
               order by collection, _id for update`)}
             select collection, doc from gone`,
      values: [envId, collection, id],
    })
    return rows
  },

  async purgeExpired(before, limit) {
    const { rows } = await db.query<{ n: number }>({
      name: 'bin-purge-expired',
      text: `${removal(`deleted_at < $1 order by deleted_at limit $2 for update skip locked`)} select count(*)::int as n from gone`,
      values: [before, limit],
    })
    return rows[0]?.n ?? 0
  },

  sweep: (limit) => sweep(db, limit),
})

/**
 * Documents with their references go at once; whatever else is theirs is noted. By arrays of keys, since ids are of one document only: a join would be
 * planned by the sizes that the tables had some time ago.
 */
const removal = (which: string): string => `
  with held as materialized (select env_id, collection, _id from sluice.documents where ${which}),
    gone as (
      delete from sluice.documents d
      where d.env_id = any(array(select env_id from held)) and d.collection = any(array(select collection from held))
        and d._id = any(array(select _id from held))
      returning d.env_id, d.collection, d._id, d.doc),
    unreferred as (
      delete from sluice.edges e
      where e.env_id = any(array(select env_id from held)) and e.from_collection = any(array(select collection from held))
        and e.from_id = any(array(select _id from held))),
    noted as (
      insert into sluice.purges (env_id, collection, _id) select env_id, collection, _id from gone where collection in (${Object.keys(
        leftovers,
      )
        .map((collection) => `'${collection}'`)
        .join(', ')}) on conflict do nothing)`

/**
 * A document that another restore has brought back meanwhile is passed over. What is in the bin is told after each look by key: asked together, PostgreSQL
 * would go through the whole bin for every document where its statistics are of a time when the bin was empty.
 */
async function restore(db: Client, envId: string, { collection, id }: Key, unless: readonly string[]): Promise<readonly Binned[]> {
  const { rows } = await db.query<Binned>({
    name: 'bin-restore',
    text: `with recursive wanted (collection, _id) as (
             select d.collection, d._id from sluice.documents r
               join sluice.documents d on d.env_id = $1 and d.deleted_at is not null and (d.deleted_with = $3 or (d.collection = $2 and d._id = $3))
             where r.env_id = $1 and r.collection = $2 and r._id = $3 and r.deleted_at is not null
             union
             select d.collection, d._id from wanted w
               cross join lateral (
                 select e.to_collection, e.to_id from sluice.edges e
                 where e.env_id = $1 and e.from_collection = w.collection and e.from_id = w._id and e.path not like all($4) offset 0) e
               cross join lateral (
                 select t.collection, t._id, t.deleted_at from sluice.documents t
                 where t.env_id = $1 and t.collection = e.to_collection and t._id = e.to_id limit 1) d
             where d.deleted_at is not null),
           held as materialized (
             select collection, _id from (
               select d.collection, d._id, d.deleted_at from sluice.documents d
               where d.env_id = $1 and d.collection = any(array(select collection from wanted)) and d._id = any(array(select _id from wanted))
               order by d.collection, d._id for update) found
             where deleted_at is not null)
           update sluice.documents d set deleted_at = null, deleted_with = null, doc = d.doc - 'deletedAt'
           where d.env_id = $1 and d.collection = any(array(select collection from held)) and d._id = any(array(select _id from held))
           returning d.collection, d.doc`,
    values: [envId, collection, id, pathPatterns(unless)],
  })
  return rows
}

/** Documents whose leftovers one step looks for. Most have hardly any. */
const documentsPerStep = 100

/** What they hold counts towards the room that an environment has for logs. */
const logTables = ['execution_logs', 'execution_log_entries']

/** Some documents of one type at a time, until nothing of theirs is left. */
async function sweep(db: Client, limit: number): Promise<boolean> {
  const { rows } = await db.query<{ env_id: string; collection: string; _id: string }>(
    `select env_id, collection, _id from sluice.purges where collection = (select collection from sluice.purges limit 1)
     order by env_id, _id limit ${documentsPerStep} for update skip locked`,
  )
  const [purge] = rows
  if (!purge) return false
  const keys = [rows.map(({ env_id: envId }) => envId), rows.map(({ _id }) => _id)]
  let isDone = true
  for (const [table, column] of leftovers[purge.collection] ?? []) {
    // A place is one of its partition, where a table has several.
    const found = `found as materialized (
         select t.tableoid, t.ctid from unnest($1::text[], $2::text[]) as p (env_id, _id)
           cross join lateral (select tableoid, ctid from sluice.${table} where env_id = p.env_id and ${column} = p._id limit $3) t
         limit $3)`
    const remove = `delete from sluice.${table} where ctid = any(array(select ctid from found)) and (tableoid, ctid) in (select tableoid, ctid from found)`
    const { rowCount } = await db.query(
      logTables.includes(table)
        ? `with ${found}, gone as (${remove} returning env_id, bytes), ${freeLogRoom} select from gone`
        : `with ${found} ${remove}`,
      [...keys, limit],
    )
    if (rowCount !== 0) isDone = false
  }
  if (isDone)
    await db.query(`delete from sluice.purges where collection = $3 and env_id = any($1) and _id = any($2)`, [...keys, purge.collection])
  return true
}
