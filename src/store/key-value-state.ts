/**
 * State. The column `integration_id` holds the id of a document of whichever type, and nothing for an environment as a whole: it
 * keeps its name for servers of before, which go on writing there, and ids are of one document only.
 */
import type { State } from '../domain/ports/key-value-state.ts'
import type { Client } from './database/pool.ts'

export const stateRows = (db: Client): State => ({
  async listKeys(envId, id) {
    const { rows } = await db.query<{ key: string }>(
      `select key from sluice.integration_state where env_id = $1 and integration_id = $2 order by key`,
      [envId, id],
    )
    return rows.map(({ key }) => key)
  },

  async get(envId, id, key) {
    const { rows } = await db.query<{ value: string }>({
      name: 'state-get',
      text: `select value from sluice.integration_state where env_id = $1 and integration_id = $2 and key = $3`,
      values: [envId, id, key],
    })
    return rows[0]?.value
  },

  async put(envId, id, key, value) {
    await db.query({
      name: 'state-put',
      text: `insert into sluice.integration_state (env_id, integration_id, key, value) values ($1, $2, $3, $4)
             on conflict (env_id, integration_id, key) do update set value = excluded.value`,
      values: [envId, id, key, value],
    })
  },

  async remove(envId, id, key) {
    const { rowCount } = await db.query(
      `delete from sluice.integration_state where env_id = $1 and integration_id = $2 and ($3::text is null or key = $3)`,
      [envId, id, key ?? null],
    )
    return rowCount ?? 0
  },
})
