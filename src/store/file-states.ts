/** States that files were made of, and which ids in files stand for which documents here. */
import type { Pair } from '../domain/ports/clones.ts'
import type { Files, OriginState } from '../domain/ports/revisions.ts'
import type { Client } from './database/pool.ts'

export const fileRows = (db: Client): Files => ({
  async noteExport({ envId, integrationId }, tree) {
    await db.query({
      name: 'export-note',
      text: `insert into sluice.exported_states (env_id, integration_id, tree) values ($1, $2, $3)
             on conflict (env_id, integration_id, tree) do update set exported_at = excluded.exported_at`,
      values: [envId, integrationId, tree],
    })
  },

  async pruneExports(before) {
    await db.query(`delete from sluice.exported_states where exported_at < $1`, [before])
  },

  async lockOriginState({ envId, integrationId }, originId) {
    const { rows } = await db.query<OriginState>(
      `select origin_tree as "originTree", tree from sluice.file_origins where env_id = $1 and integration_id = $2 and origin_id = $3 for update`,
      [envId, integrationId, originId],
    )
    return rows[0]
  },

  async recordOriginState({ envId, integrationId }, originId, { originTree, tree }) {
    await db.query(
      `insert into sluice.file_origins (env_id, integration_id, origin_id, origin_tree, tree) values ($1, $2, $3, $4, $5)
       on conflict (env_id, integration_id, origin_id) do update set origin_tree = excluded.origin_tree, tree = excluded.tree`,
      [envId, integrationId, originId, originTree, tree],
    )
  },

  async listPairs({ envId, integrationId }, originId) {
    const { rows } = await db.query<Pair>(
      `select collection, source_id as "sourceId", target_id as "targetId" from sluice.file_pairs
       where env_id = $1 and integration_id = $2 and origin_id = $3 order by collection, source_id`,
      [envId, integrationId, originId],
    )
    return rows
  },

  async addPairs({ envId, integrationId }, originId, pairs) {
    if (pairs.length === 0) return
    await db.query(
      `insert into sluice.file_pairs (env_id, integration_id, origin_id, collection, source_id, target_id)
       select $1, $2, $3, * from unnest($4::text[], $5::text[], $6::text[])
       on conflict (env_id, integration_id, origin_id, collection, source_id) do update set target_id = excluded.target_id`,
      [
        envId,
        integrationId,
        originId,
        pairs.map(({ collection }) => collection),
        pairs.map(({ sourceId }) => sourceId),
        pairs.map(({ targetId }) => targetId),
      ],
    )
  },
})
