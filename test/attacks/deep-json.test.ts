/** JSON that is nested millions of levels deep, wherever somebody else can hand one in: it is refused with a sentence before it is parsed. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { make } from '../harness/flows.ts'
import { beside, startTarget, type Target } from './target.ts'

/** 2,500,000 levels: parsing them takes 10 s. */
const levels = 2_500_000
const deep = (inner = '1'): string => '['.repeat(levels) + inner + ']'.repeat(levels)
/** Longer than a busy machine takes to read what each test sends, and a fraction of what parsing it all takes. Milliseconds. */
const promptly = 8000

/** Answers whatever it is asked with the same text. */
async function answering(text: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.setHeader('content-type', 'application/json').end(text))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function connected({ call }: Target, baseURI: string, more: object = {}): Promise<string> {
  const http = { baseURI, mediaType: 'json', ping: { method: 'GET', relativeURI: '/', successPath: 'ok' } }
  return (await make({ call }, 'connections', { name: 'deep', type: 'http', http, ...more }))._id
}

test('a body of 2,500,000 levels is refused, and others do not wait for it', async () => {
  const target = await startTarget()
  const text = `{"name":${deep()}}`
  const { result, p99 } = await beside(target, async () => {
    const sent = Array.from({ length: 4 }, () =>
      fetch(`${target.url}/v1/integrations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
        body: text,
      }),
    )
    return Promise.all((await Promise.all(sent)).map(async (answer) => [answer.status, (await answer.text()).slice(0, 200)] as const))
  })
  for (const [status, body] of result) {
    expect(status).toBe(422)
    expect(body).toContain('at most 64 levels deep')
  }
  expect(p99).toBeLessThan(promptly)
}, 300_000)

test('an application that answers 2,500,000 levels fails the step with a sentence, in flows and on request', async () => {
  const target = await startTarget()
  const { call } = target
  const baseURI = await answering(deep())
  const _connectionId = await connected(target, baseURI)
  const source = await make({ call }, 'exports', {
    name: 'source',
    adaptorType: 'HTTPExport',
    _connectionId,
    http: { method: 'GET', relativeURI: '/' },
  })
  const flow = await make({ call }, 'flows', { name: 'f', pageGenerators: [{ _exportId: source._id }] })
  const { result, p99 } = await beside(target, async () => {
    const { body: run } = await call('POST', `/v1/flows/${flow._id}/run`)
    await expect
      .poll(async () => (await call('GET', `/v1/jobs/${run._jobId}`)).body.status, { timeout: 60_000 })
      .not.toMatch(/queued|running/)
    const errors = await call('GET', `/v1/flows/${flow._id}/${source._id}/errors`)
    const invoked = await call('POST', `/v1/exports/${source._id}/invoke`, {})
    const pinged = await call('GET', `/v1/connections/${_connectionId}/ping`)
    return { errors, invoked, pinged }
  })
  expect(result.errors.text).toContain('nested deeper than 256 levels')
  expect(result.errors.text).not.toContain('internal')
  expect(result.invoked.text).toContain('nested deeper than 256 levels')
  expect(result.pinged.body.errors).toHaveLength(1)
  expect(p99).toBeLessThan(promptly)
}, 300_000)

test('a stack that answers 2,500,000 levels fails its call with a sentence', async () => {
  const target = await startTarget()
  const hostURI = await answering(deep().slice(0, 1_000_000) + deep().slice(-1_000_000))
  const stack = await make({ call: target.call }, 'stacks', { name: 's', type: 'server', server: { hostURI, systemToken: 'x' } })
  const _connectionId = await connected(target, await answering('[{"id":1}]'))
  const { body: made } = await target.call('POST', '/v1/exports', {
    name: 'hooked',
    adaptorType: 'HTTPExport',
    _connectionId,
    http: { method: 'GET', relativeURI: '/' },
    hooks: { preSavePage: { _stackId: stack._id, function: 'f' } },
  })
  const { result, p99 } = await beside(target, () => target.call('POST', `/v1/exports/${made._id}/invoke`, {}))
  expect(result.text).toContain('nested deeper than 256 levels')
  expect(p99).toBeLessThan(promptly)
}, 300_000)

test('a script is refused the bodies that a request is refused, and cannot answer what takes long to parse', async () => {
  const target = await startTarget()
  const { call } = target
  const content = `
const { request } = require('integrator-api')
function form() {
  const ask = (name) => request({ method: 'POST', relativeURI: 'v1/lookupcaches', body: { name: name } })
  let deep = 1
  for (let i = 0; i < 70; i++) deep = [deep]
  return { fieldMap: {}, got: [ask(deep), ask('a\\0b'), ask('a\\ud800b'), ask('fine')].map((answer) => [answer.statusCode, JSON.stringify(answer.body).slice(0, 300)]) }
}
function long() {
  return { toJSON: () => { let value = 1; for (let i = 0; i < 1000; i++) value = [value]; return value } }
}`
  const script = await make({ call }, 'scripts', { name: 'Bodies', content })
  const formOf = async (name: string) => {
    const init = { _scriptId: script._id, function: name }
    const { _id } = await make({ call }, 'integrations', { name, settingsForm: { form: { fieldMap: {} }, init } })
    return call('POST', `/v1/integrations/${_id}/settingsForm`, {})
  }
  const { got } = (await formOf('form')).body
  expect(got.map(([status]: [number]) => status)).toEqual([422, 422, 422, 201])
  expect(got[0][1]).toContain('64 levels')
  expect(got[1][1]).toContain('U+0000')
  expect(got[2][1]).toContain('surrogate')
  expect((await formOf('long')).text).toContain('deeper than 64 levels')
}, 300_000)
