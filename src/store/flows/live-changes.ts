/** How runs and open errors of an environment stand, and which of its documents changed, for those who watch it. */
import type { auditEvents } from '../../contract/audit.ts'
import { resources } from '../../contract/resources/index.ts'
import type { DocumentChange, ErrorCount, LiveChanges } from '../../domain/ports/flows/live-changes.ts'
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
  async listDocuments(accountId, envId, changedSince, limit) {
    const { rows } = await db.query<DocumentRow>({
      name: 'live-documents',
      text: `select a.collection, a._id, d.doc ->> 'name' as name, d.doc ->> 'lastModified' as last_modified, (d.doc -> 'offline')::boolean as offline,
               (d.doc -> 'disabled')::boolean as disabled, d._id is null as deleted
             from (select distinct collection, resource_id as _id from (
                 select collection, resource_id from sluice.audit
                 where account_id = $1 and env_id = $2 and at >= $3 and collection = any($4) and event = any($5) order by at desc limit $6) newest) a
               left join sluice.documents d on d.env_id = $2 and d.collection = a.collection and d._id = a._id and d.deleted_at is null`,
      values: [accountId, envId, changedSince, collections, changing, limit],
    })
    return rows.map(toDocumentChange)
  },
})

interface DocumentRow {
  readonly collection: DocumentChange['collection']
  readonly _id: string
  readonly name: string | null
  readonly last_modified: string | null
  readonly offline: boolean | null
  readonly disabled: boolean | null
  readonly deleted: boolean
}

const collections = Object.keys(resources)
/** What is done to a document that is another one by it. */
const changing: readonly (typeof auditEvents)[number][] = ['create', 'update', 'delete', 'restore', 'purge']

const toDocumentChange = ({ collection, _id, name, last_modified, offline, disabled, deleted }: DocumentRow): DocumentChange => ({
  collection,
  _id,
  ...(name !== null && { name }),
  ...(last_modified !== null && { lastModified: last_modified }),
  ...(offline !== null && { offline }),
  ...(disabled !== null && { disabled }),
  ...(deleted && { deleted }),
})

const toErrorCount = ({ flow_id, integration_id, step_id, num_error, last_error_at }: CountRow): ErrorCount => ({
  _flowId: flow_id,
  ...(integration_id !== null && { _integrationId: integration_id }),
  _expOrImpId: step_id,
  numError: num_error,
  ...(num_error > 0 && last_error_at && { lastErrorAt: last_error_at.toISOString() }),
})
