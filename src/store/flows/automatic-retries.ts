/** Steps with records that are to be sent again by themselves. */
import type { AutomaticRetries } from '../../domain/ports/flows/retries.ts'
import type { Client } from '../database/pool.ts'

export const automaticRetryRows = (db: Client): AutomaticRetries => ({
  async takeDue(now) {
    const { rows } = await db.query<{ env_id: string; flow_id: string; step_id: string }>({
      name: 'retries-due',
      text: `select env_id, flow_id, step_id from sluice.due_retries where due_at <= $1 order by due_at limit 1 for update skip locked`,
      values: [now],
    })
    return rows[0] && { envId: rows[0].env_id, flowId: rows[0].flow_id, stepId: rows[0].step_id }
  },
  async moveOn({ envId, flowId, stepId }, now) {
    await db.query(
      `with next as (
         select min(retry_at) as at from sluice.flow_errors
         where env_id = $1 and flow_id = $2 and step_id = $3 and resolved_at is null and retry_at is not null and retry_at > $4),
       gone as (
         delete from sluice.due_retries d using next where d.env_id = $1 and d.flow_id = $2 and d.step_id = $3 and next.at is null)
       update sluice.due_retries d set due_at = next.at from next where d.env_id = $1 and d.flow_id = $2 and d.step_id = $3 and next.at is not null`,
      [envId, flowId, stepId, now],
    )
  },
  async postpone({ envId, flowId, stepId }, until) {
    await db.query(`update sluice.due_retries set due_at = $4 where env_id = $1 and flow_id = $2 and step_id = $3`, [
      envId,
      flowId,
      stepId,
      until,
    ])
  },
  async startAgain({ envId, flowId, stepId }, at) {
    await db.query(
      `insert into sluice.due_retries as d (env_id, flow_id, step_id, due_at) values ($1, $2, $3, $4)
       on conflict (env_id, flow_id, step_id) do update set due_at = least(d.due_at, excluded.due_at)`,
      [envId, flowId, stepId, at],
    )
  },
  async isWaiting({ envId, flowId, stepId }) {
    const { rowCount } = await db.query(
      `select from sluice.jobs where env_id = $1 and _flow_id = $2 and ended_at is null and _flow_job_id is null and status = 'queued'
         and run_order -> 'retry' ->> 'stepId' = $3 and run_order -> 'retry' ? 'isAutomatic' limit 1`,
      [envId, flowId, stepId],
    )
    return rowCount === 1
  },
})
