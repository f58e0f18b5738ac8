/**
 * What is recorded of runs (test runs, requests of failed records, the wire of connections, execution logs) tells no secret: those of the connection go out in headers, addresses and bodies, and come back in answers and records,
 * escaped and encoded as an application likes; others are handed out by it under a name that says so.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { encodings } from '../harness/encodings.ts'
import { exportOf, importOf, make, runToEnd, until } from '../harness/flows.ts'

/** Of the connection. */
const secrets = { token: 'sk_live+"7/Qé\\&<w%41>zK', encrypted: 'pass word;of=the&account?1', basic: 'Basic-pässword/42' } as const
/** Of nobody before the application hands them out. */
const handedOut = {
  access_token: 'fresh-access-token-1',
  sessionId: 'cookie-session-2',
  refreshToken: 'fresh-refresh-3',
  password: 'given-pw-4',
} as const
const ways = Object.entries(encodings)
const traces = [...Object.values(secrets).flatMap((secret) => ways.map(([, encode]) => encode(secret))), ...Object.values(handedOut)]

let api: Api
let server: Server
let origin: string
/** How the application repeats secrets just now. */
let encode: (text: string) => string
beforeAll(async () => {
  api = await startApi({ worker: true })
})
afterAll(() => api.close())
beforeEach(async () => {
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const echo = (): object => Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [`said_${name}`, encode(secret)]))
const isPrintable = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

/** Records that hold the secrets, and refusals that repeat them and what was sent. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  const told = { ...echo(), ...handedOut, again: { url: request.url, headers: request.headers, text } }
  const inHeader = Object.values(secrets).map(encode).filter(isPrintable)
  response.setHeader('set-cookie', `sid=${handedOut.sessionId}; Path=/`)
  response.setHeader('x-auth-token', handedOut.access_token)
  if (inHeader.length > 0) response.setHeader('x-echo', inHeader)
  const isSource = request.url?.startsWith('/source')
  response.writeHead(isSource ? 200 : 422, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify(
      isSource
        ? { records: [{ id: 1, ...told }] }
        : { message: JSON.stringify({ ...echo(), url: request.url, headers: request.headers }), ...told },
    ),
  )
}

/** A flow whose requests hold the secrets wherever requests can. */
async function makeTellingFlow(): Promise<{
  readonly _id: string
  readonly steps: readonly string[]
  readonly connections: readonly string[]
}> {
  const encrypted = { key: secrets.encrypted }
  const http = { mediaType: 'json', baseURI: origin, encrypted }
  const byHeader = {
    ...http,
    auth: { type: 'token', token: { token: secrets.token, location: 'header' } },
    headers: [{ name: 'x-own', value: '{{{connection.http.encrypted.key}}}' }],
  }
  const byAddress = { ...http, auth: { type: 'token', token: { token: secrets.token, location: 'url', paramName: 'q' } } }
  const byBody = { ...http, auth: { type: 'token', token: { token: secrets.token, location: 'body', paramName: 'k' } } }
  const basic = { ...http, auth: { type: 'basic', basic: { username: 'me', password: secrets.basic } } }
  const connections: string[] = []
  for (const each of [byHeader, byAddress, byBody, basic])
    connections.push((await make(api, 'connections', { name: 'It', type: 'http', http: each }))._id)
  const [header = '', address = '', body = '', proof = ''] = connections
  const source = (await make(api, 'exports', exportOf('orders', header, {})))._id
  const found = (
    await make(
      api,
      'exports',
      exportOf('found', address, { isLookup: true, http: { relativeURI: '/source/x?key={{connection.http.encrypted.key}}' } }),
    )
  )._id
  const written = {
    method: ['POST'],
    relativeURI: ['/sink/a'],
    body: ['{"k2":"{{connection.http.encrypted.key}}","r":"{{record.said_token}}"}'],
  }
  const sinks = [
    (await make(api, 'imports', importOf('a', body, { http: written })))._id,
    (await make(api, 'imports', importOf('b', proof, { http: { method: ['PUT'], relativeURI: ['/sink/b'] } })))._id,
  ]
  const pageProcessors = [
    { type: 'export', _exportId: found, proceedOnFailure: true },
    ...sinks.map((_importId) => ({ type: 'import', _importId, proceedOnFailure: true })),
  ]
  const flow = await make(api, 'flows', { name: 'telling', pageGenerators: [{ _exportId: source }], pageProcessors })
  return { _id: flow._id, steps: [source, found, ...sinks], connections }
}

function expectNothing(...answers: readonly unknown[]): void {
  for (const text of answers.map((each) => JSON.stringify(each)))
    for (const trace of traces)
      for (const written of [trace, JSON.stringify(trace).slice(1, -1)]) {
        const at = text.indexOf(written)
        expect(at, `${written} in ${text.slice(Math.max(0, at - 100), at + 100)}`).toBe(-1)
      }
}

test.each(ways)('in a test run: %s', async (_name, way) => {
  encode = way
  const { _id } = await makeTellingFlow()
  for (const body of [{}, { allowImports: true }]) {
    const { status, body: told } = await api.call('POST', `/v1/flows/${_id}/test`, body)
    expect(status).toBe(200)
    expect(told.childJobs.map(({ stages }: { stages: unknown[] }) => stages.length > 0)).toEqual([true, true, true, true])
    expect(JSON.stringify(told).match(/\*{6}/g)?.length).toBeGreaterThan(20)
    expectNothing(told)
  }
})

test.each(ways)('in the requests of failed records: %s', async (_name, way) => {
  encode = way
  const { _id, steps } = await makeTellingFlow()
  await runToEnd(api, _id)
  const told: unknown[] = []
  for (const step of steps) {
    const { requests } = (await api.call('GET', `/v1/flows/${_id}/${step}/requests`)).body
    for (const { key } of requests) told.push((await api.call('GET', `/v1/flows/${_id}/${step}/requests/${key}`)).body)
  }
  expect(told.length).toBeGreaterThanOrEqual(2)
  for (const { request, response } of told as { request: object; response: object }[])
    for (const each of [request, response]) expect(JSON.stringify(each)).toContain('******')
  expectNothing(told)
})

test.each(ways)('in what went over the wire of a connection: %s', async (_name, way) => {
  encode = way
  const { _id, connections } = await makeTellingFlow()
  const value = new Date(Date.now() + 600_000).toISOString()
  for (const each of connections) await api.call('PATCH', `/v1/connections/${each}`, [{ op: 'replace', path: '/debugDate', value }])
  await runToEnd(api, _id)
  const told: string[] = []
  for (const each of connections)
    told.push(await until(async () => (await api.call('GET', `/v1/connections/${each}/debug`)).text || undefined))
  for (const text of told) expect(text.match(/\*{6}/g)?.length).toBeGreaterThan(3)
  expectNothing(...told)
})

test.each(ways)('in the execution log of a run: %s', async (_name, way) => {
  encode = way
  const { _id } = await makeTellingFlow()
  const value = new Date(Date.now() + 600_000).toISOString()
  await api.call('PATCH', `/v1/flows/${_id}`, [{ op: 'replace', path: '/logging/debugUntil', value }])
  const path = `/v1/flows/${_id}/jobs/${(await runToEnd(api, _id))._id}/logs`
  const { logs } = (await api.call('GET', path)).body
  expect(logs.length).toBeGreaterThan(5)
  const told: unknown[] = [logs]
  for (const { _expOrImpId, groupId, recordId, stage } of logs)
    told.push((await api.call('POST', `${path}/data/query`, { _expOrImpId, groupId, recordId, stage })).body)
  expect(JSON.stringify(told).match(/\*{6}/g)?.length).toBeGreaterThan(20)
  expectNothing(...told)
})
