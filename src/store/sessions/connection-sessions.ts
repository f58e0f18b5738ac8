/** What connections obtained by signing in, sealed before it comes here. Whoever signs in holds the row for a while, so that one does it for all workers. */
import type { ConnectionSessions, SessionRow } from '../../domain/ports/sessions/connection-sessions.ts'
import type { Client } from '../database/pool.ts'

interface Found {
  readonly sealed: string | null
  readonly version: number
}

const toRow = (found: Found | undefined): SessionRow | undefined =>
  found && { sealed: found.sealed ?? undefined, version: Number(found.version) }

export const connectionSessionRows = (db: Client): ConnectionSessions => ({
  async find(envId, connectionId) {
    const { rows } = await db.query<Found>({
      name: 'session-find',
      text: 'select sealed, version from sluice.connection_sessions where env_id = $1 and connection_id = $2',
      values: [envId, connectionId],
    })
    return toRow(rows[0])
  },
  async take(envId, connectionId, holder, ms) {
    const { rows } = await db.query<Found>({
      name: 'session-take',
      text: `insert into sluice.connection_sessions as s (env_id, connection_id, holder, held_until)
             values ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
             on conflict (env_id, connection_id) do update set holder = excluded.holder, held_until = excluded.held_until
               where s.held_until is null or s.held_until < clock_timestamp() or s.holder = excluded.holder
             returning sealed, version`,
      values: [envId, connectionId, holder, ms],
    })
    return toRow(rows[0])
  },
  async release(envId, connectionId, holder) {
    await db.query({
      name: 'session-release',
      text: `update sluice.connection_sessions set holder = null, held_until = null where env_id = $1 and connection_id = $2 and holder = $3`,
      values: [envId, connectionId, holder],
    })
  },
  async keep(envId, connectionId, version, sealed) {
    const { rowCount } = await db.query({
      name: 'session-keep',
      text: `update sluice.connection_sessions set sealed = $4, version = version + 1, holder = null, held_until = null, left_at = null
             where env_id = $1 and connection_id = $2 and version = $3`,
      values: [envId, connectionId, version, sealed],
    })
    return rowCount === 1
  },
  async replace(envId, connectionId, sealed) {
    await db.query({
      name: 'session-replace',
      text: `insert into sluice.connection_sessions as s (env_id, connection_id, sealed, version) values ($1, $2, $3, 1)
             on conflict (env_id, connection_id) do update
               set sealed = excluded.sealed, version = s.version + 1, holder = null, held_until = null, left_at = null`,
      values: [envId, connectionId, sealed],
    })
  },
  ...rowsOfRemoved(db),
  async remove(envId, connectionIds) {
    if (connectionIds.length === 0) return
    await db.query({
      name: 'session-remove',
      text: `with gone as (delete from sluice.connection_sessions where env_id = $1 and connection_id = any($2))
             delete from sluice.authorizations where env_id = $1 and connection_id = any($2)`,
      values: [envId, connectionIds],
    })
  },
})

/** Of connections that are in the recycle bin. */
const rowsOfRemoved = (db: Client): Pick<ConnectionSessions, 'listOfRemoved' | 'leave'> => ({
  async listOfRemoved(limit) {
    const { rows } = await db.query<{ env_id: string; connection_id: string }>({
      name: 'sessions-of-removed',
      text: `select s.env_id, s.connection_id from sluice.connection_sessions s
               join sluice.documents d on d.env_id = s.env_id and d.collection = 'connections' and d._id = s.connection_id
             where s.sealed is not null and s.left_at is null and d.deleted_at is not null limit $1`,
      values: [limit],
    })
    return rows.map(({ env_id, connection_id }) => ({ envId: env_id, connectionId: connection_id }))
  },
  async leave(envId, connectionId) {
    await db.query({
      name: 'session-leave',
      text: 'update sluice.connection_sessions set left_at = now() where env_id = $1 and connection_id = $2',
      values: [envId, connectionId],
    })
  },
})
