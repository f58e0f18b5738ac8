/** Exports of type `once`: what a run took from the application is marked there, and the next run does not see it again. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, makeFlow, runToEnd, startRun, until, type Layout } from '../harness/flows.ts'

/** A worker looks every 2 s whether its run was canceled. Milliseconds. */
const noticedMs = 2500

const api = apiForFile({ worker: true })
let application: Application
let marked: Set<number>
afterEach(() => application.close())

/** An application that gives the records that nobody has marked, `pageSize` at once. */
async function begin(count: number, pageSize = count): Promise<void> {
  application = await startApplication()
  marked = new Set()
  application.before = async (asked) => {
    const id = /^PUT \/mark\/(\d+)$/.exec(asked)?.[1]
    if (id) {
      marked.add(Number(id))
      return [200, {}]
    }
    if (!asked.startsWith('GET /source/')) return undefined
    const open = Array.from({ length: count }, (_, n) => n + 1).filter((each) => !marked.has(each))
    return [200, { records: open.slice(0, pageSize).map((each) => ({ id: each })), more: open.length > pageSize }]
  }
}

const once = (fields: object = {}, http: object = {}, layout: Layout = {}) =>
  makeFlow(api, application, {
    ...layout,
    exports: { orders: { type: 'once', ...fields, http: { once: { relativeURI: '/mark/{{record.id}}', method: 'PUT' }, ...http } } },
  })

const sent = (): number[] => application.ledger.map(({ body }) => body.id as number).toSorted((a, b) => a - b)

it('marks the records of an export without paging, and sends them once', async () => {
  await begin(3)
  const flow = await once()
  for (let n = 0; n < 2; n++) expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed' })
  expect([sent(), marked]).toEqual([[1, 2, 3], new Set([1, 2, 3])])
})

it('marks the last page of several too', async () => {
  await begin(5, 2)
  const paging = { method: 'page', lastPagePath: 'more', lastPageValues: ['false'] }
  const flow = await once({}, { relativeURI: '/source/orders?page={{export.http.paging.page}}', paging })
  for (let n = 0; n < 2; n++) expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed' })
  expect([sent(), marked.size]).toEqual([[1, 2, 3, 4, 5], 5])
})

it('marks the page that a hook says is the last', async () => {
  await begin(2)
  const hooks = { preSavePage: { _scriptId: '{code}', function: 'page' } }
  const code = 'function page(options) { return { data: options.data, abort: true } }'
  const flow = await once({ pageSize: 1, hooks }, {}, { code })
  await runToEnd(api, flow._id)
  expect([sent(), marked]).toEqual([[1], new Set([1])])
})

it('marks the page with which a canceled run ends, and no later one', async () => {
  await begin(4)
  const flow = await once({ pageSize: 2 }, {}, { connection: { concurrencyLevel: 2 } })
  const answer = application.before
  let go = (): void => undefined
  const held = new Promise<void>((done) => (go = done))
  application.before = async (asked, body) => {
    if (asked.startsWith('POST /sink/')) await held
    return answer(asked, body)
  }
  const id = await startRun(api, flow._id)
  await until(() => (application.asked.some((asked) => asked.startsWith('POST')) ? true : undefined))
  await api.call('PUT', `/v1/jobs/${id}/cancel`)
  await pause(noticedMs)
  go()
  expect(await ended(api, id)).toMatchObject({ status: 'canceled' })
  expect(await until(() => (marked.size > 1 ? [...marked].toSorted((a, b) => a - b) : undefined))).toEqual([1, 2])
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: 2 })
  expect(sent()).toEqual([1, 2, 3, 4])
})

it('a page that cannot be marked fails the run after the pages on their way; the next run exports what is not marked', async () => {
  await begin(12, 4)
  const paging = { method: 'page', lastPagePath: 'more', lastPageValues: ['false'] }
  const flow = await once({ pageSize: 2 }, { relativeURI: '/source/orders?page={{export.http.paging.page}}', paging })
  const answer = application.before
  let isMended = false
  application.before = async (asked, body) =>
    asked === 'PUT /mark/2' && !isMended ? [422, { message: 'not that one' }] : answer(asked, body)
  const job = await runToEnd(api, flow._id)
  expect(job).toMatchObject({ status: 'failed', numExport: 4, numSuccess: 4 })
  expect(job.errorMessage).toContain('could not be marked as exported: not that one')
  expect([sent(), marked]).toEqual([[1, 2, 3, 4], new Set([1])])
  isMended = true
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: 11 })
  expect([new Set(sent()).size, marked.size]).toEqual([12, 12])
})

it('marks nothing of what somebody asks for, however many pages it is', async () => {
  await begin(3)
  const flow = await once({ pageSize: 1 })
  const { body } = await api.call('POST', `/v1/exports/${flow.ids['orders']}/invoke`)
  expect([body.data.length, marked.size]).toEqual([3, 0])
})
