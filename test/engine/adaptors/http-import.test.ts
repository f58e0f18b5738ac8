/** What imports do besides requests and outcomes: concurrency, order, unreachable hosts, cancelling, slots. */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { ConnectionSlots } from '../../../src/engine/around/slots.ts'
import { json, serve } from '../outgoing/server.ts'
import { aRun, connectionTo, importDoc, stage } from './stage.ts'

const doc = importDoc({ http: { method: ['POST'], relativeURI: ['/orders'] } })
const submissions = (count: number) => Array.from({ length: count }, (_, id) => ({ record: { id }, mapped: { id } }))

/** In which one request more would have come where more are sent at once. Milliseconds. */
const oneMoreMs = 200

/** Answers none before so many are there at once, however long that takes; then those that came later first. */
async function holding(atOnce: number) {
  const areThere = Promise.withResolvers<void>()
  let [open, most] = [0, 0]
  const { origin } = await serve(async ({ body }, response, index) => {
    most = Math.max(most, ++open)
    if (open === atOnce) areThere.resolve()
    await areThere.promise
    const { id } = JSON.parse(body) as { id: number }
    await pause(index < atOnce ? oneMoreMs - id : Math.max(1, 30 - id))
    open--
    json(response, 200, { id: id * 10 })
  })
  return { origin, most: () => most }
}

describe('an import', () => {
  it('sends records at once up to the level of its connection and answers in their order', async () => {
    const server = await holding(4)
    const outcomes = await stage().sink.write(
      { doc, connection: connectionTo(server.origin, { concurrencyLevel: 4 }), run: aRun() },
      submissions(20),
    )
    expect(server.most()).toBe(4)
    expect(outcomes).toMatchObject(Array.from({ length: 20 }, (_, id) => ({ kind: 'done', response: { id: id * 10 } })))
  })

  it('sends 25 at once by default', async () => {
    const server = await holding(25)
    await stage().sink.write({ doc, connection: connectionTo(server.origin), run: aRun() }, submissions(60))
    expect(server.most()).toBe(25)
  })

  it('fails the records of a host that cannot be reached, one by one', async () => {
    const outcomes = await stage().sink.write({ doc, connection: connectionTo('http://127.0.0.1:1'), run: aRun() }, submissions(2))
    const failed = {
      kind: 'failed',
      failures: [{ source: 'connection', code: 'connection_refused', message: 'http://127.0.0.1:1 refused the connection.' }],
      exchange: expect.objectContaining({
        request: expect.objectContaining({ method: 'POST' }),
        result: expect.objectContaining({ kind: 'unreachable' }),
      }),
    }
    expect(outcomes).toEqual([failed, failed])
  })

  it('asks an application no more in a run that wants to be left alone for longer than is waited for, and says until when', async () => {
    const server = await serve((_request, response) => json(response, 429, {}, { 'Retry-After': '3600' }))
    const step = { doc, connection: connectionTo(server.origin, { concurrencyLevel: 2 }), run: aRun() }
    const { sink } = stage()
    const outcomes = [...(await sink.write(step, submissions(20))), ...(await sink.write(step, submissions(1)))]
    expect(server.asked).toHaveLength(2)
    const failed = (code: string, message: string) => ({
      kind: 'failed',
      failures: [{ code, message: expect.stringContaining(message) }],
      exchange: { result: { backAt: expect.any(Number) } },
    })
    const spared = failed('left_alone', `${server.origin} was not asked: it has asked not to be until 20`)
    expect(outcomes).toMatchObject([
      ...Array.from({ length: 2 }, () => failed('429', 'not to be for 60 min')),
      ...Array.from({ length: 19 }, () => spared),
    ])
    // Another run asks.
    await sink.write({ ...step, run: aRun() }, submissions(1))
    expect(server.asked).toHaveLength(3)
  })

  it('tries a request once while the application lets every one time out, and three times once it answers', async () => {
    const server = await serve((_request, response, index) => [4, 6].includes(index) && json(response, 200, {}))
    const step = { doc, connection: connectionTo(server.origin, { concurrencyLevel: 1 }), run: aRun() }
    const outcomes = await stage(undefined, { requestMs: 500 }).sink.write(step, submissions(4))
    expect(server.asked.map(({ body }) => (JSON.parse(body) as { id: number }).id)).toEqual([0, 0, 0, 1, 2, 3, 3])
    expect(outcomes).toMatchObject([
      { kind: 'failed', failures: [{ code: 'timeout' }] },
      { kind: 'failed', failures: [{ code: 'timeout' }] },
      { kind: 'done' },
      { kind: 'done' },
    ])
  })

  it('stops when its run is cancelled', async () => {
    const server = await serve(() => undefined)
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('cancelled')), 30)
    await expect(
      stage().sink.write({ doc, connection: connectionTo(server.origin), run: aRun({ signal: controller.signal }) }, submissions(3)),
    ).rejects.toThrow('cancelled')
  })

  it('takes a slot of its connection for every request, or of the one it borrows from', async () => {
    const used: unknown[] = []
    const slots: ConnectionSlots = {
      use: async (connection, level, _signal, work) => {
        used.push([connection, level])
        return work()
      },
      lockIds: async () => () => undefined,
      tooMany: () => undefined,
      wentWell: () => undefined,
    }
    const server = await serve((_request, response) => response.end())
    const { sink } = stage(slots)
    await sink.write({ doc, connection: connectionTo(server.origin, { concurrencyLevel: 3 }), run: aRun() }, submissions(2))
    await sink.write(
      { doc, connection: connectionTo(server.origin, {}, { _borrowConcurrencyFromConnectionId: 'lender' }), run: aRun() },
      submissions(1),
    )
    const envId = aRun().envId
    const own = [{ envId, _id: connectionTo(server.origin)._id }, 3]
    expect(used).toEqual([own, own, [{ envId, _id: 'lender' }, 25]])
  })

  it('writes the parts of a form, each value as it is, whatever content type the step names', async () => {
    const server = await serve((_request, response) => response.end())
    const http = {
      method: ['POST'],
      relativeURI: ['/form'],
      requestMediaType: 'form-data',
      headers: [{ name: 'Content-Type', value: 'multipart/form-data' }],
    }
    const withTemplate = { ...http, body: ['{"name":"{{record.name}}","list":[1,"two"],"deep":{"a":1},"none":null}'] }
    const record = { name: 'Zoë "x"' }
    for (const block of [http, withTemplate])
      await stage().sink.write({ doc: importDoc({ http: block }), connection: connectionTo(server.origin), run: aRun() }, [
        { record, mapped: record },
      ])
    const forms = await Promise.all(
      server.asked.map(({ headers, body }) =>
        new Response(body, { headers: { 'content-type': String(headers['content-type']) } }).formData(),
      ),
    )
    expect(forms.map((form) => [...form.entries()])).toEqual([
      [['name', 'Zoë "x"']],
      [
        ['name', 'Zoë "x"'],
        ['list', '1'],
        ['list', 'two'],
        ['deep', '{"a":1}'],
      ],
    ])
  })

  it('bounds the message of a failure', async () => {
    const server = await serve((_request, response) => response.writeHead(400).end('x'.repeat(100_000)))
    const [outcome] = await stage().sink.write({ doc, connection: connectionTo(server.origin), run: aRun() }, submissions(1))
    expect(outcome?.kind === 'failed' && outcome.failures[0]?.message.length).toBe(1024)
  })

  it('has nothing to do for no records', async () => {
    expect(await stage().sink.write({ doc, connection: connectionTo('http://127.0.0.1:1'), run: aRun() }, [])).toEqual([])
  })
})
