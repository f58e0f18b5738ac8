/** Whether a summary of errors takes longer the more of them are open: a million against one. */
import type pg from 'pg'
import { startChild } from './harness/child.ts'
import { makeFlow, type FlowIds } from './harness/flow.ts'
import type { Load } from './harness/load-generator.ts'
import type { Question, Row } from './harness/row.ts'
import { rounds } from './harness/rounds.ts'
import { token, withDatabase, withSluice, type Folder, type Sluice } from './harness/sluice.ts'

const many = 1_000_000
const countOfRounds = 7
const roundMs = 1000

/** As the engine writes them, with their count beside them. */
async function addErrors(client: pg.Client, { flowId, importId }: FlowIds, count: number): Promise<void> {
  const { rows } = await client.query<{ env_id: string }>('select env_id from sluice.documents where _id = $1', [flowId])
  const key = [rows[0]?.env_id, flowId, importId]
  await client.query(
    `insert into sluice.flow_errors (env_id, flow_id, step_id, error_id, occurred_at, source, code, message, trace_key, flow_job_id, o_index, classification)
     select $1, $2, $3, lpad(to_hex(n), 24, '0'), now() - make_interval(secs => n / 100.0), 'application', '422', 'The amount of order ' || n || ' is missing.',
            'order-' || n, lpad(to_hex(n / 20), 24, '0'), n % 20, 'missing'
     from generate_series(1, $4::int) n`,
    [...key, count],
  )
  await client.query(
    `insert into sluice.open_errors (env_id, flow_id, step_id, num_error, last_error_at)
     select env_id, flow_id, step_id, count(*), max(occurred_at) from sluice.flow_errors where env_id = $1 and flow_id = $2 and step_id = $3 group by 1, 2, 3`,
    key,
  )
}

async function measure(sluice: Sluice, folder: Folder): Promise<readonly Row[]> {
  const options = { application: 'http://127.0.0.1:9', pageSize: 20, path: '/none' }
  const [crowded, quiet] = [await makeFlow(sluice, options), await makeFlow(sluice, options)]
  await withDatabase(folder, async (client) => {
    await addErrors(client, crowded, many)
    await addErrors(client, quiet, 1)
    await client.query('vacuum analyze')
  })
  const generator = await startChild('./load-generator.ts')
  const latency =
    ({ integrationId }: FlowIds) =>
    async (): Promise<number> => {
      const paths = [`/v1/integrations/${integrationId}/errors`]
      const asked: Load = { origin: sluice.url, method: 'GET', paths, token, status: 200, connections: 1, ms: roundMs }
      return (await generator.ask(asked))['ms'] as number
    }
  try {
    const found = await rounds(countOfRounds, latency(crowded), latency(quiet))
    return [
      {
        what: `time of GET /v1/integrations/{id}/errors with ${many.toLocaleString('en')} open errors to that with one`,
        detail: `${found.ours.toFixed(2)} to ${found.theirs.toFixed(2)} ms, one request at a time`,
        value: found.ratio,
        goal: { than: 'at most', value: 1.5, unit: '' },
      },
    ]
  } finally {
    await generator.stop()
  }
}

export const errors: Question = {
  name: 'errors',
  asks: 'Does a summary of errors take longer the more of them are open?',
  answer: () => withSluice(measure),
}
