/** A step with open errors, by the number. */
import type pg from 'pg'
import type { FlowIds } from './flow.ts'

/** More are written without the index of messages, which is made after them: in a third of the time. */
const mostIndexed = 100_000

/** As the engine writes them, with their count beside them. */
export async function addErrors(client: pg.Client, flow: FlowIds, count: number): Promise<void> {
  if (count <= mostIndexed) return insertErrors(client, flow, count)
  const index = 'sluice.flow_errors_open_by_message'
  const { rows } = await client.query<{ definition: string }>(`select pg_get_indexdef('${index}'::regclass) as definition`)
  await client.query(`set maintenance_work_mem = '256MB'; drop index ${index}`)
  await insertErrors(client, flow, count)
  await client.query(`${rows[0]?.definition}; alter index ${index} alter column 1 set statistics 0`)
}

async function insertErrors(client: pg.Client, { flowId, importId }: FlowIds, count: number): Promise<void> {
  const { rows } = await client.query<{ env_id: string }>('select env_id from sluice.documents where _id = $1', [flowId])
  const key = [rows[0]?.env_id, flowId, importId]
  await client.query(
    `insert into sluice.flow_errors (env_id, flow_id, step_id, error_id, occurred_at, source, code, message, trace_key, flow_job_id, o_index, classification)
     select $1, $2, $3, lpad(to_hex(n), 24, '0'), date_trunc('second', now()) - make_interval(secs => n), 'application', '422', 'The amount of order ' || n || ' is missing.',
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
