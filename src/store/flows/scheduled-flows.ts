/** Flows with schedules, and their runs. */
import { stepPath } from '../../domain/rules/step-paths.ts'
import type { Client } from '../database/pool.ts'
import type { FlowToCheck, ScheduledFlow, ScheduledFlows } from '../../domain/ports/jobs.ts'

/** Word for word what the index documents_due holds, and its first column. */
const scheduled = `collection = 'flows' and deleted_at is null and doc ->> 'disabled' is distinct from 'true'
  and (doc ? 'schedule' or jsonb_path_exists(doc, '$.pageGenerators[*].schedule'))`
const place = `coalesce(not_due_before, '-infinity'::timestamptz)`
/** Of an Integration App that is paused. */
const paused = `exists (select from sluice.installations i
  where i.env_id = documents.env_id and i.integration_id = documents.doc ->> '_integrationId' and i.paused_at is not null)`
const columns = `env_id, _id, doc -> 'schedule' as schedule, doc -> 'timezone' as timezone, doc -> 'isAbstract' as is_abstract, doc -> 'pageGenerators' as page_generators,
  doc -> '_integrationId' as integration_id,
  jsonb_path_exists(doc, '$.pageGenerators[*].setupInProgress ? (@ == true)') or jsonb_path_exists(doc, '$.pageProcessors[*].setupInProgress ? (@ == true)')
    or jsonb_path_exists(doc, '$.routers[*].branches[*].pageProcessors[*].setupInProgress ? (@ == true)') as is_in_setup`

/** Connections of the steps of a flow that are offline. */
export const offlineConnection = (envId: string, flowId: string): string => `
  select c._id, c.doc ->> 'name' as name from sluice.edges s
  join sluice.edges e on e.env_id = s.env_id and e.from_collection = s.to_collection and e.from_id = s.to_id and e.path = '_connectionId'
  join sluice.documents c on c.env_id = e.env_id and c.collection = 'connections' and c._id = e.to_id and c.deleted_at is null
  where s.env_id = ${envId} and s.from_collection = 'flows' and s.from_id = ${flowId} and s.path ~ '${stepPath}' and c.doc -> 'offline' = 'true'`

interface Row {
  env_id: string
  _id: string
  schedule: string | null
  timezone: string | null
  is_abstract: boolean | null
  page_generators: ScheduledFlow['pageGenerators'] | null
  integration_id: string | null
  is_in_setup: boolean
}

interface CheckedRow {
  is_paused: boolean
  version: string
  place: string
  not_due_before: number | null
}

export const scheduledFlowRows = (db: Client): ScheduledFlows => ({
  async listToCheck(minute, after, limit) {
    const { rows } = await db.query<Row & CheckedRow>({
      name: 'scheduled-to-check',
      text: `select ${columns}, ${paused} as is_paused, xmin::text as version, ${place}::text as place, (extract(epoch from not_due_before) * 1000)::float8 as not_due_before
             from sluice.documents where ${scheduled} and ${place} <= $1::timestamptz and (${place}, env_id, _id) > ($2::timestamptz, $3, $4)
             order by ${place}, env_id, _id limit $5`,
      values: [minute.toISOString(), after?.place ?? '-infinity', after?.envId ?? '', after?._id ?? '', limit],
    })
    return rows.map(toFlowToCheck)
  },
  async setDueTimes(times) {
    if (times.length === 0) return
    await db.query({
      name: 'scheduled-set-due-times',
      text: `with held as materialized (
               select d.env_id, d._id, t.at from unnest($1::text[], $2::text[], $3::text[], $4::float8[]) t(env_id, _id, version, at)
               join sluice.documents d on d.env_id = t.env_id and d.collection = 'flows' and d._id = t._id and d.xmin::text = t.version
               for no key update of d skip locked)
             update sluice.documents d set not_due_before = to_timestamp(h.at / 1000) from held h
             where d.env_id = h.env_id and d.collection = 'flows' and d._id = h._id`,
      values: [
        times.map(({ envId }) => envId),
        times.map(({ _id }) => _id),
        times.map(({ version }) => version),
        times.map(({ notDueBefore }) => notDueBefore),
      ],
    })
  },
  async lock(envId, flowId) {
    const { rows } = await db.query<Row>({
      name: 'scheduled-lock',
      text: `select ${columns} from sluice.documents where ${scheduled} and env_id = $1 and _id = $2 for update`,
      values: [envId, flowId],
    })
    return rows[0] && toScheduledFlow(rows[0])
  },
  async listUnderWay(envId, flowId, minute) {
    const { rows } = await db.query<{ export_ids: string[] | null }>({
      name: 'scheduled-under-way',
      text: `select run_order -> 'exportIds' as export_ids from sluice.jobs
             where env_id = $1 and _flow_id = $2 and ended_at is null and _flow_job_id is null and type = 'flow' and not run_order ?| array['startDate', 'endDate']
             union all
             select run_order -> 'exportIds' from sluice.jobs
             where env_id = $1 and _flow_id = $2 and created_at >= $3::text::timestamptz and type = 'flow' and run_order ->> 'scheduledAt' = $3::text`,
      values: [envId, flowId, minute],
    })
    return rows.map((row) => row.export_ids ?? undefined)
  },
  async findOfflineConnection(envId, flowId) {
    const { rows } = await db.query<{ _id: string; name: string | null }>({
      name: 'flow-offline',
      text: `${offlineConnection('$1', '$2')} order by c._id limit 1`,
      values: [envId, flowId],
    })
    return rows[0] && { _id: rows[0]._id, name: rows[0].name ?? '' }
  },
})

const toScheduledFlow = (row: Row): ScheduledFlow => ({
  envId: row.env_id,
  _id: row._id,
  ...(row.schedule && { schedule: row.schedule }),
  ...(row.timezone && { timezone: row.timezone }),
  ...(row.is_abstract && { isAbstract: true }),
  ...(row.is_in_setup && { isInSetup: true }),
  ...(row.page_generators && { pageGenerators: row.page_generators }),
  ...(row.integration_id && { _integrationId: row.integration_id }),
})

const toFlowToCheck = (row: Row & CheckedRow): FlowToCheck => ({
  ...toScheduledFlow(row),
  isPaused: row.is_paused,
  version: row.version,
  place: row.place,
  notDueBefore: row.not_due_before ?? undefined,
})
