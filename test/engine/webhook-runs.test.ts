/** Events that webhooks receive, from the request of their sender to the application that they are for. */
import { afterEach, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { errorsOf, makeFlow, until, type MadeFlow } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

const secret = 'nobody-else-knows'
const webhook = { verify: 'secret_url', token: secret }

const send = (flow: MadeFlow, body: unknown, name = 'orders'): Promise<Response> =>
  fetch(`${api.url}/v1/exports/${flow.ids[name]}/${secret}/data`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const sentTo = (sink: string): number[] => application.ledger.filter((sent) => sent.sink === sink).map(({ body }) => body.id as number)
const ids = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)

it('an event becomes a record of a run that starts by itself, and is answered as the webhook says', async () => {
  application = await startApplication()
  const flow = await makeFlow(api, application, { exports: { orders: { webhook } } })
  const answer = await send(flow, { id: 1, name: 'first' })
  expect([answer.status, await answer.text()]).toEqual([204, ''])
  await until(() => (sentTo('sink').length === 1 ? true : undefined))
  expect(application.ledger[0]?.body).toEqual({ id: 1, name: 'first' })
  const jobs = await until(async () => {
    const { body } = await api.call('GET', `/v1/jobs?_flowId=${flow._id}&status=completed`)
    return body?.length > 0 ? body : undefined
  })
  expect(jobs).toMatchObject([{ status: 'completed', numExport: 1, numSuccess: 1, numError: 0 }])
  expect(await api.database.pool.query('select from sluice.webhook_events')).toMatchObject({ rowCount: 0 })
  expect((await api.database.pool.query('select waiting, bytes from sluice.webhook_queues where flow_id = $1', [flow._id])).rows).toEqual([
    { waiting: 0, bytes: 0 },
  ])
})

it('events keep the order in which they came, however many are sent at once', async () => {
  application = await startApplication()
  const flow = await makeFlow(api, application, { connection: { concurrencyLevel: 1 }, exports: { orders: { webhook } } })
  for (let from = 0; from < 300; from += 30) {
    const answers = await Promise.all(ids(30).map((n) => send(flow, { id: from + n })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
  }
  await until(() => (sentTo('sink').length >= 300 ? true : undefined))
  // Those of one moment come in any order, and after all of the moment before.
  expect(
    Array.from({ length: 10 }, (_, n) =>
      sentTo('sink')
        .slice(n * 30, n * 30 + 30)
        .toSorted((a, b) => a - b),
    ),
  ).toEqual(Array.from({ length: 10 }, (_, n) => ids(30).map((id) => n * 30 + id)))
})

it('a record that fails is an error of its step, with what it takes to send it again', async () => {
  application = await startApplication()
  const flow = await makeFlow(api, application, { exports: { orders: { webhook: { ...webhook, pathToRecords: 'orders' } } } })
  await send(flow, { shop: 'one', orders: [{ id: 1 }, { id: 2, refuse: 422 }, { id: 3 }] })
  const [error] = await until(async () => {
    const errors = await errorsOf(api, flow, 'sink')
    return errors.length > 0 ? errors : undefined
  })
  expect(error).toMatchObject({ code: '422', traceKey: '2', retryDataKey: expect.any(String) })
  expect(sentTo('sink')).toEqual([1, 3])
})
