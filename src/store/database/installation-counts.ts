/** Counts of the whole installation, for metrics: one statement over small indexes. */
import type pg from 'pg'
import type { InstallationCounts } from '../../domain/observability/installation-counts.ts'

/** Several scrapes within this time share an answer, so that whoever scrapes often costs nothing. Milliseconds. */
const keptMs = 10_000

interface Row {
  readonly runs_waiting: number
  readonly runs_running: number
  readonly open_errors: number
  readonly connections_offline: number
}

/** Undefined while the database cannot be asked. */
export function createCountsReader(pool: pg.Pool): () => Promise<InstallationCounts | undefined> {
  let kept: { readonly at: number; readonly counts: Promise<InstallationCounts | undefined> } | undefined
  return () => {
    const at = performance.now()
    if (!kept || at - kept.at > keptMs) kept = { at, counts: read(pool).catch(() => undefined) }
    return kept.counts
  }
}

async function read(pool: pg.Pool): Promise<InstallationCounts> {
  const { rows } = await pool.query<Row>({
    name: 'installation-counts',
    text: `
      select runs.waiting as runs_waiting, runs.running as runs_running, errors.open as open_errors, offline.connections as connections_offline
      from (select count(*) filter (where status = 'queued') as waiting, count(*) filter (where status <> 'queued') as running
            from sluice.jobs where ended_at is null and _flow_job_id is null) runs,
           (select coalesce(sum(num_error), 0)::bigint as open from sluice.open_errors) errors,
           (select count(*) as connections from sluice.documents
            where collection = 'connections' and deleted_at is null and doc -> 'offline' = 'true') offline`,
  })
  const row = rows[0] as Row
  return {
    runsWaiting: row.runs_waiting,
    runsRunning: row.runs_running,
    openErrors: row.open_errors,
    connectionsOffline: row.connections_offline,
  }
}
