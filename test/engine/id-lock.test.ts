/** `idLockTemplate`: records with the same id are submitted one after the other in their order, whichever page or run they are of; all others at once. */
import { afterEach, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, errorsOf, make, makeFlow, runToEnd, startRun } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

/** Requests of sinks at once at the most: of one key, and of all. */
function watch(ms: number) {
  const now = new Map<string, number>()
  const most = { ofOne: 0, ofAll: 0 }
  let all = 0
  application.before = async (asked, body) => {
    if (!asked.startsWith('POST')) return undefined
    const { key } = body as { key: string }
    now.set(key, (now.get(key) ?? 0) + 1)
    most.ofOne = Math.max(most.ofOne, now.get(key) ?? 0)
    most.ofAll = Math.max(most.ofAll, ++all)
    await new Promise((done) => setTimeout(done, ms))
    now.set(key, (now.get(key) ?? 0) - 1)
    all--
    return undefined
  }
  return most
}

const orders = Array.from({ length: 36 }, (_, n) => ({ n, key: `k${n % 5}` }))
const sentOf = (key: string): number[] => application.ledger.filter(({ body }) => body.key === key).map(({ body }) => body.n as number)

it('within a page and over pages in flight', async () => {
  application = await startApplication({ sources: { orders } })
  const most = watch(20)
  const flow = await makeFlow(api, application, {
    exports: { orders: { pageSize: 7 } },
    imports: { sink: { idLockTemplate: '{{record.key}}' } },
  })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 36, numError: 0 })
  expect(most.ofOne).toBe(1)
  expect(most.ofAll).toBeGreaterThan(2)
  for (const key of ['k0', 'k1', 'k2', 'k3', 'k4'])
    expect(sentOf(key)).toEqual(orders.filter((order) => order.key === key).map(({ n }) => n))
})

it('of two flows that run at the same time and share the import', async () => {
  application = await startApplication({ sources: { orders: orders.slice(0, 10) } })
  const most = watch(40)
  const flow = await makeFlow(api, application, { imports: { sink: { idLockTemplate: '{{{key}}}' } } })
  const other = await make(api, 'flows', {
    name: 'other',
    pageGenerators: [{ _exportId: flow.ids['orders'] }],
    pageProcessors: [{ type: 'import', _importId: flow.ids['sink'] }],
  })
  const jobs = await Promise.all([flow._id, other._id as string].map((id) => startRun(api, id)))
  for (const job of jobs) expect(await ended(api, job)).toMatchObject({ status: 'completed', numSuccess: 10 })
  expect(application.ledger).toHaveLength(20)
  expect(most.ofOne).toBe(1)
})

it('a record is looked for once the one before with its id is there, so the second of a page is an update', async () => {
  application = await startApplication({
    sources: {
      orders: [
        { key: 'a', n: 1 },
        { key: 'b', n: 2 },
        { key: 'a', n: 3 },
      ],
    },
    lookups: { made: {} },
  })
  const made: Record<string, unknown> = {}
  application.before = async (asked, body) => {
    if (asked.startsWith('GET /lookup/made/')) return made[asked.slice(-1)] ? [200, made[asked.slice(-1)]] : [404, {}]
    if (asked === 'POST /sink/new') made[(body as { key: string }).key] = { id: 7 }
    return undefined
  }
  const http = {
    method: ['PUT', 'POST'],
    relativeURI: ['/sink/known', '/sink/new'],
    requestType: ['UPDATE', 'CREATE'],
    existingLookupName: 'made',
    lookups: [{ name: 'made', method: 'GET', relativeURI: '/lookup/made/{{record.key}}', extract: 'id' }],
  }
  const flow = await makeFlow(api, application, { imports: { sink: { idLockTemplate: '{{record.key}}', http } } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 3 })
  const bySink = Object.groupBy(application.ledger, ({ sink }) => sink)
  expect([bySink['new']?.map(({ body }) => body.key).toSorted(), bySink['known']?.map(({ body }) => body.n)]).toEqual([['a', 'b'], [3]])
})

it('records without an id wait for nobody, those that fail hold nobody up, and functions get the records of a wave', async () => {
  const rows = [{ key: 'a', n: 1, refuse: 422 }, { n: 2 }, { key: 'a', n: 3 }, { n: 4 }]
  application = await startApplication({ sources: { orders: rows } })
  const code = 'function after({ postMapData }) { return postMapData.map((data) => ({ data: { ...data, of: postMapData.length } })) }'
  const hooks = { postMap: { _scriptId: '{code}', function: 'after' } }
  const flow = await makeFlow(api, application, { code, imports: { sink: { idLockTemplate: '{{record.key}}', hooks } } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 3, numError: 1 })
  expect(application.ledger.map(({ body }) => [body.n, body.of] as [number, number]).toSorted(([a], [b]) => a - b)).toEqual([
    [2, 3],
    [3, 1],
    [4, 3],
  ])
  expect(await errorsOf(api, flow, 'sink')).toMatchObject([{ code: '422', oIndex: 0 }])
})
