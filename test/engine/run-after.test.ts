/** What one run leaves for the next: since when a delta exports, which flows follow, and how soon a run begins. */
import { afterEach, describe, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, makeFlow, numbered, runToEnd, startRun, until, type MadeFlow } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

const jobsOf = async (flow: MadeFlow) => (await api.call('GET', `/v1/jobs?_flowId=${flow._id}&type=flow`)).body ?? []

describe('a delta', () => {
  const since = (asked: string): string => decodeURIComponent(asked.split('since=')[1] ?? '')
  const asked = (source: string): string[] => application.asked.filter((one) => one.includes(`/source/${source}`)).map(since)
  const delta = (source: string) => ({ type: 'delta', http: { relativeURI: `/source/${source}?since={{{lastExportDateTime}}}` } })

  it('exports since the last run that completed had begun; a run that failed moves nothing', async () => {
    application = await startApplication({ sources: { orders: numbered(1) } })
    const flow = await makeFlow(api, application, { exports: { orders: delta('orders') } })
    const first = await runToEnd(api, flow._id)
    application.before = async (one) => (one.startsWith('GET') ? [400, {}] : undefined)
    expect((await runToEnd(api, flow._id)).status).toBe('failed')
    application.before = () => undefined
    const third = await runToEnd(api, flow._id)
    await runToEnd(api, flow._id)
    expect(asked('orders')).toEqual(['1970-01-01T00:00:00.000Z', first.startedAt, first.startedAt, third.startedAt])
  })

  it('takes the range that is asked for; one with an end moves nothing', async () => {
    application = await startApplication({ sources: { orders: [] } })
    const flow = await makeFlow(api, application, { exports: { orders: delta('orders') } })
    const from = await runToEnd(api, flow._id, { export: { startDate: '2025-01-01T00:00:00.000Z' } })
    await runToEnd(api, flow._id, { export: { startDate: '2020-01-01T00:00:00.000Z', endDate: '2020-02-01T00:00:00.000Z' } })
    await runToEnd(api, flow._id)
    expect(asked('orders')).toEqual(['2025-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z', from.startedAt])
  })

  it.each([
    [
      'of the flow',
      (_keepDeltaBehindFlowId: string, _keepDeltaBehindExportId: string) => ({ _keepDeltaBehindFlowId, _keepDeltaBehindExportId }),
    ],
    [
      'of the page generator',
      (_keepDeltaBehindFlowId: string, _keepDeltaBehindExportId: string) => ({
        pageGenerators: [{ _exportId: '{orders}', _keepDeltaBehindFlowId, _keepDeltaBehindExportId }],
      }),
    ],
  ])('begins where another flow last began, by the fields %s', async (_whose, behind) => {
    application = await startApplication({ sources: { orders: [], ahead: [] } })
    const ahead = await makeFlow(api, application, { exports: { ahead: delta('ahead') } })
    const flow = await makeFlow(api, application, {
      exports: { orders: delta('orders') },
      flow: behind(ahead._id, ahead.ids['ahead'] as string),
    })
    await runToEnd(api, flow._id)
    const { startedAt } = await runToEnd(api, ahead._id)
    await runToEnd(api, flow._id)
    await runToEnd(api, flow._id)
    expect(asked('orders')).toEqual(['1970-01-01T00:00:00.000Z', startedAt, startedAt])
  })

  it('is each page generator’s own', async () => {
    application = await startApplication({ sources: { orders: [], returns: [] } })
    const flow = await makeFlow(api, application, { exports: { orders: delta('orders'), returns: delta('returns') } })
    const both = await runToEnd(api, flow._id)
    const one = await runToEnd(api, flow._id, { _exportIds: [flow.ids['orders']] })
    await runToEnd(api, flow._id)
    expect(asked('orders').slice(1)).toEqual([both.startedAt, one.startedAt])
    expect(asked('returns').slice(1)).toEqual([both.startedAt])
  })
})

describe('flows that follow', () => {
  const single = (flow: object = {}) => makeFlow(api, application, { flow })

  it('start when a run has completed, not when it failed; disabled ones do not', async () => {
    application = await startApplication({ sources: { orders: numbered(1) } })
    const last = await single()
    const off = await single({ disabled: true })
    const middle = await single({ _runNextFlowIds: [last._id, off._id] })
    const first = await single({ _runNextFlowIds: [middle._id] })
    await runToEnd(api, first._id)
    const [job] = await until(async () => ((await jobsOf(last)).length > 0 ? jobsOf(last) : undefined))
    await ended(api, job._id)
    expect(application.ledger).toHaveLength(3)
    expect(await jobsOf(off)).toEqual([])
    application.script = {}
    expect((await runToEnd(api, middle._id)).status).toBe('failed')
    expect(await jobsOf(last)).toHaveLength(1)
  })

  it('may be single page generators', async () => {
    application = await startApplication({ sources: { orders: [], returns: [] } })
    const next = await makeFlow(api, application, { exports: { orders: {}, returns: {} } })
    const first = await single({ _runNextExportIds: [{ _flowId: next._id, _exportId: next.ids['returns'] }] })
    await runToEnd(api, first._id)
    await until(() => application.asked.find((one) => one.includes('/source/returns')))
    expect(application.asked.filter((one) => one.includes('/source/orders'))).toHaveLength(1)
  })

  it('end when they form a ring, also one that starts more of itself with every round', async () => {
    application = await startApplication({ sources: { orders: [] } })
    const one = await single()
    const two = await single({ _runNextFlowIds: [one._id] })
    const doc = (await api.call('GET', `/v1/flows/${one._id}`)).body
    const ring = {
      name: 'ring',
      pageGenerators: doc.pageGenerators,
      pageProcessors: doc.pageProcessors,
      _runNextFlowIds: [one._id, two._id],
    }
    expect((await api.call('PUT', `/v1/flows/${one._id}`, ring)).status).toBe(200)
    await startRun(api, one._id)
    const waiting = async () =>
      (await api.database.pool.query(`select 1 from sluice.jobs where ended_at is null and _flow_id = any($1)`, [[one._id, two._id]]))
        .rowCount
    await until(async () => ((await waiting()) === 0 ? true : undefined), 25_000)
    const runs = (await jobsOf(one)).length + (await jobsOf(two)).length
    expect(runs).toBeGreaterThan(50)
    // 50 generations, in each of which each of the two runs at most twice: once for a run that waited and once for one that began.
    expect(runs).toBeLessThanOrEqual(200)
  })
})

it('a run begins within milliseconds of being asked for: workers are told, they do not poll', async () => {
  application = await startApplication({ sources: { orders: [] } })
  const flow = await makeFlow(api, application)
  const waits: number[] = []
  for (let run = 0; run < 40; run++) {
    const job = await runToEnd(api, flow._id)
    waits.push(Date.parse(job.startedAt) - Date.parse(job.createdAt))
  }
  const [p50, p95] = [20, 38].map((rank) => waits.toSorted((a, b) => a - b)[rank]) as [number, number]
  if (process.env['TEST_LOG']) process.stdout.write(`from order to start: p50 ${p50} ms, p95 ${p95} ms\n`)
  // Goal: 20 ms, on a machine that does nothing else. Polling alone would take a few hundred.
  expect(p50).toBeLessThan(60)
})
