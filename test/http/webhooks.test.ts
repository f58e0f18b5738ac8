/** Where applications send events: who is let in, what is answered, and what becomes of an event that nobody can take at the moment. */
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { maxEventBytes, maxQueueBytes, maxQueueEvents } from '../../src/domain/limits/webhook-bounds.ts'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { make, makeFlow, until, type Layout, type MadeFlow } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

const secret = 'nobody-else-knows'
const orders = { webhook: { verify: 'secret_url', token: secret } }
/** How long a server goes by what it knows of a webhook. Milliseconds. */
const knownMs = 1100

const makeHook = async (layout: Layout = {}): Promise<MadeFlow> => {
  application = await startApplication()
  return makeFlow(api, application, { exports: { orders }, ...layout })
}
interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}
async function send(path: string, body: unknown, more: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(`${api.url}/v1/exports/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...more,
  })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
const errorOf = ({ status, text }: Answer): unknown => [status, (JSON.parse(text) as { errors: { code: string }[] }).errors[0]?.code]
const messageOf = ({ text }: Answer): unknown => (JSON.parse(text) as { errors: { message: string }[] }).errors[0]?.message
const address = ({ ids }: MadeFlow): string => `${ids['orders']}/${secret}/data`
const sent = (): unknown[] => application.ledger.map(({ body }) => body.id)
const arrive = (...expected: number[]): Promise<true> =>
  until(() => (JSON.stringify(sent()) === JSON.stringify(expected) ? true : undefined), 30_000)
const change = (flow: MadeFlow, ...operations: object[]) => api.call('PATCH', `/v1/flows/${flow._id}`, operations)
const setDisabled = (flow: MadeFlow, value: boolean) => change(flow, { op: 'replace', path: '/disabled', value })
const queueOf = async ({ _id, ids }: MadeFlow) => {
  const { rows } = await api.database.pool.query('select env_id from sluice.documents where _id = $1', [_id])
  return { envId: rows[0].env_id as string, flowId: _id, exportId: ids['orders'] as string }
}
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a request', () => {
  it('needs no token of ours, and gets nowhere without the secret of the webhook', async () => {
    const flow = await makeHook()
    expect(await send(address(flow), { id: 1 })).toMatchObject({ status: 204, text: '' })
    expect(errorOf(await send(`${flow.ids['orders']}/${secret}x/data`, { id: 2 }))).toEqual([401, 'webhook_unverified'])
    const unverified = await send(`${flow.ids['orders']}/data`, { id: 3 })
    expect(errorOf(unverified)).toEqual([401, 'webhook_unverified'])
    expect(messageOf(unverified)).toBe(
      `Webhook ${flow.ids['orders']}: The address does not hold the secret of the webhook. Compare what the sender sends with webhook.verify and the fields that go with it.`,
    )
    await arrive(1)
  })

  it.each([
    ['by its type', 'text/xml; charset=windows-1252', Buffer.from('<o><id>1</id><name>M\xfcller \x80</name></o>', 'latin1'), 'Müller €'],
    [
      'by the document',
      'application/xml',
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><o><id>1</id><name>M\xfcller</name></o>', 'latin1'),
      'Müller',
    ],
    ['by a byte order mark', 'text/xml', Buffer.from('\ufeff<o><id>1</id><name>Müller €</name></o>', 'utf16le'), 'Müller €'],
  ])('in XML is read in the character set that it says %s', async (_how, type, body, name) => {
    const mapping = { generate: 'name', dataType: 'string', extract: '$.o.name', sourceDataType: 'string', status: 'Active' }
    const flow = await makeHook({ imports: { sink: { mappings: [mapping] } } })
    expect(await send(address(flow), '', { headers: { 'content-type': type }, body })).toMatchObject({ status: 204 })
    await until(() => (application.ledger.length > 0 ? true : undefined))
    expect(application.ledger.map((each) => each.body)).toEqual([{ name }])
  })

  it('is 5 MB at the most, however it comes: whole, packed, or in pieces without an end', async () => {
    const flow = await makeHook()
    const large = Buffer.alloc(maxEventBytes + 1, ' ')
    expect((await send(address(flow), large.toString())).status).toBe(413)
    const packed = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '))
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect([413, 415]).toContain((await send(address(flow), '', { headers, body: packed })).status)
    let pieces = 0
    // A turn of the loop between two pieces: whoever writes must come to see that the connection is gone.
    const pull = async (to: ReadableStreamDefaultController): Promise<void> => {
      await wait(0)
      pieces++
      to.enqueue(large.subarray(0, 256 * 1024))
    }
    const endless = new ReadableStream({ pull }, { highWaterMark: 0 })
    const sending = send(address(flow), '', { body: endless, duplex: 'half' } as RequestInit)
    // The server answers, and reads no more of it.
    expect(await sending.then(({ status }) => status).catch(() => 413)).toBe(413)
    expect(pieces * 256 * 1024).toBeLessThan(8 * maxEventBytes)
    expect(await send(address(flow), { id: 1 })).toMatchObject({ status: 204 })
    await arrive(1)
  })

  it('to an id that is no webhook is a 404, whatever lies there', async () => {
    const flow = await makeHook()
    const { body } = await api.call('GET', '/v1/exports')
    const plain = await make(api, 'exports', {
      name: 'plain',
      adaptorType: 'HTTPExport',
      _connectionId: flow.connectionId,
      http: { relativeURI: '/', method: 'GET' },
    })
    expect(body.length).toBeGreaterThan(0)
    for (const id of [plain._id, '0123456789abcdef01234567', 'nonsense'])
      expect(errorOf(await send(`${id}/${secret}/data`, { id: 1 }))).toEqual([404, 'webhook_unknown'])
  })

  it('that cannot be read is a 400, and one that is too large a 413: neither is kept', async () => {
    const flow = await makeHook()
    const unreadable = await send(address(flow), '{"id":')
    expect(errorOf(unreadable)).toEqual([400, 'webhook_unreadable'])
    expect(messageOf(unreadable)).toBe(
      `Webhook ${flow.ids['orders']}: The body is not JSON. Correct the sender, or set webhook.requestMediaType to what it sends.`,
    )
    const large = await send(address(flow), JSON.stringify('x'.repeat(5 * 1024 * 1024)))
    expect(errorOf(large)).toEqual([413, 'request_too_large'])
    expect(messageOf(large)).toBe(`A request to webhook ${flow.ids['orders']} may have 5 MB. Send less in one.`)
    await send(address(flow), { id: 1 })
    await arrive(1)
  })

  it('is read as its bytes are: a signature over them holds, whatever their type is said to be', async () => {
    application = await startApplication()
    const flow = await makeFlow(api, application, {
      exports: { orders: { webhook: { provider: 'shopify', verify: 'hmac', key: 'k' } } },
    })
    const body = '{ "id" : 1 }'
    const { createHmac } = await import('node:crypto')
    const signature = createHmac('sha256', 'k').update(body).digest('base64')
    const headers = { 'content-type': 'application/json', 'x-shopify-hmac-sha256': signature }
    expect(await send(`${flow.ids['orders']}/data`, body, { headers })).toMatchObject({ status: 204 })
    expect(errorOf(await send(`${flow.ids['orders']}/data`, '{"id":1}', { headers }))).toEqual([401, 'webhook_unverified'])
    await arrive(1)
  })

  it('may be put as well, and one that only looks is answered and is no event', async () => {
    const flow = await makeHook()
    expect(await send(address(flow), { id: 1 }, { method: 'PUT' })).toMatchObject({ status: 204 })
    const look = await fetch(`${api.url}/v1/exports/${address(flow)}`)
    expect([look.status, await look.text()]).toEqual([200, ''])
    expect((await api.call('DELETE', `/v1/exports/${address(flow)}`)).status).toBe(405)
    await arrive(1)
  })

  it('with a header in its answer that what was sent cannot be is answered, and kept once', async () => {
    const webhook = { ...orders.webhook, successStatusCode: 200, successResponseHeaders: [{ name: 'X-Got', value: '{{body.name}}' }] }
    const flow = await makeHook({ exports: { orders: { webhook } } })
    const answer = await send(address(flow), { id: 1, name: 'a\r\nset-cookie: b=\u65e5' })
    expect([answer.status, answer.text, answer.headers.get('x-got'), answer.headers.get('set-cookie')]).toEqual([
      200,
      '',
      'a??set-cookie: b=?',
      null,
    ])
    await arrive(1)
  })

  it('of a type that is none is read as JSON', async () => {
    const flow = await makeHook()
    for (const [n, type] of ['nonsense', 'json'].entries())
      expect(await send(address(flow), { id: n + 1 }, { headers: { 'content-type': type } })).toMatchObject({ status: 204 })
    await arrive(1, 2)
  })

  it('in chunks takes no more room while it is answered than its body does', async () => {
    const flow = await makeHook()
    await send(address(flow), { id: 0 })
    const client = await api.database.pool.connect()
    try {
      await client.query('begin')
      await client.query('select from sluice.webhook_queues where export_id = $1 for update', [flow.ids['orders']])
      const answers: Promise<Answer>[] = []
      for (let n = 1; n <= 20; n++) {
        const body = new Blob([`{"id":${n}}`]).stream()
        answers.push(send(address(flow), '', { body, duplex: 'half' } as RequestInit))
        await wait(50)
      }
      await client.query('commit')
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 204))
    } finally {
      client.release()
    }
  })

  it('is answered as the webhook says', async () => {
    application = await startApplication()
    const webhook = {
      ...orders.webhook,
      successStatusCode: 202,
      successBody: '{"got":{{body.id}} }',
      successResponseHeaders: [{ name: 'X-Seen', value: 'yes' }],
    }
    const flow = await makeFlow(api, application, { exports: { orders: { webhook } } })
    const answer = await send(address(flow), { id: 7 })
    expect([answer.status, answer.text, answer.headers.get('x-seen'), answer.headers.get('content-type')]).toEqual([
      202,
      '{"got":7 }',
      'yes',
      'application/json; charset=utf-8',
    ])
    await arrive(7)
  })
})

describe('an event', () => {
  it('goes to every flow that begins with the webhook, and to none of them where one has no room', async () => {
    const flow = await makeHook()
    const second = await make(api, 'flows', {
      name: 'second',
      pageGenerators: [{ _exportId: flow.ids['orders'] }],
      pageProcessors: [{ type: 'import', _importId: flow.ids['sink'] }],
    })
    await wait(knownMs)
    await send(address(flow), { id: 1 })
    await arrive(1, 1)
    const fill = (count: number) =>
      api.database.pool.query('update sluice.webhook_queues set waiting = $2 where flow_id = $1', [second._id, count])
    await until(async () => {
      const { rows } = await api.database.pool.query('select sum(waiting)::int as left from sluice.webhook_queues where export_id = $1', [
        flow.ids['orders'],
      ])
      return rows[0]?.left === 0 ? true : undefined
    })
    await fill(maxQueueEvents)
    const full = await send(address(flow), { id: 2 })
    expect(errorOf(full)).toEqual([429, 'webhook_full'])
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0)
    await fill(0)
    const weigh = (bytes: number) =>
      api.database.pool.query('update sluice.webhook_queues set bytes = $2 where flow_id = $1', [second._id, bytes])
    await weigh(maxQueueBytes)
    expect(errorOf(await send(address(flow), { id: 4 }))).toEqual([429, 'webhook_full'])
    await weigh(0)
    await send(address(flow), { id: 3 })
    await arrive(1, 1, 3, 3)
  })

  it('can be given with a run of the flow, by those who may change it', async () => {
    const flow = await makeHook()
    const run = (body: object) => api.call('POST', `/v1/flows/${flow._id}/run`, body)
    expect(await run({ listenerData: { id: 1 } })).toMatchObject({ status: 201 })
    await arrive(1)
    expect(await run({ listenerData: [{ id: 2 }, { id: 3 }], _exportIds: [flow.ids['orders']] })).toMatchObject({ status: 201 })
    await arrive(1, 2, 3)
    for (const listenerData of [7, 'text', [7]]) expect(await run({ listenerData })).toMatchObject({ status: 422 })
    expect(await run({ listenerData: { id: 'x'.repeat(maxEventBytes) } })).toMatchObject({ status: 422 })
    const plain = await makeFlow(api, application)
    expect(await api.call('POST', `/v1/flows/${plain._id}/run`, { listenerData: { id: 4 } })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'invalid_field', field: 'listenerData' }] },
    })
    const { call: watching } = await colleague(api, 'watching@example.com', { accessLevel: 'monitor' })
    expect(await watching('POST', `/v1/flows/${flow._id}/run`, { listenerData: { id: 5 } })).toMatchObject({
      status: 403,
      body: { errors: [{ code: 'access_denied' }] },
    })
    expect(await watching('POST', `/v1/flows/${flow._id}/run`, {})).toMatchObject({ status: 201 })
    // The flow is in no integration: who manages another one may only look at it.
    const _integrationId = (await make(api, 'integrations', { name: 'Of theirs' }))._id
    const terms = { accessLevel: 'monitor', integrationAccessLevel: [{ _integrationId, accessLevel: 'manage' }] }
    const { call: partly } = await colleague(api, 'partly@example.com', terms)
    expect(await partly('POST', `/v1/flows/${flow._id}/run`, { listenerData: { id: 6 } })).toMatchObject({ status: 403 })
  })

  it('of a flow that is off is not taken, and its sender is told to come again', async () => {
    const flow = await makeHook()
    await setDisabled(flow, true)
    const off = await send(address(flow), { id: 1 })
    expect(errorOf(off)).toEqual([503, 'webhook_flow_off'])
    expect(Number(off.headers.get('retry-after'))).toBeGreaterThan(0)
    await setDisabled(flow, false)
    await wait(knownMs)
    expect(await send(address(flow), { id: 2 })).toMatchObject({ status: 204 })
    await arrive(2)
  })

  it.each([
    ['the next one', (flow: MadeFlow) => send(address(flow), { id: 3 }), [1, 2, 3]],
    ['a run of its flow', (flow: MadeFlow) => api.call('POST', `/v1/flows/${flow._id}/run`, {}), [1, 2]],
  ])('that a canceled run left waits while its flow is off, and goes with %s', async (_what, go, all) => {
    const flow = await makeHook({ connection: { concurrencyLevel: 1 } })
    let letGo = (): void => undefined
    const held = new Promise<undefined>((done) => (letGo = () => done(undefined)))
    application.before = (asked) => (asked.startsWith('POST') ? held : undefined)
    await send(address(flow), { id: 1 })
    await until(() => (application.asked.length > 0 ? true : undefined))
    await send(address(flow), { id: 2 })
    const { body } = await api.call('GET', `/v1/jobs?_flowId=${flow._id}&status=running`)
    expect((await api.call('PUT', `/v1/jobs/${body[0]._id}/cancel`)).status).toBeLessThan(300)
    await setDisabled(flow, true)
    // Until its worker sees that it was canceled.
    await wait(2500)
    letGo()
    await arrive(1)
    await wait(6000)
    expect(sent()).toEqual([1])
    await setDisabled(flow, false)
    await wait(knownMs)
    await go(flow)
    await arrive(...all)
  })

  it('that comes after a run was canceled is sent, even where its server ends before it starts a run', async () => {
    const flow = await makeHook()
    let go = (): void => undefined
    const held = new Promise<undefined>((done) => (go = () => done(undefined)))
    application.before = (asked) => (asked.startsWith('POST') ? held : undefined)
    await send(address(flow), { id: 1 })
    await until(() => (application.asked.length > 0 ? true : undefined))
    const { body } = await api.call('GET', `/v1/jobs?_flowId=${flow._id}&status=running`)
    expect((await api.call('PUT', `/v1/jobs/${body[0]._id}/cancel`)).status).toBeLessThan(300)
    // Until its worker sees that it was canceled.
    await wait(2500)
    await api.world.store.webhookEvents.receive([{ ...(await queueOf(flow)), records: '[{"id":2}]', bytes: 10 }], new Date().toISOString())
    go()
    await until(() => (sent().includes(2) ? true : undefined), 30_000)
  })

  it('is read with others within a bound of bytes, and alone where it is larger', async () => {
    const flow = await makeHook()
    const queue = { ...(await queueOf(flow)), flowId: 'ffffffffffffffffffffffff' }
    const { webhookEvents } = api.world.store
    const event = (bytes: number) => ({ ...queue, records: '[]', bytes })
    await webhookEvents.receive([event(50), event(50), event(1), event(200), event(10)], new Date().toISOString())
    const take = async (after: number, events: number) =>
      (await webhookEvents.take(queue, after, { events, bytes: 100 })).map(({ seq }) => seq)
    expect([await take(0, 9), await take(0, 1), await take(2, 9), await take(3, 9), await take(4, 9)]).toEqual([[1, 2], [1], [3], [4], [5]])
  })

  it('that its flow does not begin with any more starts no run', async () => {
    const flow = await makeHook()
    const { rows } = await api.database.pool.query('select env_id, doc from sluice.documents where _id = $1', [flow._id])
    const queue = { envId: rows[0].env_id as string, flowId: flow._id, exportId: flow.ids['orders'] as string }
    const { _id, createdAt: _created, lastModified: _modified, ...doc } = rows[0].doc
    expect((await api.call('PUT', `/v1/flows/${_id}`, { ...doc, pageGenerators: [] })).status).toBe(200)
    const { webhookEvents } = api.world.store
    const now = new Date().toISOString()
    await webhookEvents.receive([{ ...queue, records: '[{"id":1}]', bytes: 10 }], now)
    expect(await webhookEvents.lockForRun(queue, now)).toBeUndefined()
    expect((await webhookEvents.listWaiting(now, 1000)).filter(({ flowId }) => flowId === flow._id)).toEqual([])
  })

  it('of a webhook that was deleted is a 404', async () => {
    const flow = await makeHook()
    expect((await api.call('DELETE', `/v1/flows/${flow._id}`)).status).toBe(204)
    expect((await api.call('DELETE', `/v1/exports/${flow.ids['orders']}`)).status).toBe(204)
    await wait(knownMs)
    expect(errorOf(await send(address(flow), { id: 1 }))).toEqual([404, 'webhook_unknown'])
  })

  it('that came while there was no worker is sent when there is one', async () => {
    const flow = await makeHook()
    const now = new Date().toISOString()
    const { rows } = await api.database.pool.query('select env_id from sluice.documents where _id = $1', [flow._id])
    const queue = { envId: rows[0].env_id as string, flowId: flow._id, exportId: flow.ids['orders'] as string }
    // As a server leaves it that ends before it starts a run.
    expect(await api.world.store.webhookEvents.receive([{ ...queue, records: '[{"id":1}]', bytes: 10 }], now)).toMatchObject([
      { hasRun: false },
    ])
    await arrive(1)
  })

  it('waits while the connection of a step is offline', async () => {
    const flow = await makeHook()
    await api.database.pool.query(`update sluice.documents set doc = doc || '{"offline": true}' where _id = $1`, [flow.connectionId])
    expect(await send(address(flow), { id: 1 })).toMatchObject({ status: 204 })
    await wait(500)
    expect(sent()).toEqual([])
    await api.database.pool.query(`update sluice.documents set doc = doc - 'offline' where _id = $1`, [flow.connectionId])
    await arrive(1)
  })

  it('with many records makes pages as long as the export says, and is forgotten when its last one is through', async () => {
    application = await startApplication()
    const flow = await makeFlow(api, application, { connection: { concurrencyLevel: 1 }, exports: { orders: { pageSize: 3, ...orders } } })
    await send(
      address(flow),
      Array.from({ length: 8 }, (_, n) => ({ id: n + 1 })),
    )
    await send(address(flow), [{ id: 9 }])
    await arrive(1, 2, 3, 4, 5, 6, 7, 8, 9)
    const job = await until(async () => {
      const { body } = await api.call('GET', `/v1/jobs?_flowId=${flow._id}&status=completed`)
      return body?.[0]
    })
    expect(job).toMatchObject({ numExport: 9, numSuccess: 9 })
    expect(job.numPagesGenerated).toBeGreaterThanOrEqual(3)
  })
})
