/** Requests that were recorded for the steps of flows, with their answers: sealed before they come here. */
import { maxRecordedRequests } from '../../contract/operations/flows/recorded-requests.ts'
import type { NewRequestRow, RecordedRequests } from '../../domain/ports/recording/recorded-requests.ts'
import type { Client } from '../database/pool.ts'

/** Removed by one commit beyond as many as it has written. */
const maxPruned = 100

export const recordedRequestRows = (db: Client): RecordedRequests => ({
  add: (envId, flowId, requests) => add(db, envId, flowId, requests),
  async find(envId, flowId, stepId, key) {
    const { rows } = await db.query<{ sealed: string }>(
      `select sealed from sluice.recorded_requests where env_id = $1 and flow_id = $2 and step_id = $3 and key = $4`,
      [envId, flowId, stepId, key],
    )
    return rows[0]?.sealed
  },
  async list(envId, flowId, stepId, { atGt, atLte, after, limit }) {
    const { rows } = await db.query<{ key: string; at: Date; stage: string; method: string; status_code: number | null }>(
      `select key, at, stage, method, status_code from sluice.recorded_requests
       where env_id = $1 and flow_id = $2 and step_id = $3 and ($4::timestamptz is null or at > $4) and ($5::timestamptz is null or at <= $5)
         and ($6::text is null or key > $6)
       order by key limit $7`,
      [envId, flowId, stepId, atGt ?? null, atLte ?? null, after ?? null, limit],
    )
    return rows.map(({ at, status_code, ...row }) => ({
      ...row,
      at: at.toISOString(),
      ...(status_code !== null && { statusCode: status_code }),
    }))
  },
  async remove(envId, flowId, stepId, keys) {
    const { rowCount } = await db.query(
      `delete from sluice.recorded_requests where env_id = $1 and flow_id = $2 and step_id = $3 and key = any($4)`,
      [envId, flowId, stepId, keys],
    )
    return rowCount ?? 0
  },
})

async function add(db: Client, envId: string, flowId: string, requests: readonly NewRequestRow[]): Promise<void> {
  if (requests.length === 0) return
  await db.query({
    name: 'requests-insert',
    text: `insert into sluice.recorded_requests (env_id, flow_id, step_id, key, at, stage, method, status_code, sealed)
           select $1, $2, * from unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::int[], $9::text[]) on conflict do nothing`,
    values: [
      envId,
      flowId,
      requests.map(({ stepId }) => stepId),
      requests.map(({ key }) => key),
      requests.map(({ at }) => at),
      requests.map(({ stage }) => stage),
      requests.map(({ method }) => method),
      requests.map(({ statusCode }) => statusCode ?? null),
      requests.map(({ sealed }) => sealed),
    ],
  })
  for (const stepId of new Set(requests.map((request) => request.stepId)))
    await db.query({
      name: 'requests-prune',
      text: `delete from sluice.recorded_requests where env_id = $1 and flow_id = $2 and step_id = $3 and key = any(array(
               select key from sluice.recorded_requests where env_id = $1 and flow_id = $2 and step_id = $3 order by key offset $4 limit $5))`,
      values: [envId, flowId, stepId, maxRecordedRequests, maxPruned + requests.length],
    })
}
