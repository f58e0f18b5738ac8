/** A run from its order to its end: records, counts, statuses, errors, and what ends it early. */
import { afterEach, describe, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, errorsOf, makeFlow, numbered, runToEnd, startRun, stepJobs, until } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

const begin = async (...[script]: Parameters<typeof startApplication>) => (application = await startApplication(script))
const flowOf = (...[layout]: [Parameters<typeof makeFlow>[2]?]) => makeFlow(api, application, layout)
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe('a flow from an export to an import', () => {
  it('moves all records, and counts them on the run and on its steps', async () => {
    await begin({ sources: { orders: numbered(45) } })
    const flow = await flowOf()
    const job = await runToEnd(api, flow._id)
    expect(application.ledger.map(({ body }) => body.id).toSorted((a, b) => a - b)).toEqual(numbered(45).map((_, n) => n + 1))
    const counts = { numError: 0, numIgnore: 0, numPagesGenerated: 3, numPagesProcessed: 3 }
    expect(job).toMatchObject({ type: 'flow', status: 'completed', _flowId: flow._id, numExport: 45, numSuccess: 45, ...counts })
    expect([job.createdAt, job.startedAt, job.endedAt, job.lastModified]).toEqual(Array(4).fill(expect.stringMatching(iso)))
    expect(job.createdAt <= job.startedAt && job.startedAt <= job.endedAt).toBe(true)
    expect(job).not.toHaveProperty('errorMessage')

    const steps = await stepJobs(api, flow, job._id)
    const common = {
      status: 'completed',
      _flowJobId: job._id,
      _flowId: flow._id,
      startedAt: expect.stringMatching(iso),
      endedAt: job.endedAt,
    }
    expect(steps['orders']).toMatchObject({ ...common, type: 'export', oIndex: 0, numExport: 45, numSuccess: 45, ...counts })
    expect(steps['sink']).toMatchObject({ ...common, type: 'import', oIndex: 1, numExport: 0, numSuccess: 45, numError: 0 })
  })

  it('records a failed record as an error of its step, with its retry data; the others arrive', async () => {
    await begin({ sources: { orders: [{ id: 1 }, { id: 2, refuse: 422 }, { id: 3 }] } })
    const flow = await flowOf({ exports: { orders: { traceKeyTemplate: 'order-{{record.id}}' } } })
    const job = await runToEnd(api, flow._id)
    expect(application.ledger.map(({ body }) => body.id as number).toSorted((a, b) => a - b)).toEqual([1, 3])
    expect(job).toMatchObject({ status: 'completed', numExport: 3, numSuccess: 2, numError: 1, retriable: true })
    const steps = await stepJobs(api, flow, job._id)
    expect(steps['orders']).toMatchObject({ numError: 0, retriable: false })
    expect(steps['sink']).toMatchObject({ numSuccess: 2, numError: 1, retriable: true })

    const [error, ...none] = await errorsOf(api, flow, 'sink')
    expect(none).toEqual([])
    expect(error).toEqual({
      errorId: expect.any(String),
      occurredAt: expect.stringMatching(iso),
      source: 'application',
      code: '422',
      message: 'sink does not take it',
      traceKey: 'order-2',
      retryDataKey: expect.any(String),
      _flowJobId: job._id,
      oIndex: 1,
      classification: 'value',
      classifiedBy: 'autopilot',
      reqAndResKey: expect.any(String),
    })
    const kept = await api.call('GET', `/v1/flows/${flow._id}/${flow.ids['sink']}/${error.retryDataKey}/data`)
    expect(kept.body).toEqual({ data: { id: 2, refuse: 422 }, stage: 'apiCall', traceKey: 'order-2' })
  })

  it('keeps no retry data where the flow skips retries', async () => {
    await begin({ sources: { orders: [{ id: 2, refuse: 422 }] } })
    const flow = await flowOf({ flow: { skipRetries: true } })
    expect(await runToEnd(api, flow._id)).toMatchObject({ numError: 1, retriable: false })
    expect((await errorsOf(api, flow, 'sink'))[0]).not.toHaveProperty('retryDataKey')
  })

  it('runs each page generator in turn', async () => {
    await begin({ sources: { orders: numbered(25, { of: 'orders' }), returns: numbered(3, { of: 'returns' }) } })
    const flow = await flowOf({ exports: { orders: {}, returns: {} } })
    const job = await runToEnd(api, flow._id)
    expect(job).toMatchObject({ numExport: 28, numSuccess: 28, numPagesGenerated: 3 })
    expect(application.ledger.map(({ body }) => body.of)).toEqual([...Array(25).fill('orders'), ...Array(3).fill('returns')])
    const steps = await stepJobs(api, flow, job._id)
    expect([steps['orders'].numExport, steps['returns'].numExport]).toEqual([25, 3])
  })

  it('runs only the page generators it is asked to', async () => {
    await begin({ sources: { orders: numbered(1), returns: numbered(2) } })
    const flow = await flowOf({ exports: { orders: {}, returns: {} } })
    expect(await runToEnd(api, flow._id, { _exportIds: [flow.ids['returns']] })).toMatchObject({ numExport: 2 })
    expect(application.asked.filter((asked) => asked.startsWith('GET'))).toEqual(['GET /source/returns'])
  })

  it('completes with nothing where there is nothing', async () => {
    await begin({ sources: { orders: [] } })
    const flow = await flowOf()
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: 0, numPagesGenerated: 0 })
  })
})

describe('a run fails', () => {
  it('where its export does, with an error of the export; what came before it is through', async () => {
    await begin({ sources: { orders: numbered(40) } })
    const paging = { method: 'skip', skip: 0, resourcePath: 'records' }
    const flow = await flowOf({
      exports: { orders: { http: { relativeURI: '/source/orders?limit=20&skip={{export.http.paging.skip}}', paging } } },
    })
    application.before = async (asked) => (asked.includes('skip=20') ? [400, { message: 'the cursor is stale' }] : undefined)
    const failed = await runToEnd(api, flow._id)
    expect(failed).toMatchObject({ status: 'failed', numExport: 20, numSuccess: 20, numPagesGenerated: 1, numError: 1, retriable: false })
    expect(failed.errorMessage).toBe(`Export "orders": GET ${application.origin}/source/orders answered 400: the cursor is stale`)
    expect(application.ledger).toHaveLength(20)
    const steps = await stepJobs(api, flow, failed._id)
    expect(steps['orders']).toMatchObject({ status: 'failed', numError: 1 })
    expect(steps['sink']).toMatchObject({ status: 'failed', numSuccess: 20, numError: 0 })
    const [error] = await errorsOf(api, flow, 'orders')
    expect(error).toMatchObject({ source: 'application', code: '400', message: 'the cursor is stale', _flowJobId: failed._id })
    expect(error).not.toHaveProperty('retryDataKey')

    application.before = () => undefined
    application.script = {}
    expect(await runToEnd(api, flow._id)).toMatchObject({
      status: 'failed',
      numExport: 0,
      numPagesGenerated: 0,
      errorMessage: `Export "orders": GET ${application.origin}/source/orders answered 404: no source orders`,
    })
  })

  const gone: readonly [string, string, string][] = [
    ['connections', 'connection', 'The connection # no longer exists.'],
    ['imports', 'sink', 'The import # no longer exists.'],
    ['exports', 'orders', 'The export # no longer exists.'],
  ]
  it.each(gone)('where one of its %s is gone, and says so', async (collection, name, message) => {
    await begin({ sources: { orders: numbered(1) } })
    const flow = await flowOf()
    const id = name === 'connection' ? flow.connectionId : (flow.ids[name] ?? '')
    // The API refuses to delete what is in use, so this is what a restored database or a race leaves behind.
    await api.database.pool.query(`update sluice.documents set deleted_at = now() where collection = $1 and _id = $2`, [collection, id])
    const job = await runToEnd(api, flow._id)
    const said = message.replace('#', id)
    expect(job).toMatchObject({ status: 'failed', numError: 1, errorMessage: expect.stringContaining(said) })
    expect(await errorsOf(api, flow, 'orders')).toMatchObject([{ source: 'resource', message: said }])
    expect(application.asked).toEqual([])
  })

  it.each([
    ['an adaptor that this server does not have', { adaptorType: 'SalesforceExport' }, 'adaptor_unsupported'],
    ['a template that is none', { http: { relativeURI: '/source/{{#each}}' } }, 'template_failed'],
    [
      'a request that marks records, with a helper that is none',
      { type: 'once', http: { relativeURI: '/source/orders', once: { relativeURI: '/mark/{{nothing record.id}}' } } },
      'template_failed',
    ],
    ['a hook whose script is gone', { hooks: { preSavePage: { function: 'f', _scriptId: '507f1f77bcf86cd799439011' } } }, 'script_missing'],
    [
      'a filter that is no filter',
      { filter: { type: 'expression', expression: { version: '1', rules: ['nonsense', 1] } } },
      'invalid_filter',
    ],
  ])('where it has %s', async (_what, fields, code) => {
    await begin({ sources: { orders: numbered(1) } })
    const flow = await flowOf()
    await api.database.pool.query(`update sluice.documents set doc = doc || $2 where _id = $1`, [
      flow.ids['orders'],
      JSON.stringify(fields),
    ])
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'failed', numError: 1 })
    expect(await errorsOf(api, flow, 'orders')).toMatchObject([{ code }])
    expect(application.asked).toEqual([])
  })
})

describe('a flow of several steps fails before its first request where one of them can never work: that step has the error, and the run names it', () => {
  const cases: readonly (readonly [string, object, string, RegExp])[] = [
    [
      'a mapping',
      { mappings: [{ generate: 'x', dataType: 'string', extract: '{{nothing a}}', status: 'Active' }] },
      'invalid_mapping',
      /no helper "nothing"/,
    ],
    [
      'an address',
      { http: { relativeURI: ['/sink/{{#if record.id}}'] } },
      'template_failed',
      /^The template cannot be used: .*{{#if record.id}}/,
    ],
    ['a body', { http: { body: ['{"id": "{{nothing record.id}}"}'] } }, 'template_failed', /no helper "nothing"/],
    [
      'the address of a lookup',
      {
        mappings: [{ generate: 'x', dataType: 'string', extract: '$.id', lookupName: 'L', status: 'Active' }],
        lookups: [{ name: 'L', method: 'GET', relativeURI: '/lookup/{{nothing record.id}}', extract: 'x' }],
      },
      'template_failed',
      /no helper "nothing"/,
    ],
    ['a media type', { http: { requestMediaType: 'octet-stream' } }, 'media_type_unsupported', /cannot be written as octet-stream/],
    ['a kind of import', { http: { type: 'file' }, file: { type: 'json' } }, 'file_option_unsupported', /file/],
    ['a field', { maxAttempts: 0 }, 'field_unsupported', /^The import second cannot be used with maxAttempts/],
  ]
  it.each(cases)('by %s', async (_what, fields, code, says) => {
    await begin({ sources: { orders: numbered(1) } })
    const flow = await flowOf({ imports: { first: {}, second: fields, third: {} } })
    const job = await runToEnd(api, flow._id)
    expect(job).toMatchObject({
      status: 'failed',
      numError: 1,
      numExport: 0,
      errorMessage: expect.stringMatching(/^(?:Import "second": |The import second )/),
    })
    expect(await errorsOf(api, flow, 'second')).toMatchObject([{ code, message: expect.stringMatching(says) }])
    expect(await errorsOf(api, flow, 'orders')).toEqual([])
    expect(application.asked).toEqual([])
  })
})

it('makes the plan of many routers whose branches all meet again in no time', async () => {
  await begin({ sources: { orders: numbered(1) } })
  const branch = (n: number) => ({
    name: `to ${n + 1}`,
    inputFilter: { version: '1', rules: ['equals', ['number', ['extract', 'id']], n % 2] },
  })
  const routers = Array.from({ length: 60 }, (_, n) => ({
    id: `r${n}`,
    branches: [branch(0), branch(1)],
    ...(n < 59 && { nextRouterId: `r${n + 1}` }),
  }))
  const last = { ...routers[59], branches: [{ name: 'end', pageProcessors: [{ type: 'import', _importId: '{sink}' }] }] }
  const flow = await flowOf({ flow: { routers: [...routers.slice(0, 59), last] } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 1 })
})

it('refuses to run a disabled flow, one without page generators, and one that is not there', async () => {
  await begin()
  const disabled = await flowOf({ flow: { disabled: true } })
  expect(await api.call('POST', `/v1/flows/${disabled._id}/run`)).toMatchObject({
    status: 422,
    body: { errors: [{ code: 'flow_not_runnable' }] },
  })
  const empty = await flowOf({ exports: {} })
  expect((await api.call('POST', `/v1/flows/${empty._id}/run`)).status).toBe(422)
  expect((await api.call('POST', `/v1/flows/507f1f77bcf86cd799439011/run`)).status).toBe(404)
})

describe('a canceled run', () => {
  it('never starts where it waits', async () => {
    await begin({ sources: { orders: numbered(1, { wait: 300 }) } })
    const flow = await flowOf()
    const first = await startRun(api, flow._id)
    const second = await startRun(api, flow._id)
    const { status, body } = await api.call('PUT', `/v1/jobs/${second}/cancel`)
    expect([status, body.status]).toEqual([200, 'canceled'])
    expect(body.endedAt).toMatch(iso)
    expect(body).not.toHaveProperty('startedAt')
    expect(await ended(api, first)).toMatchObject({ status: 'completed' })
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed' })
    expect(application.ledger).toHaveLength(2)
    expect((await api.call('GET', `/v1/jobs/${second}`)).body).toMatchObject({ status: 'canceled', numExport: 0 })
  })

  it('stops after the pages that an import has begun with, whose records and errors still count', async () => {
    await begin({ sources: { orders: [{ id: 0, refuse: 422 }, ...numbered(199, { wait: 25 })] } })
    const flow = await flowOf({ connection: { concurrencyLevel: 1 } })
    const id = await startRun(api, flow._id)
    await until(() => (application.ledger.length > 25 ? true : undefined))
    expect((await api.call('PUT', `/v1/jobs/${id}/cancel`)).body.status).toBe('canceled')
    const begun = Math.ceil(application.ledger.length / 20)
    const again = await runToEnd(api, flow._id, {})
    const { body: job } = await api.call('GET', `/v1/jobs/${id}`)
    expect(again.status).toBe('completed')
    const { numPagesProcessed: pages, numSuccess } = job
    // The next page begins before the one is committed that says that the run is canceled.
    expect([begun, begun + 1]).toContain(pages)
    expect(job).toMatchObject({ status: 'canceled', numExport: 20 * pages, numSuccess: 20 * pages - 1, numError: 1 })
    expect(application.ledger).toHaveLength(numSuccess + 199)
    expect(Object.values(await stepJobs(api, flow, id)).map(({ status }) => status)).toEqual(['canceled', 'canceled'])
    expect(await errorsOf(api, flow, 'sink')).toHaveLength(2)
    expect((await api.call('PUT', `/v1/jobs/${again._id}/cancel`)).body.status).toBe('completed')
  })

  it('is what becomes of the runs of a flow that is deleted', async () => {
    await begin({ sources: { orders: numbered(200, { wait: 25 }) } })
    const flow = await flowOf({ connection: { concurrencyLevel: 1 } })
    const running = await startRun(api, flow._id)
    const waiting = await startRun(api, flow._id)
    await until(() => (application.ledger.length > 0 ? true : undefined))
    expect((await api.call('DELETE', `/v1/flows/${flow._id}`)).status).toBe(204)
    for (const id of [running, waiting]) expect((await api.call('GET', `/v1/jobs/${id}`)).body.status).toBe('canceled')
    await until(async () => {
      const { rows } = await api.database.pool.query(`select 1 from graphile_worker._private_jobs where payload ->> 'jobId' = any($1)`, [
        [running, waiting],
      ])
      return rows.length === 0 ? true : undefined
    })
    // The page that it was at, and the one after it where that had begun before the worker saw that the run had ended.
    expect([20, 40]).toContain(application.ledger.length)
  })
})

it('runs of one flow follow each other in their order, runs of two flows overlap', async () => {
  await begin({ sources: { orders: numbered(4, { wait: 40 }), returns: numbered(4, { wait: 40 }) } })
  const level = { concurrencyLevel: 1 }
  const one = await flowOf({ imports: { one: {} }, connection: level })
  const two = await flowOf({ exports: { returns: {} }, imports: { two: {} }, connection: level })
  const ids: string[] = []
  for (const flow of [one, two, one, two, one]) ids.push(await startRun(api, flow._id))
  const jobs = await Promise.all(ids.map((id) => ended(api, id)))
  const [a, b, c, d, e] = jobs
  for (const [before, after] of [
    [a, c],
    [c, e],
    [b, d],
  ])
    expect(before.endedAt <= after.startedAt).toBe(true)
  expect(a.startedAt < b.endedAt && b.startedAt < a.endedAt).toBe(true)
  expect(application.ledger).toHaveLength(20)
})
