/** Pages of a run that are in the flow at once: what each step sees, what waits for the page before, generators at the same time, and runs that end in between. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { apiForFile, startApi } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, errorsOf, make, makeFlow, numbered, runToEnd, startRun, stepJobs, until } from '../harness/flows.ts'

/** A worker looks every 2 s whether its run was canceled. Milliseconds. */
const noticedMs = 2500

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

const begin = async (...[script]: Parameters<typeof startApplication>) => (application = await startApplication(script))
const sentTo = (sink: string): number[] => application.ledger.filter((sent) => sent.sink === sink).map(({ body }) => body.id as number)
const ids = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)
const itemsFor = (count: number) => ({ items: Object.fromEntries(ids(count).map((id) => [String(id), { n: id }])) })
const lookup = { isLookup: true, http: { relativeURI: '/lookup/items/{{record.id}}' } }
const importTo = (...names: string[]) => names.map((name) => ({ type: 'import', _importId: `{${name}}` }))

describe('pages overlap', () => {
  it('and over connections with one place every step sees the records in the order of the export', async () => {
    await begin({ sources: { orders: numbered(18, { wait: 10 }) }, lookups: itemsFor(18) })
    const flow = await makeFlow(api, application, {
      connection: { concurrencyLevel: 1 },
      exports: { orders: { pageSize: 4 }, items: lookup },
      imports: { first: {}, second: {} },
      flow: { pageProcessors: [{ type: 'export', _exportId: '{items}' }, ...importTo('first', 'second')] },
    })
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 54, numPagesProcessed: 5 })
    const looked = application.asked.filter((asked) => asked.includes('/lookup/')).map((asked) => Number(asked.split('/').at(-1)))
    expect([looked, sentTo('first'), sentTo('second')]).toEqual([ids(18), ids(18), ids(18)])
    // A later page was looked up before an earlier one was through.
    expect(application.asked.indexOf('GET /lookup/items/9')).toBeLessThan(application.asked.lastIndexOf('POST /sink/second'))
    const firstOfSecond = application.asked.indexOf('POST /sink/second')
    expect(application.asked.slice(firstOfSecond).some((asked) => asked.includes('/lookup/'))).toBe(true)
  })

  it('while one record is slow: the pages after it go as far as they can', async () => {
    await begin({ sources: { orders: numbered(80) } })
    const flow = await makeFlow(api, application, { exports: { orders: { pageSize: 2 } }, imports: { first: {}, second: {} } })
    let go = (): void => undefined
    const held = new Promise<undefined>((done) => (go = () => done(undefined)))
    application.before = (asked, body) => (asked === 'POST /sink/first' && (body as { id: number }).id === 1 ? held : undefined)
    const id = await startRun(api, flow._id)
    // 25 pages are in flight, of which one record is held.
    await until(() => (sentTo('first').length === 49 ? true : undefined))
    expect(sentTo('second')).toEqual([])
    expect((await api.call('GET', `/v1/jobs/${id}`)).body).toMatchObject({ numExport: 0 })
    go()
    expect(await ended(api, id)).toMatchObject({ status: 'completed', numSuccess: 160, numExport: 80 })
    expect(sentTo('second').toSorted((a, b) => a - b)).toEqual(ids(80))
  })

  it('and the functions of a step are called in the order of the pages', async () => {
    await begin({ sources: { orders: [...numbered(2, { wait: 300 }), ...numbered(10).slice(2)] } })
    const hook = (name: string) => ({ _scriptId: '{code}', function: name })
    const code = `
      function before(options) { console.log('before ' + options.data[0].id); return options.data.map((data) => ({ data })) }
      function after(options) { console.log('after ' + options.preMapData[0].id); return options.responseData }`
    const flow = await makeFlow(api, application, {
      code,
      exports: { orders: { pageSize: 2 } },
      imports: { sink: { hooks: { preMap: hook('before'), postSubmit: hook('after') } } },
    })
    const doc = (await api.call('GET', `/v1/imports/${flow.ids['sink']}`)).body
    const script = `/v1/scripts/${doc.hooks.preMap._scriptId}`
    const debugUntil = new Date(Date.now() + 600_000).toISOString()
    expect((await api.call('PATCH', script, [{ op: 'replace', path: '/debugUntil', value: debugUntil }])).status).toBe(204)
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 10 })
    const { rows } = await api.database.pool.query<{ message: string }>(`select message from sluice.script_logs order by _id`)
    const said = rows.map(({ message }) => message)
    for (const name of ['before', 'after'])
      expect(said.filter((line) => line.startsWith(name))).toEqual([1, 3, 5, 7, 9].map((id) => `${name} ${id}`))
    // Those of the next page are prepared while this one is on its way.
    expect(said.indexOf('before 3')).toBeLessThan(said.indexOf('after 1'))
  })
})

describe('a page waits for the one before', () => {
  it('where a function keeps something that a step looks for', async () => {
    await begin({ sources: { orders: numbered(6, { key: 'last' }) } })
    const _integrationId = (await make(api, 'integrations', { name: 'Orders' }))._id as string
    const cacheId = (await make(api, 'lookupcaches', { name: 'Last', _integrationId }))._id as string
    await api.call('POST', `/v1/lookupcaches/${cacheId}/data`, { data: [{ key: 'last', value: '0' }] })
    const code = `
      import { lookupCaches } from 'integrator-api'
      export function keep(options) {
        lookupCaches.upsertData('${cacheId}', { data: [{ key: 'last', value: String(options.preMapData.at(-1).id) }] })
        return options.responseData
      }`
    const mappings = [
      { generate: 'id', dataType: 'number', extract: '$.id', status: 'Active' },
      { generate: 'before', dataType: 'string', extract: '$.key', lookupName: 'last', status: 'Active' },
    ]
    const flow = await makeFlow(api, application, {
      code,
      exports: { orders: { pageSize: 2 } },
      imports: {
        sink: {
          mappings,
          lookups: [{ name: 'last', _lookupCacheId: cacheId }],
          hooks: { postSubmit: { _scriptId: '{code}', function: 'keep' } },
        },
      },
      flow: { _integrationId },
    })
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 6 })
    const before = Object.fromEntries(application.ledger.map(({ body }) => [body.id, body.before]))
    expect(before).toEqual({ 1: '0', 2: '0', 3: '2', 4: '2', 5: '4', 6: '4' })
  })

  it('where an import asks whether its record is there: one of the page before is found', async () => {
    const order = (id: number, sku: string) => ({ id, sku })
    await begin({ sources: { orders: [order(1, 'a'), order(2, 'b'), order(3, 'a'), order(4, 'c')] } })
    const there = new Set<string>()
    application.before = async (asked, body) => {
      const [, sku = ''] = /^GET \/there\/(\w+)$/.exec(asked) ?? []
      if (sku) return there.has(sku) ? [200, { sku }] : [404, {}]
      if (!asked.includes('/sink/')) return undefined
      await pause(100)
      there.add((body as { sku: string }).sku)
      return undefined
    }
    const http = {
      method: ['PUT', 'POST'],
      relativeURI: ['/sink/updated', '/sink/created'],
      requestType: ['UPDATE', 'CREATE'],
      existingLookupName: 'there',
      lookups: [{ name: 'there', relativeURI: '/there/{{record.sku}}', method: 'GET' }],
    }
    const flow = await makeFlow(api, application, { exports: { orders: { pageSize: 2 } }, imports: { sink: { http } } })
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 4 })
    expect([sentTo('created').toSorted((a, b) => a - b), sentTo('updated')]).toEqual([[1, 2, 4], [3]])
  })

  it('where the server is told to have one page in flight', async () => {
    const careful = await startApi({ worker: true, pagesInFlight: 1 })
    try {
      await begin({ sources: { orders: numbered(6, { wait: 20 }) } })
      const flow = await makeFlow(careful, application, { exports: { orders: { pageSize: 2 } }, imports: { first: {}, second: {} } })
      expect(await runToEnd(careful, flow._id)).toMatchObject({ status: 'completed', numSuccess: 12 })
      const order = application.ledger.map(({ sink, body }) => `${sink} ${Math.ceil(body.id / 2)}`)
      expect(order).toEqual([1, 2, 3].flatMap((page) => ['first', 'first', 'second', 'second'].map((sink) => `${sink} ${page}`)))
    } finally {
      await careful.close()
    }
  })
})

describe('an export of the type once', () => {
  it('is asked for its next page when all records before it are marked', async () => {
    await begin()
    const marked = new Set<number>()
    const open: number[][] = []
    application.before = async (asked) => {
      const id = /^PUT \/mark\/(\d+)$/.exec(asked)?.[1]
      if (id) {
        await pause(20)
        marked.add(Number(id))
        return [200, {}]
      }
      if (!asked.startsWith('GET /source/')) return undefined
      const left = ids(12).filter((each) => !marked.has(each))
      open.push(left)
      return [200, { records: left.slice(0, 4).map((each) => ({ id: each })), more: left.length > 4 }]
    }
    const paging = { method: 'page', lastPagePath: 'more', lastPageValues: ['false'] }
    const http = {
      relativeURI: '/source/orders?page={{export.http.paging.page}}',
      paging,
      once: { relativeURI: '/mark/{{record.id}}', method: 'PUT' },
    }
    const flow = await makeFlow(api, application, { exports: { orders: { type: 'once', pageSize: 1, http } } })
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: 12, numSuccess: 12 })
    expect(open.map((left) => left.length)).toEqual([12, 8, 4])
    expect(marked.size).toBe(12)
  })
})

describe('page generators', () => {
  const both = { orders: { pageSize: 2 }, returns: { pageSize: 2 } }

  it('work at the same time where the flow says so, each in its own order', async () => {
    await begin({ sources: { orders: numbered(8, { of: 'orders', wait: 10 }), returns: numbered(8, { of: 'returns', wait: 10 }) } })
    const layout = { connection: { concurrencyLevel: 1 }, exports: both, flow: { runPageGeneratorsInParallel: true } }
    const flow = await makeFlow(api, application, layout)
    const job = await runToEnd(api, flow._id)
    expect(job).toMatchObject({ status: 'completed', numExport: 16, numSuccess: 16, numPagesGenerated: 8 })
    const sources = application.ledger.map(({ body }) => body.of as string)
    expect(sources.indexOf('returns')).toBeLessThan(sources.lastIndexOf('orders'))
    expect(sources.indexOf('orders')).toBeLessThan(sources.lastIndexOf('returns'))
    for (const of of ['orders', 'returns'])
      expect(application.ledger.filter(({ body }) => body.of === of).map(({ body }) => body.id)).toEqual(ids(8))
    const steps = await stepJobs(api, flow, job._id)
    expect([steps['orders'].numExport, steps['returns'].numExport]).toEqual([8, 8])
  })

  it('work one after the other unless it says so: what one gave is through before the next begins', async () => {
    await begin({ sources: { orders: numbered(3, { of: 'orders', wait: 100 }), returns: numbered(2, { of: 'returns' }) } })
    const flow = await makeFlow(api, application, { exports: both })
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 5 })
    expect(application.ledger.map(({ body }) => body.of)).toEqual([...Array(3).fill('orders'), ...Array(2).fill('returns')])
  })

  it('end together where one of them fails, with its error and what was on its way', async () => {
    await begin({ sources: { orders: numbered(6, { wait: 20 }) } })
    const flow = await makeFlow(api, application, { exports: both, flow: { runPageGeneratorsInParallel: true } })
    const job = await runToEnd(api, flow._id)
    expect(job).toMatchObject({ status: 'failed', numError: 1 })
    expect(await errorsOf(api, flow, 'returns')).toMatchObject([{ code: '404', message: 'no source returns' }])
    expect(job.numExport).toBe(application.ledger.length)
  })

  it('go on where each of them was when the run is taken up elsewhere', async () => {
    await begin({ sources: { orders: numbered(40, { of: 'orders', wait: 40 }), returns: numbered(12, { of: 'returns', wait: 40 }) } })
    const leaving = await startApi({ worker: true })
    try {
      const paging = { method: 'skip', skip: 0 }
      const paged = (name: string) => ({
        pageSize: 2,
        http: { relativeURI: `/source/${name}?limit=4&skip={{export.http.paging.skip}}`, paging },
      })
      const flow = await makeFlow(leaving, application, {
        connection: { concurrencyLevel: 2 },
        exports: { orders: paged('orders'), returns: paged('returns') },
        flow: { runPageGeneratorsInParallel: true },
      })
      const id = await startRun(leaving, flow._id)
      await until(() => (application.ledger.length >= 12 ? true : undefined))
      const { rows } = await leaving.database.pool.query<{ checkpoint: { each?: unknown[] } }>(
        `select checkpoint from sluice.jobs where _id = $1`,
        [id],
      )
      expect(rows[0]?.checkpoint.each).toHaveLength(2)
      await leaving.restartWorker()
      expect(await ended(leaving, id)).toMatchObject({ status: 'completed', numExport: 52, numSuccess: 52 })
      const sent = application.ledger.map(({ body }) => `${body.of} ${body.id}`)
      expect(sent.toSorted()).toEqual([...ids(40).map((n) => `orders ${n}`), ...ids(12).map((n) => `returns ${n}`)].toSorted())
    } finally {
      await leaving.close()
    }
  })
})

describe('a canceled run', () => {
  it('ends with what an import has begun with; the rest is not sent, and what was sent is counted', async () => {
    await begin({ sources: { orders: numbered(40) } })
    const flow = await makeFlow(api, application, { connection: { concurrencyLevel: 4 }, exports: { orders: { pageSize: 4 } } })
    let go = (): void => undefined
    const held = new Promise<undefined>((done) => (go = () => done(undefined)))
    application.before = (asked) => (asked.startsWith('POST') ? held : undefined)
    const id = await startRun(api, flow._id)
    await until(() => (application.asked.filter((asked) => asked.startsWith('POST')).length === 4 ? true : undefined))
    await api.call('PUT', `/v1/jobs/${id}/cancel`)
    await pause(noticedMs)
    go()
    await until(async () => ((await api.call('GET', `/v1/jobs/${id}`)).body.numExport > 0 ? true : undefined))
    expect((await api.call('GET', `/v1/jobs/${id}`)).body).toMatchObject({ status: 'canceled', numExport: 4, numSuccess: 4 })
    expect(application.ledger).toHaveLength(4)
  })
})

it('records that are sent again go in pages that overlap, each from where it failed, and their errors are resolved', async () => {
  await begin({ sources: { orders: [...numbered(45, { refuse: 422 })] } })
  const flow = await makeFlow(api, application, { connection: { concurrencyLevel: 1 }, imports: { first: {}, second: {} } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 45 })
  const path = `/v1/flows/${flow._id}/${flow.ids['first']}`
  const found = await errorsOf(api, flow, 'first')
  const retryDataKeys = found.map(({ retryDataKey }) => retryDataKey as string)
  application.before = async (asked) => {
    if (!asked.startsWith('POST')) return undefined
    await pause(2)
    const sink = asked.split('/').at(-1) ?? ''
    application.ledger.push({ sink, body: {}, text: '', at: Date.now() })
    return [201, {}]
  }
  const { body } = await api.call('POST', `${path}/retry`, { retryDataKeys })
  expect(await ended(api, body._jobId)).toMatchObject({ status: 'completed', numSuccess: 90, numError: 0 })
  expect(await errorsOf(api, flow, 'first')).toEqual([])
  const sinks = application.ledger.map(({ sink }) => sink)
  expect([sinks.filter((sink) => sink === 'first').length, sinks.filter((sink) => sink === 'second').length]).toEqual([45, 45])
  // The second page was begun while the first one was at its second step.
  expect(sinks.indexOf('second')).toBeLessThan(sinks.lastIndexOf('first'))
})
