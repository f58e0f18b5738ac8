/** How runs and open errors of an environment stand, for those who watch it. */
import type { ErrorCount, LiveChanges } from '../../domain/ports/flows/live-changes.ts'
import type { Client } from '../database/pool.ts'
import { columns, toJob, type Row } from './job-row.ts'

interface CountRow {
  readonly flow_id: string
  readonly integration_id: string | null
  readonly step_id: string
  readonly num_error: number
  readonly last_error_at: Date | null
}

export const liveChangeRows = (db: Client): LiveChanges => ({
  async listRuns(envId, endedSince, limit) {
    const runs = `select ${columns} from sluice.jobs where env_id = $1 and _flow_job_id is null`
    const { rows } = await db.query<Row>({
      name: 'live-runs',
      text: `(${runs} and ended_at is null order by created_at desc, _id desc limit $3)
             union all (${runs} and ended_at >= $2 order by ended_at desc, _id desc limit $3)`,
      values: [envId, endedSince, limit],
    })
    return rows.map(toJob)
  },
  async listSteps(envId, runIds) {
    const { rows } = await db.query<Row>({
      name: 'live-steps',
      text: `select ${columns} from sluice.jobs where env_id = $1 and _flow_job_id = any($2) order by _flow_job_id, o_index`,
      values: [envId, runIds],
    })
    return rows.map(toJob)
  },
  async countErrors(envId, limit) {
    const { rows } = await db.query<CountRow>({
      name: 'live-errors',
      text: `select o.flow_id, f.doc ->> '_integrationId' as integration_id, o.step_id, o.num_error, o.last_error_at
             from sluice.open_errors o
               join sluice.documents f on f.env_id = $1 and f.collection = 'flows' and f._id = o.flow_id and f.deleted_at is null
             where o.env_id = $1 limit $2`,
      values: [envId, limit],
    })
    return rows.map(toErrorCount)
  },
})

const toErrorCount = ({ flow_id, integration_id, step_id, num_error, last_error_at }: CountRow): ErrorCount => ({
  _flowId: flow_id,
  ...(integration_id !== null && { _integrationId: integration_id }),
  _expOrImpId: step_id,
  numError: num_error,
  ...(num_error > 0 && last_error_at && { lastErrorAt: last_error_at.toISOString() }),
})
