/** An application that repeats the secret of its connection, escaped and encoded as it likes and at any length, gets it into nothing that is kept or answered. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ask } from '../harness/database.ts'
import { encodings } from '../harness/encodings.ts'
import { errorsOf, exportOf, importOf, make, makeConnection, makeFlow, runToEnd } from '../harness/flows.ts'
import { startStack } from '../harness/stack.ts'

const secret = 'sk_live+"7/Qé\\&<w%41>zK'
const ways = Object.entries(encodings)
/** What gives it away, in whatever way it is written. */
const traces = ways.map(([, encode]) => encode(secret))
/** Where long texts are cut (1,024 characters, 1,000 of a refusal): that is within the secret. */
let cutAt = 1020

let api: Api
let application: Application
/** How the application repeats it just now. */
let encode: (text: string) => string
let status: number
const words = (): string => `${'n'.repeat(cutAt - 12 - (encode(secret).length >> 1))} not valid: ${encode(secret)}; ask again`
beforeAll(async () => {
  api = await startApi({ worker: true })
})
afterAll(() => api.close())
beforeEach(async () => {
  application = await startApplication({ sources: { orders: [{ id: 1 }] }, lookups: {} })
  status = 400
  cutAt = 1020
  application.before = (asked) =>
    asked.includes('/good') || asked.startsWith('GET /source/orders') ? undefined : Promise.resolve([status, { message: words() }])
})
afterEach(() => application.close())

const auth = { type: 'token', token: { token: secret, location: 'header' } }
const connection = { auth, ping: { relativeURI: '/ping' } }

function expectNothing(...answers: readonly unknown[]): void {
  for (const text of answers.map((answer) => JSON.stringify(answer)))
    for (const trace of traces)
      for (const written of [trace, JSON.stringify(trace).slice(1, -1)]) expect(text.includes(written), `${written} in ${text}`).toBe(false)
}
/** Every row of every table, as text. */
async function everythingStored(): Promise<unknown[]> {
  const tables = await ask(api.config, `select tablename from pg_tables where schemaname = 'sluice'`)
  const rows: unknown[] = []
  for (const { tablename } of tables) rows.push(...(await ask(api.config, `select to_jsonb(t) as row from sluice.${String(tablename)} t`)))
  return rows
}

test.each(ways)('in the errors of a run: %s', async (_name, way) => {
  encode = way
  const flow = await makeFlow(api, application, {
    connection,
    imports: {
      sink: {},
      existing: {
        ignoreExisting: true,
        http: { ignoreLookupName: 'there', lookups: [{ name: 'there', relativeURI: '/there', extract: 'id' }] },
      },
    },
    flow: { pageProcessors: undefined },
  })
  const failing = await makeFlow(api, application, { connection, exports: { refused: {} } })
  const jobs = [await runToEnd(api, flow._id), await runToEnd(api, failing._id)]
  const errors: unknown[] = []
  for (const { _id, ids } of [flow, failing])
    for (const step of Object.values(ids)) {
      const { body } = await api.call('GET', `/v1/flows/${_id}/${step}/errors`)
      errors.push(...(body?.errors ?? []))
    }
  expect(errors.length).toBeGreaterThanOrEqual(2)
  for (const error of errors) expect((error as { message: string }).message).toMatch(/not valid: \S{0,8}\*{6}/)
  const told: unknown[] = []
  for (const { _id } of jobs)
    for (const path of ['diagnostics', 'joberrors', 'errors']) told.push((await api.call('GET', `/v1/jobs/${_id}/${path}`)).body)
  expect(JSON.stringify(told[0])).toContain('******')
  expectNothing(jobs, errors, told)
})

test.each(ways)('in what a ping and steps on request answer: %s', async (_name, way) => {
  encode = way
  cutAt = 990
  const _connectionId = await makeConnection(api, application, connection)
  const sink = (await make(api, 'imports', importOf('sink', _connectionId, {})))._id
  const source = (await make(api, 'exports', exportOf('refused', _connectionId, {})))._id
  const answers = [
    await api.call('POST', '/v1/connections/ping', {
      name: 'x',
      type: 'http',
      http: { mediaType: 'json', baseURI: application.origin, ...connection },
    }),
    await api.call('POST', `/v1/imports/${sink}/invoke`, { data: [{ id: 1 }] }),
    await api.call('POST', `/v1/exports/${source}/invoke`, {}),
    await api.call('POST', `/v1/connections/${_connectionId}/export`, { export: { http: { method: 'GET', relativeURI: '/refused' } } }),
    // Takes the connection offline: nothing is asked over it after that.
    await api.call('GET', `/v1/connections/${_connectionId}/ping`),
  ]
  for (const { text } of answers) expect(text).toMatch(/not valid: \S{0,8}\*{2}/)
  expectNothing(answers.map(({ text, body }) => [text, body]))
})

test.each(ways)('in what scripts throw and log of an answer: %s', async (_name, way) => {
  encode = way
  status = 200
  const flow = await makeFlow(api, application, {
    connection,
    code: `function after(o) { console.log(o.responseData[0]._json.message); throw new Error(o.responseData[0]._json.message) }`,
    imports: { sink: { hooks: { postSubmit: { _scriptId: '{code}', function: 'after' } } } },
  })
  const { _scriptId } = (await api.call('GET', `/v1/imports/${flow.ids['sink']}`)).body.hooks.postSubmit
  const debugUntil = new Date(Date.now() + 600_000).toISOString()
  await api.call('PATCH', `/v1/scripts/${_scriptId}`, [{ op: 'replace', path: '/debugUntil', value: debugUntil }])
  await runToEnd(api, flow._id)
  const { errors } = (await api.call('GET', `/v1/flows/${flow._id}/${flow.ids['sink']}/errors`)).body
  const { logs } = (await api.call('GET', `/v1/scripts/${_scriptId}/logs`)).body
  expect(errors[0].message).toContain('******')
  expect(JSON.stringify(logs)).toContain('******')
  expectNothing(errors, logs)
})

test('in what a stack says of its own token', async () => {
  let token = ''
  const stack = await startStack(() => [422, { errors: [{ code: 'x', message: `${encode(token)} is refused` }] }])
  try {
    const { _id } = await make(api, 'stacks', { name: 'S', type: 'server', server: { hostURI: stack.hostURI } })
    token = (await api.call('GET', `/v1/stacks/${_id}/systemToken`)).body.systemToken
    const hooks = { preMap: { _stackId: _id, function: 'preMap' } }
    const flow = await makeFlow(api, application, { imports: { sink: { hooks } } })
    for (const [, way] of ways) {
      encode = way
      await runToEnd(api, flow._id)
    }
    const errors = await errorsOf(api, flow, 'sink')
    expect(errors).toHaveLength(ways.length)
    for (const { message } of errors) expect(message).toMatch(/\*{6}\s*\S{0,8} is refused/)
    for (const [, way] of ways) expect(JSON.stringify(errors)).not.toContain(way(token))
  } finally {
    stack.close()
  }
})

test('in any row of the database', async () => {
  const rows = await everythingStored()
  expect(JSON.stringify(rows)).toContain('not valid: ')
  expectNothing(...rows)
})
