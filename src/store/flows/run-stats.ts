/** How the runs of flows went over a time, summed up by flow: one statement. */
import type { FlowStats, StatsFilter } from '../../domain/ports/jobs.ts'
import type { Client } from '../database/pool.ts'

/** Whether the flow is one of those asked for. Their runs are found by flow where flows are named, and else by time. */
const statement = `
  select r._flow_id, r._integration_id, r.num_runs, r.num_success, r.num_error, r.num_ignore, r.num_pages, r.avg_runtime, r.last_executed_at, r.last_error_at,
    coalesce((select sum(o.num_error) from sluice.open_errors o where o.env_id = $1 and o.flow_id = r._flow_id), 0)::float8 as num_open_error
  from (
    select _flow_id, (array_agg(_integration_id order by created_at desc))[1] as _integration_id, count(*)::float8 as num_runs,
      sum(num_success)::float8 as num_success, sum(num_error)::float8 as num_error, sum(num_ignore)::float8 as num_ignore,
      sum(num_pages_generated)::float8 as num_pages,
      coalesce(round(avg(extract(epoch from ended_at - started_at) * 1000)), 0)::float8 as avg_runtime,
      max(ended_at) as last_executed_at, max(ended_at) filter (where num_error > 0) as last_error_at
    from sluice.jobs
    where env_id = $1 and type = 'flow' and ended_at is not null and created_at >= $2 and created_at <= $3 and status = any($4)
      and ($5::text[] is null or _flow_id = any($5))
      and ($6::text[] is null or coalesce(_integration_id, 'none') = any($6))
      and ($7::text[] is null or _integration_id = any($7))
    group by _flow_id
    order by max(ended_at) desc, _flow_id
    offset $8 limit $9) r
  order by r.last_executed_at desc, r._flow_id`

interface Row {
  _flow_id: string
  _integration_id: string | null
  num_runs: number
  num_success: number
  num_error: number
  num_ignore: number
  num_pages: number
  num_open_error: number
  avg_runtime: number
  last_executed_at: Date
  last_error_at: Date | null
}

export async function runStats(db: Client, envId: string, filter: StatsFilter): Promise<FlowStats[]> {
  const { from, to, statuses, flowIds, integrationIds, visibleIntegrationIds, skip, limit } = filter
  const values = [envId, from, to, statuses, flowIds ?? null, integrationIds ?? null, visibleIntegrationIds ?? null, skip, limit]
  const { rows } = await db.query<Row>(statement, values)
  return rows.map((row) => ({
    _flowId: row._flow_id,
    ...(row._integration_id !== null && { _integrationId: row._integration_id }),
    numRuns: row.num_runs,
    numSuccess: row.num_success,
    numError: row.num_error,
    numIgnore: row.num_ignore,
    numPages: row.num_pages,
    numOpenError: row.num_open_error,
    avgRuntime: row.avg_runtime,
    lastExecutedAt: row.last_executed_at.toISOString(),
    ...(row.last_error_at && { lastErrorAt: row.last_error_at.toISOString() }),
  }))
}
