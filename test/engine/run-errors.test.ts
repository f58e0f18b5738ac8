/** Errors of runs as people work through them: counts, lists, resolving, correcting and sending again. */
import { afterEach, describe, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, errorsOf, make, makeFlow, numbered, runToEnd, stepJobs, type Layout, type MadeFlow } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

/** A flow whose run has left an error for every record with `refuse`. */
async function failed(orders: readonly unknown[], layout: Layout = {}): Promise<MadeFlow> {
  application = await startApplication({ sources: { orders } })
  const flow = await makeFlow(api, application, layout)
  expect((await runToEnd(api, flow._id)).status).toBe('completed')
  return flow
}

const pathOf = (flow: MadeFlow, rest: string, step = 'sink'): string => `/v1/flows/${flow._id}/${flow.ids[step]}/${rest}`
const retry = async (flow: MadeFlow, retryDataKeys: readonly string[], step = 'sink') => {
  const { status, body } = await api.call('POST', pathOf(flow, 'retry', step), { retryDataKeys })
  expect(status).toBe(201)
  return ended(api, body._jobId)
}
const keysOf = async (flow: MadeFlow, step = 'sink'): Promise<string[]> =>
  (await errorsOf(api, flow, step)).map(({ retryDataKey }) => retryDataKey)
const resolvedOf = async (flow: MadeFlow) => (await api.call('GET', pathOf(flow, 'resolved'))).body.resolved

describe('a step whose function is not there', () => {
  it('fails for its records, and says what is missing', async () => {
    const server = { hostURI: 'https://stack.example' }
    const { _id: _stackId } = await make(api, 'stacks', { name: 'own code', type: 'server', server })
    application = await startApplication({ sources: { orders: [{ id: 1 }] } })
    const flow = await makeFlow(api, application, { imports: { sink: { hooks: { preMap: { _stackId, function: 'preMap' } } } } })
    await api.database.pool.query(`update sluice.documents set deleted_at = now() where _id = $1`, [_stackId])
    await runToEnd(api, flow._id)
    const message = `The stack ${_stackId} does not exist.`
    expect(await errorsOf(api, flow, 'sink')).toMatchObject([{ source: 'resource', code: 'invalid_ref', message }])
  })
})

describe('an error whose record comes again', () => {
  it('is resolved by autopilot once the record goes through in a later run, at each step by itself, and by nothing else', async () => {
    const flow = await failed(
      [
        { id: 1, refuse: 422 },
        { id: 2, refuse: 422 },
      ],
      { flow: { autoResolveMatchingTraceKeys: true } },
    )
    application.script = { sources: { orders: [{ id: 1 }, { id: 3 }] } }
    await runToEnd(api, flow._id)
    expect(await errorsOf(api, flow, 'sink')).toMatchObject([{ traceKey: '2' }])
    expect(await resolvedOf(flow)).toMatchObject([{ traceKey: '1', resolvedBy: 'autopilot' }])
    const { body } = await api.call('GET', `/v1/flows/${flow._id}/errors`)
    expect(body.flowErrors.find(({ _expOrImpId }: { _expOrImpId: string }) => _expOrImpId === flow.ids['sink'])).toMatchObject({
      numError: 1,
    })
  })

  it('and fails again leaves one more, and the first one open', async () => {
    const flow = await failed([{ id: 1, refuse: 422 }], { flow: { autoResolveMatchingTraceKeys: true } })
    application.script = { sources: { orders: [{ id: 1, refuse: 409 }] } }
    await runToEnd(api, flow._id)
    expect(await errorsOf(api, flow, 'sink')).toMatchObject([{ code: '409' }, { code: '422' }])
  })
})

it('an address that cannot be made is left out of the error, and the record has its error all the same', async () => {
  const orders = { dataURITemplate: '{{record.nothing}}' }
  const flow = await failed([{ id: 1, refuse: 422 }], {
    exports: { orders },
    imports: { sink: { dataURITemplate: '{{#each record.nothing}}x{{/each}}' } },
  })
  const [error] = await errorsOf(api, flow, 'sink')
  expect(error).toMatchObject({ code: '422' })
  expect(Object.keys(error)).not.toEqual(expect.arrayContaining(['exportDataURI']))
  expect(Object.keys(error)).not.toEqual(expect.arrayContaining(['importDataURI']))
})

describe('counts of open errors', () => {
  it('list every flow of an integration while any has one, and nothing otherwise', async () => {
    const integration = await make(api, 'integrations', { name: 'shop' })
    const inIt = { flow: { _integrationId: integration._id } }
    const summary = () => api.call('GET', `/v1/integrations/${integration._id}/errors`)
    expect((await summary()).status).toBe(204)
    const fine = await failed([{ id: 1 }], inIt)
    expect((await summary()).status).toBe(204)
    await application.close()
    const bad = await failed([{ id: 1, refuse: 422 }, { id: 2, refuse: 422 }, { id: 3 }], inIt)
    const errors = await errorsOf(api, bad, 'sink')
    const newest = new Date(Math.max(...errors.map(({ occurredAt }) => Date.parse(occurredAt)))).toISOString()
    const entries = [
      { _flowId: fine._id, numError: 0 },
      { _flowId: bad._id, numError: 2, lastErrorAt: newest },
    ]
    expect((await summary()).body).toEqual(entries.toSorted((a, b) => (a._flowId < b._flowId ? -1 : 1)))
    expect((await api.call('GET', `/v1/flows/${bad._id}/errors`)).body.flowErrors).toEqual([
      { _expOrImpId: bad.ids['sink'], numError: 2, lastErrorAt: newest },
      { _expOrImpId: bad.ids['orders'], numError: 0 },
    ])

    const resolve = (ids: readonly string[]) => api.call('PUT', pathOf(bad, 'resolved'), { errors: ids })
    expect((await resolve([errors[0].errorId])).status).toBe(204)
    expect((await resolve([errors[0].errorId, 'unknown'])).status).toBe(204)
    expect((await summary()).body).toContainEqual({ _flowId: bad._id, numError: 1, lastErrorAt: errors[1].occurredAt })
    expect(await errorsOf(api, bad, 'sink')).toMatchObject([{ errorId: errors[1].errorId }])
    expect(await resolvedOf(bad)).toMatchObject([
      { errorId: errors[0].errorId, resolvedAt: expect.any(String), resolvedBy: expect.any(String) },
    ])
    await resolve([errors[1].errorId])
    expect((await summary()).status).toBe(204)
  })
})

it('lists errors newest first, 1,000 a page, and filters them by time and source', async () => {
  const flow = await failed([...numbered(1203, { refuse: 422 }), { id: 'no date', when: 'nonsense' }], {
    exports: { orders: { pageSize: 400 } },
  })
  const seen: string[] = []
  let url: string | undefined = pathOf(flow, 'errors')
  for (let pages = 0; url && pages < 5; pages++) {
    const { body }: { body: { errors: { errorId: string; occurredAt: string }[]; nextPageURL?: string } } = await api.call('GET', url)
    expect(body.errors.length).toBe(pages === 0 ? 1000 : 203)
    expect(body.errors.map(({ occurredAt }) => occurredAt)).toEqual(
      body.errors
        .map(({ occurredAt }) => occurredAt)
        .toSorted()
        .toReversed(),
    )
    seen.push(...body.errors.map(({ errorId }) => errorId))
    url = body.nextPageURL
  }
  expect(new Set(seen).size).toBe(1203)

  const of = async (query: string) => (await api.call('GET', `${pathOf(flow, 'errors')}?${query}`)).body.errors.length
  const [newest] = await errorsOf(api, flow, 'sink')
  const before = new Date(Date.parse(newest.occurredAt) - 60_000).toISOString()
  expect([await of(`occurredAt_gte=${before}`), await of(`occurredAt_lte=${before}`)]).toEqual([1000, 0])
  expect([await of('source=application'), await of('source=mapping')]).toEqual([1000, 0])
})

describe('a retry', () => {
  it('sends the record again, and resolves its error where that works', async () => {
    const flow = await failed([{ id: 1, refuse: 503, wait: 1 }, { id: 2 }], { flow: { skipRetries: false }, connection: { rateLimit: {} } })
    application.before = async (_asked, body) => ((body as { refuse?: number })?.refuse ? [201, { id: 'late' }] : undefined)
    const asked = application.asked.length
    const job = await retry(flow, await keysOf(flow))
    expect(job).toMatchObject({ type: 'retry', status: 'completed', _importId: flow.ids['sink'], numSuccess: 1, numError: 0, numExport: 0 })
    expect(application.asked.slice(asked)).toEqual(['POST /sink/sink'])
    expect(await errorsOf(api, flow, 'sink')).toEqual([])
    expect(await resolvedOf(flow)).toHaveLength(1)
    expect((await stepJobs(api, flow, job._id))['sink']).toMatchObject({ status: 'completed', numSuccess: 1 })
  })

  it('replaces the error where it fails again', async () => {
    const flow = await failed([{ id: 1, refuse: 422 }])
    const [first] = await errorsOf(api, flow, 'sink')
    const job = await retry(flow, [first.retryDataKey])
    expect(job).toMatchObject({ status: 'completed', numError: 1 })
    const [second, ...none] = await errorsOf(api, flow, 'sink')
    expect(none).toEqual([])
    expect(second).toMatchObject({ _flowJobId: job._id, traceKey: first.traceKey, code: '422' })
    expect(second.errorId).not.toBe(first.errorId)
    expect(await resolvedOf(flow)).toMatchObject([{ errorId: first.errorId }])
  })

  it('sends what the record was corrected to', async () => {
    const flow = await failed([{ id: 1, refuse: 422 }])
    const [key] = await keysOf(flow)
    const data = pathOf(flow, `${key}/data`)
    const kept = (await api.call('GET', data)).body
    expect((await api.call('PUT', data, { ...kept, data: { id: 1, corrected: true } })).status).toBe(204)
    expect((await api.call('GET', data)).body).toEqual({ ...kept, data: { id: 1, corrected: true } })
    expect(await retry(flow, [key as string])).toMatchObject({ numSuccess: 1, numError: 0 })
    expect(application.ledger.map(({ body }) => body)).toEqual([{ id: 1, corrected: true }])
  })

  it('begins at the step that failed and goes on after it', async () => {
    const layout = { imports: { first: {}, second: {}, third: {} } }
    const flow = await failed([{ id: 1 }], layout)
    application.before = async (asked) => (asked.endsWith('second') ? [422, { message: 'no' }] : undefined)
    await runToEnd(api, flow._id)
    application.before = () => undefined
    application.ledger.length = 0
    await retry(flow, await keysOf(flow, 'second'), 'second')
    expect(application.ledger.map(({ sink }) => sink)).toEqual(['second', 'third'])
  })

  it('of a record that its export could not transform goes through all of the flow', async () => {
    const transform = {
      type: 'expression',
      expression: {
        version: '2',
        rulesTwoDotZero: {
          mode: 'create',
          mappings: [{ generate: 'n', dataType: 'number', extract: '$.n', sourceDataType: 'string', status: 'Active' }],
        },
      },
    }
    const flow = await failed(
      [
        { id: 1, n: 'x' },
        { id: 2, n: '2' },
      ],
      { exports: { orders: { transform } } },
    )
    expect(application.ledger.map(({ body }) => body)).toEqual([{ n: 2 }])
    const [error] = await errorsOf(api, flow, 'orders')
    expect(error).toMatchObject({ source: 'transformation', traceKey: '1' })
    const data = pathOf(flow, `${error.retryDataKey}/data`, 'orders')
    expect((await api.call('GET', data)).body).toMatchObject({ data: { id: 1, n: 'x' }, stage: 'transformation' })
    await api.call('PUT', data, { data: { id: 1, n: '1' } })
    await retry(flow, [error.retryDataKey], 'orders')
    expect(application.ledger.map(({ body }) => body)).toEqual([{ n: 2 }, { n: 1 }])
  })

  it('of many records goes on where a page of it ended, each once', async () => {
    const flow = await failed(numbered(45, { refuse: 422 }))
    application.before = async () => [201, {}]
    const asked = application.asked.length
    expect(await retry(flow, await keysOf(flow))).toMatchObject({ numSuccess: 45, numError: 0 })
    expect(application.asked.length - asked).toBe(45)
    expect(await errorsOf(api, flow, 'sink')).toEqual([])
  })

  it('is refused for a key that nothing open belongs to, and nothing is sent', async () => {
    const flow = await failed([{ id: 1, refuse: 422 }])
    const [error] = await errorsOf(api, flow, 'sink')
    const refused = await api.call('POST', pathOf(flow, 'retry'), { retryDataKeys: [error.retryDataKey, 'unknown'] })
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ code: 'invalid_ref', field: 'retryDataKeys' }] } })
    await api.call('PUT', pathOf(flow, 'resolved'), { errors: [error.errorId] })
    expect((await api.call('POST', pathOf(flow, 'retry'), { retryDataKeys: [error.retryDataKey] })).status).toBe(422)
    expect((await api.call('GET', `/v1/jobs?_flowId=${flow._id}&type=retry`)).status).toBe(204)
  })

  it('fails where the flow no longer has the step', async () => {
    const flow = await failed([{ id: 1, refuse: 422 }])
    const keys = await keysOf(flow)
    const { body } = await api.call('GET', `/v1/flows/${flow._id}`)
    expect(
      (await api.call('PUT', `/v1/flows/${flow._id}`, { name: 'flow', pageGenerators: body.pageGenerators, pageProcessors: [] })).status,
    ).toBe(200)
    expect(await retry(flow, keys)).toMatchObject({ status: 'failed', errorMessage: expect.stringContaining('no longer has the step') })
    expect(await errorsOf(api, flow, 'sink')).toHaveLength(2)
  })
})
