/** Runs against applications that take only so much: the level of a connection is lowered and comes back, and requests are kept apart. */
import { afterEach, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { makeFlow, numbered, runToEnd, type MadeFlow } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

async function change({ connectionId }: MadeFlow, says: object, http: object = {}): Promise<void> {
  const { body } = await api.call('GET', `/v1/connections/${connectionId}`)
  const { status } = await api.call('PUT', `/v1/connections/${connectionId}`, { ...body, ...says, http: { ...body.http, ...http } })
  expect(status).toBe(200)
}

it('where the application says that there are too many requests, they go one by one, then more and more, and no record fails', async () => {
  application = await startApplication({ sources: { orders: numbered(60) } })
  const flow = await makeFlow(api, application, { exports: { orders: { pageSize: 60 } } })
  await change(flow, { autoRecoverRateLimitErrors: true }, { concurrencyLevel: 2, targetConcurrencyLevel: 8 })
  let atOnce = 0
  const seen: number[] = []
  let refused = 0
  let open = (): void => undefined
  const eight = new Promise<void>((done) => (open = done))
  application.before = async (asked) => {
    if (!asked.startsWith('POST')) return undefined
    seen.push(++atOnce)
    if (atOnce === 8) open()
    // All eight of the target are there before the first is answered.
    await (seen.length <= 8 ? eight : new Promise((done) => setTimeout(done, 10)))
    atOnce--
    return refused < 8 && ++refused ? [429, { message: 'slow down' }] : undefined
  }
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 60, numError: 0 })
  expect(refused).toBe(8)
  // From then on they were one at once, two, and more.
  const after = seen.slice(8)
  expect(after[0]).toBe(1)
  expect(after.slice(0, 3).every((count) => count <= 2)).toBe(true)
  expect(Math.max(...after)).toBeGreaterThanOrEqual(4)
  expect(Math.max(...after)).toBeLessThanOrEqual(8)
})

it('a request that is one too many waits and is made eleven times at the most', async () => {
  application = await startApplication({ sources: { orders: numbered(1) } })
  const flow = await makeFlow(api, application)
  await change(flow, { autoRecoverRateLimitErrors: true })
  let refused = 0
  application.before = async (asked) => (asked.startsWith('POST') && ++refused <= 5 ? [429, {}] : undefined)
  expect(await runToEnd(api, flow._id, undefined)).toMatchObject({ status: 'completed', numError: 0 })
  expect(refused).toBe(6)
}, 60_000)

it('requests follow each other as far apart as the connection says, those of an export and of an import', async () => {
  application = await startApplication({ sources: { orders: numbered(5) } })
  const flow = await makeFlow(api, application, { connection: { rateLimit: { limit: 150 } } })
  const at: number[] = []
  application.before = async () => {
    at.push(performance.now())
    // An answer that takes longer than the time between requests: no other one is made meanwhile.
    if (at.length === 3) await new Promise((done) => setTimeout(done, 400))
    return undefined
  }
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 5 })
  const apart = at.slice(1).map((time, i) => time - (at[i] as number))
  expect(Math.min(...apart)).toBeGreaterThan(149)
  expect(apart[2]).toBeGreaterThan(540)
})
