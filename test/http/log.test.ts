/** What the log of a server holds: which request, operation, account and run a line is about, and never a secret or a word of a record. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import pg from 'pg'
import { tellError } from '../../src/program/logger.ts'
import { apiForFile, ownerToken } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { makeFlow, runToEnd } from '../harness/flows.ts'

const lines: string[] = []
const api = apiForFile({ worker: true, accessLog: true, log: (line) => void lines.push(line) })
const [secret, record] = ['a-sealed-secret', 'a-record-of-somebody']
let application: Application
beforeAll(async () => {
  application = await startApplication({ sources: { orders: [{ id: 1, buyer: record }] } })
})
afterAll(() => application.close())

// oxlint-disable-next-line typescript/no-explicit-any -- lines of every shape
const logged = (msg: string): any[] => lines.map((line) => JSON.parse(line)).filter((line) => line.msg === msg)

test('each request is a line with its id, operation, account, status and time, and without its address', async () => {
  const { _userId } = (await api.call('GET', '/v1/tokenInfo')).body
  expect((await api.call('GET', `/v1/flows/none?key=${secret}`)).status).toBeGreaterThanOrEqual(400)
  expect((await api.call('GET', '/v1/flows', undefined, { authorization: `Bearer ${secret}` })).status).toBe(401)
  await expect.poll(() => logged('request answered').length).toBeGreaterThanOrEqual(3)
  const [first] = logged('request answered')
  expect(first).toEqual({
    level: 30,
    time: expect.any(Number),
    pid: expect.any(Number),
    hostname: expect.any(String),
    reqId: expect.stringMatching(/^[0-9a-f]{24}$/),
    operation: 'getTokenInfo',
    accountId: _userId,
    method: 'GET',
    status: 200,
    ms: expect.any(Number),
    msg: 'request answered',
  })
  expect(new Set(logged('request answered').map(({ reqId }) => reqId)).size).toBe(logged('request answered').length)
  expect(logged('request answered').find(({ status }) => status === 401)).not.toHaveProperty('accountId')
})

test('a line about a run says which run and account it is of, and nothing of what failed', { timeout: 120_000 }, async () => {
  const auth = { type: 'token', token: { token: secret, location: 'url', paramName: 'key' } }
  const { _userId } = (await api.call('GET', '/v1/tokenInfo')).body
  const flow = await makeFlow(api, application, { connection: { auth }, flow: { skipRetries: true } })
  const scripted = await makeFlow(api, application, {
    connection: { auth },
    code: 'function page(o) { throw new Error(JSON.stringify(o.data)) }',
    exports: { orders: { hooks: { preSavePage: { _scriptId: '{code}', function: 'page' } } } },
  })
  application.before = async (asked, body) => {
    if (asked.startsWith('POST')) return [500, { message: `not ${JSON.stringify(body)} with ${secret}` }]
    return asked.includes('/source/broken') ? [403, { message: `${secret} may not read ${record}` }] : undefined
  }
  expect((await runToEnd(api, flow._id)).numError).toBe(1)
  expect((await runToEnd(api, scripted._id)).status).toBe('failed')
  const broken = await makeFlow(api, application, { connection: { auth }, exports: { broken: {} } })
  const job = await runToEnd(api, broken._id)
  expect(job.status).toBe('failed')
  const line = logged('run failed').find(({ jobId }) => jobId === job._id)
  expect(line).toMatchObject({ accountId: _userId, flowId: broken._id, stepId: broken.ids['broken'] })
  // As the server of every test looks for it.
  for (const hidden of [secret, record, ownerToken]) expect(lines.filter((each) => each.includes(hidden))).toEqual([])
})

test('an error is told by name, code and stack, and without what it quotes', () => {
  const database = Object.assign(new pg.DatabaseError(`invalid input syntax for type integer: "${record}"`, 0, 'error'), {
    code: '22P02',
    detail: `Failing row contains (${record}).`,
    where: `COPY orders, line 1: "${record}"`,
  })
  const told = tellError(new Error('could not be written', { cause: database }))
  expect(told).toMatchObject({ type: 'Error', message: 'could not be written', cause: { type: 'error', code: '22P02' } })
  expect(told?.cause?.stack).toMatch(/^\s+at /)
  let parsing: unknown
  try {
    JSON.parse(`{"buyer": ${record}`)
  } catch (error) {
    parsing = error
  }
  expect((parsing as Error).message).toContain(record.slice(0, 1))
  expect(JSON.stringify([told, tellError(parsing)])).not.toContain('record')
  expect(tellError(new TypeError('x is not a function'))).toMatchObject({ type: 'TypeError', message: 'x is not a function' })
  expect(tellError('a text')).toEqual({ type: 'string', stack: '' })
})
