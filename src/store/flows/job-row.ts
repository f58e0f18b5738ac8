/** Jobs as rows of sluice.jobs, and as the domain sees them. */
import type { Job } from '../../domain/ports/jobs.ts'

export const columns = `_id, type, status, _flow_id, _integration_id, _export_id, _import_id, _flow_job_id, _user_id, o_index, created_at, last_modified, started_at, ended_at,
  num_export, num_success, num_error, num_ignore, num_pages_generated, num_pages_processed, num_retry, retriable, error_message, run_order ->> 'afterJobId' as after_job_id`

export interface Row {
  _id: string
  type: Job['type']
  status: Job['status']
  _flow_id: string
  _integration_id: string | null
  _export_id: string | null
  _import_id: string | null
  _flow_job_id: string | null
  _user_id: string | null
  o_index: number | null
  created_at: Date
  last_modified: Date
  started_at: Date | null
  ended_at: Date | null
  num_export: number
  num_success: number
  num_error: number
  num_ignore: number
  num_pages_generated: number
  num_pages_processed: number
  num_retry: number | null
  retriable: boolean
  error_message: string | null
  after_job_id: string | null
}

export const toJob = (row: Row): Job => ({
  _id: row._id,
  type: row.type,
  status: row.status,
  _flowId: row._flow_id,
  ...(row._integration_id && { _integrationId: row._integration_id }),
  ...(row._export_id && { _exportId: row._export_id }),
  ...(row._import_id && { _importId: row._import_id }),
  ...(row._flow_job_id && { _flowJobId: row._flow_job_id }),
  ...(row._user_id && { _userId: row._user_id }),
  ...(row.after_job_id && { _afterJobId: row.after_job_id }),
  ...(row.o_index !== null && { oIndex: row.o_index }),
  createdAt: row.created_at.toISOString(),
  lastModified: row.last_modified.toISOString(),
  ...(row.started_at && { startedAt: row.started_at.toISOString() }),
  ...(row.ended_at && { endedAt: row.ended_at.toISOString() }),
  numExport: row.num_export,
  numSuccess: row.num_success,
  numError: row.num_error,
  numIgnore: row.num_ignore,
  numPagesGenerated: row.num_pages_generated,
  numPagesProcessed: row.num_pages_processed,
  ...(row.num_retry !== null && { numRetry: row.num_retry }),
  retriable: row.retriable,
  ...(row.error_message && { errorMessage: row.error_message }),
})
