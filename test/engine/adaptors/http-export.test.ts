/** What exports do besides requests and pages: lookups, bounds, cursors, retries and cancelling. */
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { StepFailure, type Page } from '../../../src/engine/adaptor.ts'
import { json, serve } from '../outgoing/server.ts'
import { aRun, collect, connectionTo, exportDoc, lineOf, scripted, stage } from './stage.ts'

const orders = (http: object = {}, rest: object = {}) => exportDoc({ ...rest, http: { relativeURI: '/orders', ...http } })

describe('a lookup', () => {
  it('answers in the envelope of lookups, with the record in scope by all its names', async () => {
    const server = await scripted([{ to: 'GET /c/7?n=a%20b&d=7&i=7', body: { items: [{ id: 1 }, { id: 2 }] } }])
    const doc = exportDoc({
      isLookup: true,
      http: { relativeURI: '/c/{{record.id}}?n={{name}}&d={{data.id}}&i={{id}}', response: { resourcePath: 'items' } },
    })
    const [outcome] = await stage().source.lookup({ doc, connection: connectionTo(server.origin), run: aRun() }, [
      { id: 7, name: 'a b', connection: 'hidden' },
    ])
    expect(outcome).toEqual({ kind: 'done', response: { statusCode: 200, data: [{ id: 1 }, { id: 2 }], errors: [] } })
  })

  it('follows paging and finds nothing without an error', async () => {
    const paging = { method: 'page', page: 1 }
    const server = await scripted([
      { to: 'GET /o?p=1', body: [{ id: 1 }] },
      { to: 'GET /o?p=2', body: [{ id: 2 }] },
      { to: 'GET /o?p=3', body: [] },
      { to: 'GET /none?p=1', body: [] },
    ])
    const { source } = stage()
    const step = (path: string) => ({
      doc: exportDoc({ http: { relativeURI: `${path}?p={{export.http.paging.page}}`, paging } }),
      connection: connectionTo(server.origin),
      run: aRun(),
    })
    expect(await source.lookup(step('/o'), [{}])).toMatchObject([{ response: { data: [{ id: 1 }, { id: 2 }] } }])
    expect(await source.lookup(step('/none'), [{}])).toEqual([{ kind: 'done', response: { statusCode: 200, data: [], errors: [] } }])
  })

  it('of one record for many asks once for each of them', async () => {
    const server = await scripted([
      { to: 'GET /item/a?of=7', body: [{ n: 1 }] },
      { to: 'GET /item/b?of=7', body: [{ n: 2 }, { n: 3 }] },
    ])
    const doc = exportDoc({ oneToMany: true, pathToMany: 'lines', http: { relativeURI: '/item/{{record.sku}}?of={{record._PARENT.id}}' } })
    const step = { doc, connection: connectionTo(server.origin), run: aRun() }
    const { source } = stage()
    expect(await source.lookup(step, [{ id: 7, lines: [{ sku: 'a' }, { sku: 'b' }] }, { id: 7 }])).toMatchObject([
      { response: { data: [{ n: 1 }, { n: 2 }, { n: 3 }] } },
      { kind: 'done', response: { data: [] } },
    ])
  })

  it('that fails is the failure of its record', async () => {
    const server = await scripted([{ status: 404, body: { message: 'gone' } }])
    const { source } = stage()
    const [failed] = await source.lookup({ doc: orders(), connection: connectionTo(server.origin), run: aRun() }, [{}])
    expect(failed).toEqual({
      kind: 'failed',
      failures: [{ source: 'application', code: '404', message: 'gone' }],
      exchange: expect.objectContaining({
        request: expect.objectContaining({ method: 'GET' }),
        result: expect.objectContaining({ statusCode: 404 }),
      }),
    })
    const nowhere = { doc: orders(), connection: connectionTo('http://127.0.0.1:1'), run: aRun() }
    expect((await source.lookup(nowhere, [{}]))[0]).toMatchObject({
      kind: 'failed',
      failures: [{ source: 'connection', code: 'connection_refused' }],
    })
  })
})

describe('a page', () => {
  it('holds at most 5 MB, and one record in any case', async () => {
    const text = (mb: number) => 'x'.repeat(mb * 1024 * 1024)
    const records = [{ id: 1, text: text(2) }, { id: 2, text: text(2) }, { id: 3, text: text(2) }, { id: 4, text: text(6) }, { id: 5 }]
    const server = await serve((_request, response) => json(response, 200, records))
    const pages = await collect(stage().source.pages({ doc: orders(), connection: connectionTo(server.origin), run: aRun() }, undefined))
    expect(pages.map((page) => page.records.map((record) => (record as { id: number }).id))).toEqual([[1, 2], [3], [4], [5]])
  })

  it('holds 20 records by default', async () => {
    const server = await serve((_request, response) =>
      json(
        response,
        200,
        Array.from({ length: 45 }, (_, id) => ({ id })),
      ),
    )
    const pages = await collect(stage().source.pages({ doc: orders(), connection: connectionTo(server.origin), run: aRun() }, undefined))
    expect(pages.map(({ records, next }) => [records.length, next !== undefined])).toEqual([
      [20, true],
      [20, true],
      [5, false],
    ])
  })

  it('leads on by a cursor that is small and holds no secret', async () => {
    const big = 'x'.repeat(200_000)
    const server = await serve((_request, response, index) =>
      json(response, 200, { d: [{ id: index, big }], next: `/orders?after=${index}&key=s3cret` }),
    )
    const connection = connectionTo(server.origin, {
      auth: { type: 'token', token: { token: 's3cret', location: 'url', paramName: 'key' } },
      encrypted: { a: 's3cret' },
    })
    const paging = [
      { method: 'url', path: 'next' },
      { method: 'relativeuri', relativeURI: '/orders?after={{previous_page.last_record.id}}&k={{{connection.http.encrypted.a}}}' },
    ]
    for (const one of paging) {
      const step = { doc: orders({ paging: one, response: { resourcePath: 'd' } }), connection, run: aRun() }
      const [page] = await collect(stage().source.pages(step, undefined), 1)
      expect(page?.next).toBeDefined()
      expect(JSON.stringify(page?.next)).not.toContain('s3cret')
      expect(JSON.stringify(page?.next).length).toBeLessThan(1000)
    }
  })

  it('that would need more of the page before than a cursor may hold is a failure in words', async () => {
    const server = await serve((_request, response) => json(response, 200, [{ big: 'x'.repeat(200_000) }]))
    const step = {
      doc: orders({ paging: { method: 'relativeuri', relativeURI: '/o?x={{previous_page.last_record.big}}' } }),
      connection: connectionTo(server.origin),
      run: aRun(),
    }
    await expect(collect(stage().source.pages(step, undefined))).rejects.toMatchObject({ failure: { code: 'paging_state_too_large' } })
  })
})

describe('an export', () => {
  it('ends where an application goes round in circles', async () => {
    const server = await serve((request, response) => {
      const n = Number(new URL(request.url, 'http://x').searchParams.get('n') ?? '0')
      json(response, 200, [{ n }], { link: `</orders?n=${(n + 1) % 3}>; rel=next` })
    })
    const step = { doc: orders({ paging: { method: 'linkheader' } }), connection: connectionTo(server.origin), run: aRun() }
    await expect(collect(stage().source.pages(step, undefined))).rejects.toMatchObject({ failure: { code: 'paging_loop' } })
    expect(server.asked.length).toBeLessThan(40)
  })

  it('asks for a page only when it is wanted', async () => {
    const server = await serve((request, response) => json(response, 200, [{ request: request.url }]))
    const step = {
      doc: orders({ relativeURI: '/orders?p={{export.http.paging.page}}', paging: { method: 'page' } }),
      connection: connectionTo(server.origin),
      run: aRun(),
    }
    await collect(stage().source.pages(step, undefined), 2)
    expect(server.asked).toHaveLength(2)
  })

  it('tries again, unless its flow or its page generator says not to', async () => {
    const server = await serve((_request, response, index) => json(response, index === 0 ? 503 : 200, [{ id: 1 }]))
    const step = { doc: orders(), connection: connectionTo(server.origin), run: aRun() }
    expect(await collect(stage().source.pages(step, undefined))).toHaveLength(1)
    const busy = await serve((_request, response) => json(response, 503, { message: 'busy' }))
    for (const flow of [{ skipRetries: true }, { pageGenerators: [{ _exportId: step.doc._id, skipRetries: true }] }]) {
      const skipping = { doc: orders(), connection: connectionTo(busy.origin), run: aRun({ flow: { name: 'f', ...flow } }) }
      await expect(collect(stage().source.pages(skipping, undefined))).rejects.toThrow('busy')
    }
    expect(busy.asked).toHaveLength(2)
  })

  it('takes what the connection calls a rate limit for one', async () => {
    const server = await serve((_request, response, index) => json(response, 200, index === 0 ? { error: 'LIMIT' } : [{ id: 1 }]))
    const connection = connectionTo(server.origin, { rateLimit: { failStatusCode: 200, failPath: 'error', failValues: ['LIMIT'] } })
    const pages = await collect(stage().source.pages({ doc: orders(), connection, run: aRun() }, undefined))
    expect(pages[0]?.records).toEqual([{ id: 1 }])
  })

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['answers 503', (response) => json(response, 503, {})],
    ['answers 502', (response) => json(response, 502, {})],
    ['loses the connection', (response) => response.destroy()],
  ])(
    'at the beginning of a flow waits for an application that %s while it begins anew, for as long as nine tries take',
    async (_how, fail) => {
      const server = await serve((_request, response, index) => (index < 8 ? fail(response) : json(response, 200, [{ id: 1 }])))
      const doc = orders()
      const run = aRun({ flow: { pageGenerators: [{ _exportId: doc._id }] } })
      const step = { doc, connection: connectionTo(server.origin), run }
      expect((await collect(stage().source.pages(step, undefined)))[0]?.records).toEqual([{ id: 1 }])
      expect(server.asked).toHaveLength(9)
      // A lookup fails its record, which is sent again later.
      const still = await serve((_request, response) => fail(response))
      const looked = { ...step, connection: connectionTo(still.origin), run: aRun() }
      expect(await stage().source.lookup(looked, [{}])).toMatchObject([{ kind: 'failed' }])
      expect(still.asked.length).toBeLessThanOrEqual(5)
    },
  )

  it('whose application cannot be reached fails with the connection as its source', async () => {
    const step = { doc: orders(), connection: connectionTo('http://127.0.0.1:1/?key=s3cret'), run: aRun() }
    const error = await collect(stage().source.pages(step, undefined)).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(StepFailure)
    expect((error as StepFailure).failure).toEqual({
      source: 'connection',
      code: 'connection_refused',
      message: 'http://127.0.0.1:1 refused the connection.',
      asked: { method: 'GET', address: 'http://127.0.0.1:1/' },
    })
  })

  it('of type once asks for its next page only after this one is acknowledged, however early somebody waits for it', async () => {
    const done = new Set<string>()
    const server = await serve(({ url }, response) => {
      if (url !== '/orders') done.add(url)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify([{ id: done.size }]))
    })
    const doc = orders({ once: { relativeURI: '/done/{{record.id}}' }, paging: { method: 'page', page: 1 } }, { type: 'once' })
    const step = { doc, connection: connectionTo(server.origin), run: aRun() }
    const pages = stage().source.pages(step, undefined)[Symbol.asyncIterator]()
    const first = (await pages.next()).value as Page
    const second = pages.next()
    await pause(100)
    expect(server.asked.map(lineOf)).toEqual(['GET /orders'])
    await first.ack?.()
    expect((await second).value).toMatchObject({ index: 1, records: [{ id: 1 }] })
    expect(server.asked.map(lineOf)).toEqual(['GET /orders', 'PUT /done/0', 'GET /orders'])
  })

  it('stops at once when its run is cancelled', async () => {
    const server = await serve(() => undefined)
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('cancelled')), 30)
    const step = { doc: orders(), connection: connectionTo(server.origin), run: aRun({ signal: controller.signal }) }
    await expect(collect(stage().source.pages(step, undefined))).rejects.toThrow('cancelled')
  })

  it('marks nothing as exported in a test run, and nothing of a page that was not taken', async () => {
    const server = await serve((_request, response) => json(response, 200, [{ id: 1 }, { id: 2 }]))
    const doc = orders({ once: { relativeURI: '/done/{{record.id}}' } }, { type: 'once', pageSize: 1 })
    await collect(stage().source.pages({ doc, connection: connectionTo(server.origin), run: aRun({ testMode: true }) }, undefined))
    await collect(stage().source.pages({ doc, connection: connectionTo(server.origin), run: aRun() }, undefined), 2)
    expect(server.asked.map(lineOf)).toEqual(['GET /orders', 'GET /orders', 'PUT /done/1'])
  })
})
