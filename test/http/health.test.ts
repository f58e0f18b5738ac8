/** What whoever watches the server is told, and what callers are told while the database cannot be asked. */
import { expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'

const api = apiForFile()

const get = (path: string) => fetch(api.url + path, { redirect: 'manual' })

test('while the pool is full, requests and /health are 503 with Retry-After, the server still lives, and all is well afterwards', async () => {
  expect(await (await get('/health')).json()).toEqual({ status: 'ok' })
  const taken = await Promise.all(Array.from({ length: api.database.pool.options.max }, () => api.database.pool.connect()))
  const refused = await Promise.all(
    ['GET', 'POST'].map((method) => api.call(method, '/v1/integrations', method === 'POST' ? { name: 'a' } : undefined)),
  )
  const message = 'The database does not answer at the moment. Try again in 2 seconds.'
  for (const { status, headers, body } of refused) {
    expect({ status, after: headers.get('retry-after'), body }).toEqual({
      status: 503,
      after: '2',
      body: { errors: [{ code: 'service_unavailable', message }] },
    })
  }
  const health = await get('/health')
  expect([health.status, health.headers.get('retry-after'), await health.json()]).toEqual([
    503,
    '2',
    { status: 'unavailable', errors: [{ code: 'service_unavailable', message }] },
  ])
  expect(await (await get('/health/live')).json()).toEqual({ status: 'ok' })
  expect(await (await get('/livez')).json()).toEqual({ status: 'ok' })
  const ready = await get('/readyz')
  expect([ready.status, ready.headers.get('retry-after'), await ready.json()]).toEqual([
    503,
    '2',
    { status: 'unavailable', errors: [{ code: 'service_unavailable', message: 'The database does not answer.' }] },
  ])
  for (const client of taken) client.release()
  expect((await get('/health')).status).toBe(200)
  expect(await (await get('/readyz')).json()).toEqual({ status: 'ok' })
  expect((await api.call('POST', '/v1/integrations', { name: 'a' })).status).toBe(201)
}, 60_000)

test('a statement whose session PostgreSQL ended, and a transaction that others are always faster than, are 503 and not a fault of ours', async () => {
  const { pool } = api.database
  const rejected = async (code: string) => {
    // What PostgreSQL says, with the code of the failure, from within a transaction of the store.
    const work = api.world.store.transaction(async (rows) => {
      await rows.documents.page('none', 'scripts', { where: {}, skip: 0, limit: 1 })
      throw Object.assign(new Error('said by PostgreSQL'), { code })
    })
    return (await work.catch((error: Error) => error)) as Error
  }
  for (const code of ['57P01', '57P03', '53300', '57014', '40001', '40P01', 'ECONNREFUSED'])
    expect((await rejected(code)).name).toBe('StoreUnavailable')
  expect((await rejected('23505')).name).toBe('Error')
  await expect(pool.query('select 1')).resolves.toBeDefined()
})

test('a server whose database lacks a migration is not ready, and ?verbose tells every check', async () => {
  const checks = (migrations: string) => [
    { name: 'database', status: 'ok' },
    { name: 'migrations', status: migrations },
    { name: 'shutdown', status: 'ok' },
  ]
  expect(await (await get('/readyz?verbose')).json()).toEqual({ status: 'ok', checks: checks('ok') })
  const { pool } = api.database
  const { rows } = await pool.query<{ number: number; name: string }>(
    `delete from sluice.migrations where number = (select max(number) from sluice.migrations) returning number, name`,
  )
  const { number = 0, name } = rows[0] ?? {}
  const behind = await get('/readyz?verbose')
  const message = `The database is at migration ${number - 1}, and this Sluice needs ${number}: restart it.`
  expect([behind.status, await behind.json()]).toEqual([
    503,
    { status: 'unavailable', errors: [{ code: 'service_unavailable', message }], checks: checks('failed') },
  ])
  expect((await get('/livez')).status).toBe(200)
  // One that is newer serves, too: both versions do while a new one is rolled out.
  await pool.query(`insert into sluice.migrations (number, name) values ($1, $2), ($3, 'newer')`, [number, name, number + 1])
  expect((await get('/readyz')).status).toBe(200)
  await pool.query(`delete from sluice.migrations where number = $1`, [number + 1])
})
