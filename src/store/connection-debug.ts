/** What went over the wire of connections while somebody wanted to see it: sealed before it comes here. */
import { maxDebugEntries } from '../contract/operations/on-request/connection-debug.ts'
import type { ConnectionDebug } from '../domain/ports/recording/connection-debug.ts'
import type { Client } from './database/pool.ts'

export const connectionDebugRows = (db: Client): ConnectionDebug => ({
  async add(envId, rows) {
    if (rows.length === 0) return
    await db.query(
      `insert into sluice.connection_debug (env_id, connection_id, at, resource_id, sealed)
       select $1, * from unnest($2::text[], $3::timestamptz[], $4::text[], $5::text[])`,
      [
        envId,
        rows.map(({ connectionId }) => connectionId),
        rows.map(({ at }) => at),
        rows.map(({ resourceId }) => resourceId ?? null),
        rows.map(({ sealed }) => sealed),
      ],
    )
    for (const connectionId of new Set(rows.map((row) => row.connectionId)))
      await db.query(
        `delete from sluice.connection_debug where env_id = $1 and connection_id = $2 and _id <= (
           select _id from sluice.connection_debug where env_id = $1 and connection_id = $2 order by _id desc offset $3 limit 1)`,
        [envId, connectionId, maxDebugEntries],
      )
  },
  async list(envId, connectionId, resourceId) {
    const { rows } = await db.query<{ at: Date; resource_id: string | null; sealed: string }>(
      `select at, resource_id, sealed from sluice.connection_debug
       where env_id = $1 and connection_id = $2 and ($3::text is null or resource_id = $3) order by at desc, _id desc limit $4`,
      [envId, connectionId, resourceId ?? null, maxDebugEntries],
    )
    return rows.map(({ at, resource_id, sealed }) => ({
      at: at.toISOString(),
      sealed,
      ...(resource_id !== null && { resourceId: resource_id }),
    }))
  },
  async readTimes(envId, ids) {
    const { rows } = await db.query<{ id: string; until: string | null }>({
      name: 'connection-debug-times',
      text: `select _id as id, coalesce(doc ->> 'debugDate', doc ->> 'debugUntil') as until from sluice.documents
             where env_id = $1 and collection in ('connections', 'exports', 'imports') and _id = any($2)`,
      values: [envId, ids],
    })
    return new Map(rows.map(({ id, until }) => [id, until ?? undefined]))
  },
  async clear(envId, connectionId) {
    await db.query(`delete from sluice.connection_debug where env_id = $1 and connection_id = $2`, [envId, connectionId])
  },
  async purge(before, most) {
    const { rowCount } = await db.query(
      `delete from sluice.connection_debug where (env_id, connection_id, _id) in (
         select env_id, connection_id, _id from sluice.connection_debug where at < $1 order by at limit $2)`,
      [before, most],
    )
    return rowCount ?? 0
  },
})
