/** Removes what is older than it is kept. */
import type { Retention } from '../domain/ports/recording/retention.ts'
import type { Client } from './database/pool.ts'

export const retentionRows = (db: Client): Retention => {
  const removing =
    (name: string, text: string) =>
    async (before: string, limit: number): Promise<number> => {
      const { rows } = await db.query<{ n: number }>({ name, text, values: [before, limit] })
      return rows[0]?.n ?? 0
    }
  return {
    async lock(kind, now) {
      await db.query(`insert into sluice.retention (kind, next_at) values ($1, $2) on conflict do nothing`, [kind, now])
      const { rowCount } = await db.query(`select from sluice.retention where kind = $1 and next_at <= $2 for update skip locked`, [
        kind,
        now,
      ])
      return rowCount === 1
    },
    async postpone(kind, nextAt) {
      await db.query(`update sluice.retention set next_at = $2 where kind = $1`, [kind, nextAt])
    },
    removeRuns: removing('retention-runs', removeRuns),
    removeResolvedErrors: removing('retention-errors', removeResolvedErrors),
    removeRetryData: removing('retention-retry-data', removeByAge('retry_data', 'created_at')),
    removeRequests: removing('retention-requests', removeByAge('recorded_requests', 'at')),
    removeAudit: removing('retention-audit', removeByAge('audit', 'at')),
    removeScriptLogs: removing('retention-script-logs', removeByAge('script_logs', 'at')),
  }
}

const removeByAge = (table: string, column: string): string => `
  with gone as (delete from sluice.${table} where ctid = any(array(
    select ctid from sluice.${table} where ${column} < $1 order by ${column} limit $2 for update skip locked)) returning 1)
  select count(*)::int as n from gone`

/**
 * A run that completed stays until a later one has completed that began with all of its page generators: the next delta begins where it did. So does the last
 * one of a webhook: what it left when it was canceled waits because of it.
 */
const removeRuns = `
  with old as materialized (
    select j.env_id, j._id from sluice.jobs j
    where j.ended_at < $1 and j._flow_job_id is null
      and exists (select from sluice.jobs n where n.env_id = j.env_id and n._flow_id = j._flow_id and n._flow_job_id is null and n.created_at > j.created_at)
      and not exists (select from sluice.webhook_queues q where q.env_id = j.env_id and q.flow_id = j._flow_id and q.job_id = j._id)
      and (j.status <> 'completed' or j.type <> 'flow' or j.run_order ? 'endDate' or exists (
        select from sluice.jobs n where n.env_id = j.env_id and n._flow_id = j._flow_id and n._flow_job_id is null and n.type = 'flow' and n.status = 'completed'
          and n.created_at > j.created_at and not n.run_order ? 'endDate'
          and (not n.run_order ? 'exportIds' or (n.run_order -> 'exportIds') @> (j.run_order -> 'exportIds'))))
    order by j.ended_at limit $2),
  steps as (delete from sluice.jobs s using old where s.env_id = old.env_id and s._flow_job_id = old._id),
  gone as (delete from sluice.jobs j using old where j.env_id = old.env_id and j._id = old._id returning 1)
  select count(*)::int as n from gone`

const removeResolvedErrors = `
  with gone as (
    delete from sluice.flow_errors where ctid = any(array(
      select ctid from sluice.flow_errors where resolved_at < $1 order by resolved_at limit $2 for update skip locked))
    returning env_id, flow_id, step_id, retry_data_key, req_and_res_key),
  records as (
    delete from sluice.retry_data r using gone
    where r.env_id = gone.env_id and r.flow_id = gone.flow_id and r.step_id = gone.step_id and r.retry_data_key = gone.retry_data_key
      and not exists (select from sluice.flow_errors e where e.env_id = r.env_id and e.flow_id = r.flow_id and e.step_id = r.step_id
        and e.retry_data_key = r.retry_data_key and e.resolved_at is null)),
  requests as (
    delete from sluice.recorded_requests q using gone
    where q.env_id = gone.env_id and q.flow_id = gone.flow_id and q.step_id = gone.step_id and q.key = gone.req_and_res_key
      and not exists (select from sluice.flow_errors e where e.env_id = q.env_id and e.flow_id = q.flow_id and e.step_id = q.step_id
        and e.req_and_res_key = q.key and e.resolved_at is null))
  select count(*)::int as n from gone`
