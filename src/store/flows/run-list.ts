/** Runs of flows by what people look for: one statement, which reads the newest that fit and goes on from there. */
import type { RunOrderName } from '../../contract/operations/flows/run-list.ts'
import type { RunList, RunSearch } from '../../domain/ports/flows/run-list.ts'
import type { Client } from '../database/pool.ts'
import { columns, toJob, type Row } from './job-row.ts'
import { mergedJobs, toStatusConditions } from './merged-jobs.ts'

interface FoundRow extends Row {
  flow_name: string
  value: number
}

const ms = (interval: string): string => `coalesce(round(extract(epoch from ${interval}) * 1000), 0)::float8`
const values: { readonly [O in RunOrderName]: string } = {
  createdAt: `(extract(epoch from created_at) * 1000)::float8`,
  duration: ms('coalesce(ended_at, last_modified) - started_at'),
  wait: ms('started_at - created_at'),
  numSuccess: 'num_success::float8',
  numError: 'num_error::float8',
  numIgnore: 'num_ignore::float8',
}

export const runListRows = (db: Client): RunList => ({
  async search(envId, search) {
    const worst = withErrors(search)
    if (!worst) return find(db, envId, search)
    const found = await find(db, envId, worst)
    const limit = search.limit - found.length
    return limit === 0 ? found : [...found, ...(await find(db, envId, { ...search, numErrorLte: 0, limit }))]
  },
})

async function find(db: Client, envId: string, search: RunSearch): ReturnType<RunList['search']> {
  const { text, params } = statement(envId, search)
  const { rows } = await db.query<FoundRow>(text, params)
  return rows.map((row) => ({ run: { ...toJob(row), flowName: row.flow_name }, value: row.value }))
}

/** A page of those with the most errors is one of those that have any, unless they do not fill it: they are few, and an index knows them. */
function withErrors(search: RunSearch): RunSearch | undefined {
  const { order, isAscending, after, numErrorGte } = search
  return order === 'numError' && !isAscending && !numErrorGte && (!after || after.value > 0) ? { ...search, numErrorGte: 1 } : undefined
}

function statement(envId: string, search: RunSearch): { text: string; params: unknown[] } {
  const params: unknown[] = [envId]
  const bind = (value: unknown): string => `$${params.push(value)}`
  const { order, isAscending, after, limit, most, text, numErrorGte, numErrorLte } = search
  const [direction, past] = isAscending ? (['asc', '>'] as const) : (['desc', '<'] as const)
  const isByTime = order === 'createdAt'
  const conditions = exactConditions(search, bind)
  const from = readFrom(search, bind)
  // By time the page begins in the index; by anything else, after the sort.
  if (after && isByTime) conditions.push(`(created_at, _id) ${past} (${bind(new Date(after.value).toISOString())}, ${bind(after._id)})`)
  const rest = [
    ...(text === undefined ? [] : [holdsText(text, bind)]),
    // One error at least is what an index is of.
    ...(numErrorGte === undefined || numErrorGte === 1 ? [] : [`num_error >= ${bind(numErrorGte)}`]),
    ...(numErrorLte === undefined ? [] : [`num_error <= ${bind(numErrorLte)}`]),
    ...(after && !isByTime ? [`(value, found._id) ${past} (${bind(after.value)}, ${bind(after._id)})`] : []),
  ]
  const newest = `order by created_at ${isByTime ? direction : 'desc'}, _id ${isByTime ? direction : 'desc'}`
  // Of those with errors by time no more than the page is read. With a bound that is far beyond them, all would be read and sorted first.
  const bounded = numErrorGte === 1 && isByTime && rest.length === 0 ? '' : `${newest} limit ${bind(most)}`
  return {
    text: `
      select found.*, flow.doc ->> 'name' as flow_name from (
        select ${columns}, ${values[order]} as value from ${from}
        where env_id = $1 and _flow_job_id is null ${conditions.map((condition) => `and ${condition}`).join(' ')}
        ${bounded}) found
      join sluice.documents flow on flow.env_id = $1 and flow.collection = 'flows' and flow._id = found._flow_id and flow.deleted_at is null
      ${rest.length > 0 ? `where ${rest.join(' and ')}` : ''}
      order by ${isByTime ? 'created_at' : 'value'} ${direction}, found._id ${direction} limit ${bind(limit)}`,
    params,
  }
}

/** More integrations are looked for in the runs of the whole environment, of which somebody who sees so many sees a good part. */
const mostMerged = 20

/** Of each status, and of each integration that a user sees, runs have an order of their own. */
function readFrom({ statuses, flowId, visibleIntegrationIds }: RunSearch, bind: (value: unknown) => string): string {
  const each = flowId === undefined && visibleIntegrationIds !== undefined && visibleIntegrationIds.length <= mostMerged
  const ofIntegrations = (ids: readonly string[]): string[] =>
    each ? ids.map((id) => `_integration_id = ${bind(id)}`) : [`_integration_id = any(${bind(ids)})`]
  return mergedJobs(statuses && toStatusConditions(statuses, bind), visibleIntegrationIds && ofIntegrations(visibleIntegrationIds))
}

function exactConditions(search: RunSearch, bind: (value: unknown) => string): string[] {
  const { types, flowId, integrationId, numErrorGte, createdAtGte, createdAtLte, traceKey } = search
  return [
    `type = any(${bind(types)})`,
    ...(flowId === undefined ? [] : [`_flow_id = ${bind(flowId)}`]),
    ...(integrationId === undefined
      ? []
      : [integrationId === 'none' ? '_integration_id is null' : `_integration_id = ${bind(integrationId)}`]),
    ...(numErrorGte ? ['num_error > 0'] : []),
    ...(createdAtGte === undefined ? [] : [`created_at >= ${bind(createdAtGte)}`]),
    ...(createdAtLte === undefined ? [] : [`created_at <= ${bind(createdAtLte)}`]),
    ...(traceKey === undefined ? [] : [`_id = any(${runsWithTraceKey(bind(traceKey), flowId === undefined ? undefined : bind(flowId))})`]),
  ]
}

/** Execution logs of before there were days are found flow by flow: those of the environment, where none is named. */
const runsWithTraceKey = (key: string, flow: string | undefined): string => {
  const isIt = `trace_key is not null and md5(trace_key) = md5(${key}) and trace_key = ${key}`
  return `array(
  select flow_job_id from sluice.flow_errors where env_id = $1 and ${isIt}
  union
  select job_id from sluice.execution_log_entries where env_id = $1 and ${isIt} ${flow ? `and flow_id = ${flow}` : ''}
  union
  select log.job_id from ${flow ? `(select ${flow}::text as _id)` : `(select _id from sluice.documents where env_id = $1 and collection = 'flows' and deleted_at is null)`} of
    cross join lateral (select job_id from sluice.execution_logs where env_id = $1 and flow_id = of._id and ${isIt}) log)`
}

function holdsText(text: string, bind: (value: unknown) => string): string {
  const pattern = bind(`%${text.replaceAll(/[\\%_]/g, (each) => `\\${each}`)}%`)
  return `(flow.doc ->> 'name' ilike ${pattern} or error_message ilike ${pattern} or found._id = ${bind(text.toLowerCase())})`
}
