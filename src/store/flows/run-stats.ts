/** Sums of the runs of flows that have ended, from those that are kept (`run_stats`, written by a trigger) and from single runs at the edges of a time. */
import type { StatsOrder } from '../../contract/operations/flows/run-reports.ts'
import type { FlowStats, RunStats, StatsFilter, StatsSpan } from '../../domain/ports/flows/run-stats.ts'
import type { Client } from '../database/pool.ts'

interface Sums {
  num_runs: number
  num_success: number
  num_error: number
  num_ignore: number
  num_pages: number
  avg_runtime: number
  avg_wait: number
}
interface FlowRow extends Sums {
  _flow_id: string
  flow_name: string | null
  _integration_id: string
  num_open_error: number
  last_executed_at: Date
  last_error_at: Date | null
}

const sums = `sum(num_runs)::float8 as num_runs, sum(num_success)::float8 as num_success, sum(num_error)::float8 as num_error,
  sum(num_ignore)::float8 as num_ignore, sum(num_pages)::float8 as num_pages,
  coalesce(round(sum(runtime_ms) / nullif(sum(num_started), 0)), 0)::float8 as avg_runtime,
  coalesce(round(sum(wait_ms) / nullif(sum(num_started), 0)), 0)::float8 as avg_wait`

const orders: { readonly [O in StatsOrder]: string } = {
  lastExecutedAt: 'last_executed_at',
  numRuns: 'num_runs',
  numSuccess: 'num_success',
  numError: 'num_error',
  numOpenError: 'num_open_error',
  avgRuntime: 'avg_runtime',
  avgWait: 'avg_wait',
}

export const runStatsRows = (db: Client): RunStats => ({
  async sumByFlow(envId, { spans, order, skip, limit, ...filter }) {
    if (spans.length === 0) return []
    const values: unknown[] = [envId]
    const bind = (value: unknown): string => `$${values.push(value)}`
    const { rows } = await db.query<FlowRow>(
      `with counted (flow_id, integration_id, num_runs, num_started, num_success, num_error, num_ignore, num_pages, wait_ms, runtime_ms,
         last_created_at, last_ended_at, last_error_at) as (
         ${spans.map((span) => (span.unit === 'run' ? fromRuns : fromSums)(span, filter, bind)).join(' union all ')})
       select flow_id as _flow_id, (array_agg(integration_id order by last_created_at desc))[1] as _integration_id, ${sums},
         max(last_ended_at) as last_executed_at, max(last_error_at) as last_error_at,
         (select doc ->> 'name' from sluice.documents f where f.env_id = $1 and f.collection = 'flows' and f._id = flow_id) as flow_name,
         coalesce((select sum(o.num_error) from sluice.open_errors o where o.env_id = $1 and o.flow_id = counted.flow_id), 0)::float8 as num_open_error
       from counted where ${isThere} group by flow_id order by ${orders[order]} desc, flow_id offset ${bind(skip)} limit ${bind(limit)}`,
      values,
    )
    return rows.map(toFlowStats)
  },

  async sumByTime(envId, filter, { unit, from, to }) {
    const values: unknown[] = [envId, unit, from, to]
    const { rows } = await db.query<Sums & { at: Date | null }>(
      `select at, ${sums} from sluice.run_stats
       where env_id = $1 and unit = $2 and at >= $3 and at < $4 and num_runs > 0 ${conditionsOf(filter, 'flow_id', 'integration_id', (value) => `$${values.push(value)}`)}
         and ${isThere}
       group by grouping sets ((at), ()) having count(*) > 0 order by at`,
      values,
    )
    const whole = rows.find(({ at }) => at === null)
    return {
      series: rows.flatMap((row) => (row.at === null ? [] : [{ at: row.at.toISOString(), ...toCounts(row) }])),
      ...(whole && { total: toCounts(whole) }),
    }
  },
})

type Bind = (value: unknown) => string

/** Each span is a read by itself, with its times in sight: joined to a list of spans, PostgreSQL takes them for a third of all runs, and reads all of them. */
const fromSums = ({ unit, from, to }: StatsSpan, filter: StatsFilter, bind: Bind): string => `
  select flow_id, integration_id, num_runs, num_started, num_success, num_error, num_ignore, num_pages, wait_ms, runtime_ms,
    last_created_at, last_ended_at, last_error_at
  from sluice.run_stats r where r.env_id = $1 and r.unit = ${bind(unit)} and r.at >= ${bind(from)} and r.at < ${bind(to)} and r.num_runs > 0
    ${conditionsOf(filter, 'flow_id', 'integration_id', bind)}`

const fromRuns = ({ from, to }: StatsSpan, filter: StatsFilter, bind: Bind): string => `
  select _flow_id, coalesce(_integration_id, 'none'), 1, case when started_at is null then 0 else 1 end, num_success, num_error, num_ignore,
    num_pages_generated, coalesce(round(extract(epoch from started_at - created_at) * 1000), 0),
    coalesce(round(extract(epoch from ended_at - started_at) * 1000), 0), created_at, ended_at, case when num_error > 0 then ended_at end
  from sluice.jobs j where j.env_id = $1 and j.created_at >= ${bind(from)} and j.created_at < ${bind(to)} and j.type = 'flow' and j.ended_at is not null
    ${conditionsOf(filter, '_flow_id', `coalesce(_integration_id, 'none')`, bind)}`

/** Not one that lies in the recycle bin. */
const isThere = `flow_id in (select _id from sluice.documents where env_id = $1 and collection = 'flows' and deleted_at is null)`

/** Column names are those above, values only parameters. */
const conditionsOf = (
  { statuses, flowIds, integrationIds, visibleIntegrationIds }: StatsFilter,
  flow: string,
  integration: string,
  bind: Bind,
): string =>
  [
    ` and status = any(${bind(statuses)})`,
    flowIds ? ` and ${flow} = any(${bind(flowIds)})` : '',
    integrationIds ? ` and ${integration} = any(${bind(integrationIds)})` : '',
    visibleIntegrationIds ? ` and ${integration} = any(${bind(visibleIntegrationIds)})` : '',
  ].join('')

const toCounts = (row: Sums) => ({
  numRuns: row.num_runs,
  numSuccess: row.num_success,
  numError: row.num_error,
  numIgnore: row.num_ignore,
  numPages: row.num_pages,
  avgRuntime: row.avg_runtime,
  avgWait: row.avg_wait,
})

const toFlowStats = (row: FlowRow): FlowStats => ({
  _flowId: row._flow_id,
  ...(row.flow_name !== null && { flowName: row.flow_name }),
  ...(row._integration_id !== 'none' && { _integrationId: row._integration_id }),
  ...toCounts(row),
  numOpenError: row.num_open_error,
  lastExecutedAt: row.last_executed_at.toISOString(),
  ...(row.last_error_at && { lastErrorAt: row.last_error_at.toISOString() }),
})
