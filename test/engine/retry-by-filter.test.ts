/** Retries of all errors that fit a filter: what they send, how far they are, what a cancel leaves, and what a worker that ends leaves to the next. */
import { afterEach, describe, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, errorsOf, makeFlow, numbered, runToEnd, until, type Layout, type MadeFlow } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

async function failed(orders: readonly unknown[], layout: Layout = {}): Promise<MadeFlow> {
  application = await startApplication({ sources: { orders } })
  const flow = await makeFlow(api, application, { ...layout, flow: { automaticRetries: 0, ...layout.flow } })
  expect((await runToEnd(api, flow._id)).status).toBe('completed')
  return flow
}

const retry = (flow: MadeFlow, body: object) => api.call('POST', `/v1/flows/${flow._id}/${flow.ids['sink']}/retry`, body)
/** Ids of the records that the sink gets from now on, all of which it takes. */
function taken(): number[] {
  const ids: number[] = []
  application.before = async (asked, body) => {
    if (!asked.startsWith('POST')) return undefined
    ids.push((body as { id: number }).id)
    return [201, {}]
  }
  return ids
}
const mixed = [{ id: 1, refuse: 500 }, { id: 2, refuse: 422 }, { id: 3, refuse: 500 }, { id: 4 }, { id: 5, refuse: 409 }]

describe('a retry by filter', () => {
  it('sends all that is open, each record once and in order, and says how many these are', async () => {
    const flow = await failed(numbered(130, { refuse: 422 }), { connection: { concurrencyLevel: 1 } })
    const ids = taken()
    const { status, body } = await retry(flow, { filter: {} })
    expect({ status, body }).toEqual({ status: 201, body: { _jobId: expect.any(String), _id: body._jobId } })
    const job = await ended(api, body._id)
    expect(job).toMatchObject({ type: 'bulk_retry', status: 'completed', numRetry: 130, numSuccess: 130, numError: 0 })
    expect(job._importId).toBe(flow.ids['sink'])
    expect(ids).toEqual(numbered(130).map((_, n) => n + 1))
    expect(await errorsOf(api, flow, 'sink')).toEqual([])
  })

  it.each([
    ['by classification', { classification: 'intermittent' }, [1, 3]],
    ['by several classifications', { classification: 'value,duplicate' }, [2, 5]],
    ['by source', { source: 'mapping' }, []],
    ['by a time before', { occurredAt_lte: '2020-01-01' }, []],
    ['by a time since', { occurredAt_gte: '2020-01-01', source: 'application' }, [1, 2, 3, 5]],
  ])('%s sends those that fit, and leaves the others open', async (_by, filter, fitting) => {
    const flow = await failed(mixed)
    const ids = taken()
    const job = await ended(api, (await retry(flow, { filter })).body._id)
    expect(job).toMatchObject({ status: 'completed', numRetry: fitting.length, numSuccess: fitting.length })
    expect(ids.toSorted((a, b) => a - b)).toEqual(fitting)
    expect(await errorsOf(api, flow, 'sink')).toHaveLength(4 - fitting.length)
  })

  it('does not send again what fails in it', async () => {
    const flow = await failed(numbered(50, { refuse: 422 }))
    application.asked.length = 0
    expect(await ended(api, (await retry(flow, { filter: {} })).body._id)).toMatchObject({
      status: 'completed',
      numRetry: 50,
      numError: 50,
    })
    expect(application.asked).toHaveLength(50)
    expect(await errorsOf(api, flow, 'sink')).toHaveLength(50)
  })

  it('sends a record once that has several errors', async () => {
    const code = `function both(o) { return o.preMapData ? o.postMapData.map((data) => ({ errors: [{ code: 'a', message: 'a' }, { code: 'b', message: 'b' }] })) : [] }`
    const flow = await failed(numbered(3), { code, imports: { sink: { hooks: { postMap: { _scriptId: '{code}', function: 'both' } } } } })
    expect(await errorsOf(api, flow, 'sink')).toHaveLength(6)
    const job = await ended(api, (await retry(flow, { filter: {} })).body._id)
    expect(job).toMatchObject({ numRetry: 3, numError: 6 })
    expect(await errorsOf(api, flow, 'sink')).toHaveLength(6)
  })

  it('that is canceled leaves open what it has not begun with, and its counts say how far it came', async () => {
    const flow = await failed(numbered(3000, { refuse: 422 }), {
      exports: { orders: { pageSize: 500 } },
      connection: { concurrencyLevel: 5 },
    })
    const gate = Promise.withResolvers<void>()
    let sent = 0
    application.before = async (asked) => {
      if (!asked.startsWith('POST')) return undefined
      if (++sent > 200) await gate.promise
      return [201, {}]
    }
    const { _id } = (await retry(flow, { filter: {} })).body
    const job = () => api.call('GET', `/v1/jobs/${_id}`)
    await until(async () => ((await job()).body.numSuccess >= 100 ? true : undefined))
    expect((await job()).body).toMatchObject({ status: 'running', numRetry: 3000 })
    expect((await api.call('PUT', `/v1/jobs/${_id}/cancel`)).body).toMatchObject({ status: 'canceled' })
    gate.resolve()
    await until(async () =>
      (await api.database.pool.query(`select from graphile_worker._private_jobs`)).rowCount === 0 ? true : undefined,
    )
    const { numSuccess, numError } = (await job()).body
    expect(numSuccess).toBe(sent)
    expect(numError).toBe(0)
    const { body } = await api.call('GET', `/v1/flows/${flow._id}/errors`)
    expect(body.flowErrors).toContainEqual(expect.objectContaining({ _expOrImpId: flow.ids['sink'], numError: 3000 - sent }))
  })

  it('goes on where another worker left it, each record once', async () => {
    const flow = await failed(numbered(400, { refuse: 422 }), { exports: { orders: { pageSize: 100 } } })
    const ids: number[] = []
    let restarting: Promise<void> | undefined
    application.before = async (asked, body) => {
      if (!asked.startsWith('POST')) return undefined
      if (ids.push((body as { id: number }).id) === 150) restarting = api.restartWorker()
      return [201, {}]
    }
    const { _id } = (await retry(flow, { filter: {} })).body
    expect(await ended(api, _id)).toMatchObject({ status: 'completed', numRetry: 400, numSuccess: 400 })
    await restarting
    expect(ids.toSorted((a, b) => a - b)).toEqual(numbered(400).map((_, n) => n + 1))
  })

  it('of nothing is a retry that completes', async () => {
    const flow = await failed([{ id: 1 }])
    expect(await ended(api, (await retry(flow, { filter: {} })).body._id)).toMatchObject({
      status: 'completed',
      numRetry: 0,
      numSuccess: 0,
    })
  })

  it.each([
    ['with keys besides', { filter: {}, retryDataKeys: ['a'] }, 'filter'],
    ['with ids besides', { filter: {}, errorIds: ['a'] }, 'filter'],
    ['that is not known', { filter: { clasification: 'value' } }, 'filter.clasification'],
    ['with no such classification', { filter: { classification: 'odd' } }, 'filter.classification'],
    ['with no time', { filter: { occurredAt_gte: 'soon' } }, 'filter.occurredAt_gte'],
    ['that is none', { filter: 'all' }, 'filter'],
    ['by a file', { errorFileId: 'a' }, 'errorFileId'],
  ])('%s is refused, and nothing is sent', async (_what, body, field) => {
    const flow = await failed([{ id: 1, refuse: 422 }])
    const asked = application.asked.length
    const answer = await retry(flow, body)
    expect({ status: answer.status, ...answer.body.errors[0] }).toMatchObject({ status: 422, code: 'invalid_field', field })
    expect((await api.call('GET', `/v1/jobs?_flowId=${flow._id}&type_in=retry,bulk_retry`)).status).toBe(204)
    expect(application.asked.length).toBe(asked)
  })
})
