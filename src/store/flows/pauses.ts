/** Connections that are offline, and the flows that wait for them. */
import type { OfflinePings, PausedFlow, PausedFlows } from '../../domain/ports/flows/pauses.ts'
import type { Client } from '../database/pool.ts'
import { offlineConnection } from './scheduled-flows.ts'

export const offlinePingRows = (db: Client): OfflinePings => ({
  async add(envId, connectionId, nextAt) {
    await db.query(`insert into sluice.offline_pings (env_id, connection_id, next_at) values ($1, $2, $3) on conflict do nothing`, [
      envId,
      connectionId,
      nextAt,
    ])
  },
  async remove(envId, connectionId) {
    await db.query(`delete from sluice.offline_pings where env_id = $1 and connection_id = $2`, [envId, connectionId])
  },
  async takeDue(now, until) {
    const { rows } = await db.query<{ env_id: string; connection_id: string; tries: number }>({
      name: 'offline-pings-due',
      text: `update sluice.offline_pings p set next_at = $2 from (
               select env_id, connection_id from sluice.offline_pings where next_at <= $1 order by next_at limit 1 for update skip locked) due
             where p.env_id = due.env_id and p.connection_id = due.connection_id returning p.env_id, p.connection_id, p.tries`,
      values: [now, until],
    })
    return rows[0] && { envId: rows[0].env_id, connectionId: rows[0].connection_id, tries: rows[0].tries }
  },
  async postpone(envId, connectionId, nextAt) {
    await db.query(`update sluice.offline_pings set next_at = $3, tries = tries + 1 where env_id = $1 and connection_id = $2`, [
      envId,
      connectionId,
      nextAt,
    ])
  },
})

export const pausedFlowRows = (db: Client): PausedFlows => ({
  async add({ envId, flowId, exportIds }) {
    const { rows } = await db.query<{ is_new: boolean }>(
      `insert into sluice.paused_flows as p (env_id, flow_id, export_ids) values ($1, $2, $3)
       on conflict (env_id, flow_id) do update set export_ids = case when p.export_ids is not null and excluded.export_ids is not null
         then array(select distinct unnest(p.export_ids || excluded.export_ids) order by 1) end
       returning xmax = 0 as is_new`,
      [envId, flowId, exportIds ?? null],
    )
    return rows[0]?.is_new ?? false
  },
  async remove(envId, flowId) {
    await db.query(`delete from sluice.paused_flows where env_id = $1 and flow_id = $2`, [envId, flowId])
  },
  async listBack(after, limit) {
    const { rows } = await db.query<{ env_id: string; flow_id: string; export_ids: string[] | null }>({
      name: 'paused-flows-back',
      text: `select p.env_id, p.flow_id, p.export_ids from sluice.paused_flows p
             where (p.env_id, p.flow_id) > ($1, $2) and not exists (${offlineConnection('p.env_id', 'p.flow_id')}) order by p.env_id, p.flow_id limit $3`,
      values: [after?.envId ?? '', after?.flowId ?? '', limit],
    })
    return rows.map(({ env_id, flow_id, export_ids }): PausedFlow => ({
      envId: env_id,
      flowId: flow_id,
      ...(export_ids && { exportIds: export_ids }),
    }))
  },
})
