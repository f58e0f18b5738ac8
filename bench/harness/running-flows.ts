/** Flows that run, as their workers write it: every run goes on each time that it is asked for, and those who watch are notified. */
import type pg from 'pg'
import { changesChannel } from '../../src/store/changes/note-changes.ts'
import type { FlowIds } from './flow.ts'

export interface RunningFlows {
  /** Every run goes on by a page. */
  goOn(): Promise<void>
}

export async function addRunningFlows(client: pg.Client, { flowId, integrationId }: FlowIds, count: number): Promise<RunningFlows> {
  const { rows } = await client.query<{ env_id: string }>('select env_id from sluice.documents where _id = $1', [flowId])
  const envId = rows[0]?.env_id
  const named = `lpad(to_hex(n), 24, 'f')`
  await client.query(
    `insert into sluice.documents (env_id, collection, _id, doc)
     select $1, 'flows', ${named}, jsonb_build_object('_id', ${named}, 'name', 'Running flow ' || n, '_integrationId', $2::text) from generate_series(1, $3::int) n`,
    [envId, integrationId, count],
  )
  // They are in no queue: those of the past would be put back into it, and end.
  await client.query(
    `insert into sluice.jobs (env_id, _id, type, status, _flow_id, _integration_id, created_at, last_modified, started_at, epoch)
     select $1, ${named}, 'flow', 'running', ${named}, $2, now() + interval '1 day', now(), now(), 1 from generate_series(1, $3::int) n`,
    [envId, integrationId, count],
  )
  return {
    async goOn() {
      await client.query(
        `update sluice.jobs set num_success = num_success + 20, num_export = num_export + 20, last_modified = now() where env_id = $1 and ended_at is null`,
        [envId],
      )
      await client.query(`select pg_notify('${changesChannel}', $1)`, [`${envId} runs`])
    },
  }
}
