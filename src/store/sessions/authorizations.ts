/** People who are on their way to an application, to agree there. */
import type { Authorizations } from '../../domain/ports/sessions/connection-sessions.ts'
import type { Client } from '../database/pool.ts'

export const authorizationRows = (db: Client): Authorizations => ({
  async add(state, { envId, connectionId, userId, sealed }, endsAt) {
    await db.query({
      name: 'authorization-add',
      text: `insert into sluice.authorizations (state, env_id, connection_id, user_id, sealed, ends_at) values ($1, $2, $3, $4, $5, $6)`,
      values: [state, envId, connectionId, userId, sealed, endsAt],
    })
  },
  async take(state, now) {
    const { rows } = await db.query<{ env_id: string; connection_id: string; user_id: string; sealed: string; is_over: boolean }>({
      name: 'authorization-take',
      text: `delete from sluice.authorizations where state = $1 returning env_id, connection_id, user_id, sealed, ends_at < $2 as is_over`,
      values: [state, now],
    })
    const [found] = rows
    return found && !found.is_over
      ? { envId: found.env_id, connectionId: found.connection_id, userId: found.user_id, sealed: found.sealed }
      : undefined
  },
  async purge(before, limit) {
    const { rowCount } = await db.query(
      `delete from sluice.authorizations where state in (select state from sluice.authorizations where ends_at < $1 order by ends_at limit $2)`,
      [before, limit],
    )
    return rowCount ?? 0
  },
})
