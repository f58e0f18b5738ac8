/** The state of integrations: one statement, one function. */
import type { State } from '../domain/ports/state.ts'
import type { Client } from './database.ts'

export const stateRows = (db: Client): State => ({
  async keys(envId, integrationId) {
    const { rows } = await db.query<{ key: string }>(
      `select key from sluice.integration_state where env_id = $1 and integration_id = $2 order by key`,
      [envId, integrationId],
    )
    return rows.map(({ key }) => key)
  },

  async get(envId, integrationId, key) {
    const { rows } = await db.query<{ value: string }>({
      name: 'state-get',
      text: `select value from sluice.integration_state where env_id = $1 and integration_id = $2 and key = $3`,
      values: [envId, integrationId, key],
    })
    return rows[0]?.value
  },

  async put(envId, integrationId, key, value) {
    await db.query({
      name: 'state-put',
      text: `insert into sluice.integration_state (env_id, integration_id, key, value) values ($1, $2, $3, $4)
             on conflict (env_id, integration_id, key) do update set value = excluded.value`,
      values: [envId, integrationId, key, value],
    })
  },

  async remove(envId, integrationId, key) {
    const { rowCount } = await db.query(
      `delete from sluice.integration_state where env_id = $1 and integration_id = $2 and ($3::text is null or key = $3)`,
      [envId, integrationId, key ?? null],
    )
    return rowCount ?? 0
  },
})
