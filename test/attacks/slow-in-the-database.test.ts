/** Requests of one account that wait for the database, more than there are connections: they wait for each other, and other accounts go on. */
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { make } from '../harness/flows.ts'
import { startTarget, type Target } from './target.ts'

/** Far more than the pool has connections. */
const writes = 100
/** As long as connections are waited for at the most, but for a little. */
const heldMs = 5000

test('100 writes that wait for a lock keep no other account from its connections', async () => {
  const target = await startTarget()
  const { _id } = await make({ call: target.call }, 'integrations', { name: 'Locked' })
  const [client, watcher] = await Promise.all([connect(target), connect(target)])
  await client.query('begin')
  await client.query(`select from sluice.documents where _id = $1 for update`, [_id])
  const sent = Array.from({ length: writes }, (_, i) => target.call('PUT', `/v1/integrations/${_id}`, { name: `Locked ${i}` }))
  expect((await waitingFor(watcher)).length).toBeGreaterThan(1)
  // The lock is held until the other account has its answers: a request that waited for a connection of these would be refused.
  const answered: number[] = []
  for (const until = Date.now() + heldMs; Date.now() < until || answered.length < 50;)
    answered.push((await target.other('GET', '/v1/integrations')).status)
  await client.query('rollback')
  // It has no integrations.
  expect(new Set(answered)).toEqual(new Set([204]))
  expect(new Set((await Promise.all(sent)).map(({ status }) => status))).toEqual(new Set([200]))
}, 300_000)

async function connect({ databaseUrl }: Target): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** Sessions that wait for a lock, as soon as there are some. */
async function waitingFor(client: pg.Client): Promise<unknown[]> {
  for (;;) {
    const found = await client.query(`select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)
    if (found.rows.length > 5) return found.rows
    await new Promise((wake) => setTimeout(wake, 50))
  }
}
