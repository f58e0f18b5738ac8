/** Connections that are offline: asked again by themselves, and the flows that wait for them meanwhile. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { nextPingAt } from '../../src/domain/on-request/ping-times.ts'
import { pingOffline } from '../../src/domain/on-request/offline-connections.ts'
import { startScheduledRuns } from '../../src/domain/flows/schedules/scheduled-runs.ts'
import { apiForFile, startApi } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ask } from '../harness/database.ts'
import { make, makeFlow, until, type MadeFlow } from '../harness/flows.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

/** Without a worker: each test says what time it is. */
const api = apiForFile()
let application: Application
let isUp = true
beforeEach(async () => {
  isUp = true
  application = await startApplication({ sources: { orders: [{ id: 1 }] } })
  application.before = async () => (isUp ? undefined : [503, { message: 'closed' }])
})
afterEach(async () => {
  await application.close()
  await ask(api.config, `update sluice.documents set deleted_at = now() where collection = 'flows'`)
  await ask(api.config, `delete from sluice.offline_pings`)
})

const ping = { relativeURI: '/source/orders' }
const minute = 60_000
const hour = 60 * minute
const monday = new Date('2026-06-01T09:00:00.000Z')
const later = (ms: number): Date => new Date(monday.getTime() + ms)
const at = (now: Date) => ({ ...api.world, now: () => now })
const isOffline = async (id: string): Promise<boolean> => (await api.call('GET', `/v1/connections/${id}`)).body.offline ?? false
const pings = (): number => application.asked.filter((asked) => asked === 'GET /source/orders').length
/** A connection that went offline on Monday at nine. */
async function takeDown(id: string): Promise<void> {
  isUp = false
  expect((await api.call('GET', `/v1/connections/${id}/ping`)).body.errors).toHaveLength(1)
  await ask(api.config, `update sluice.offline_pings set next_at = $2::timestamptz where connection_id = $1`, [
    id,
    nextPingAt(at(monday), 0),
  ])
  application.asked.length = 0
}
const connection = async (http: object = { ping }): Promise<string> => {
  const doc = { name: 'Shop', type: 'http', http: { mediaType: 'json', baseURI: application.origin, ...http } }
  return (await make(api, 'connections', doc))._id as string
}

describe('a connection that went offline', () => {
  it('is asked again after an hour and not before, and is online once it works', async () => {
    const id = await connection()
    await takeDown(id)
    await pingOffline(at(later(59 * minute)))
    expect(pings()).toBe(0)
    await pingOffline(at(later(67 * minute)))
    expect([pings(), await isOffline(id)]).toEqual([1, true])
    await pingOffline(at(later(2 * hour)))
    expect(pings()).toBe(1)
    isUp = true
    await pingOffline(at(later(2 * hour + 20 * minute)))
    expect([pings(), await isOffline(id)]).toEqual([2, false])
    await pingOffline(at(later(24 * hour)))
    expect(pings()).toBe(2)
    const { body } = await api.call('GET', `/v1/connections/${id}/audit`)
    const change = expect.objectContaining({ fieldPath: 'offline', newValue: false })
    expect(body).toContainEqual(expect.objectContaining({ fieldChanges: expect.arrayContaining([change]) }))
  })

  it('is asked by one worker at a time, and by another one where that one has died', async () => {
    const id = await connection()
    await takeDown(id)
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    application.before = async () => {
      await held
      return [503, {}]
    }
    const first = pingOffline(at(later(2 * hour)))
    await until(() => (pings() === 1 ? true : undefined))
    await pingOffline(at(later(2 * hour + minute / 2)))
    expect(pings()).toBe(1)
    const second = pingOffline(at(later(2 * hour + 2 * minute)))
    await until(() => (pings() === 2 ? true : undefined))
    release()
    await Promise.all([first, second])
    expect(await isOffline(id)).toBe(true)
  })

  it('of many is asked at different times', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => connection()))
    for (const id of ids) await takeDown(id)
    const rows = await ask(api.config, `select next_at from sluice.offline_pings`)
    expect(new Set(rows.map((row) => String(row['next_at']))).size).toBeGreaterThan(5)
  })

  it('is not asked where somebody saved it, deleted it, or where it has no ping', async () => {
    const saved = await connection()
    await takeDown(saved)
    const { body } = await api.call('GET', `/v1/connections/${saved}`)
    expect((await api.call('PUT', `/v1/connections/${saved}`, body)).body.offline).toBe(false)
    const deleted = await connection()
    await takeDown(deleted)
    expect((await api.call('DELETE', `/v1/connections/${deleted}`)).status).toBe(204)
    const without = await connection({})
    await ask(api.config, `update sluice.documents set doc = doc || '{"offline":true}' where _id = $1`, [without])
    application.asked.length = 0
    await pingOffline(at(later(2 * hour)))
    expect(application.asked).toEqual([])
    expect(await isOffline(without)).toBe(true)
  })

  it('is asked by a worker that was started since', { timeout: 60_000 }, async () => {
    const server = await startApi({ pingAfterMs: 1000 })
    try {
      const doc = { name: 'Shop', type: 'http', http: { mediaType: 'json', baseURI: application.origin, ping } }
      const { _id } = await make(server, 'connections', doc)
      isUp = false
      await server.call('GET', `/v1/connections/${_id}/ping`)
      const first = await startWorkerProcess(server.config, { SLUICE_PING_AFTER: '1' })
      const tries = async (): Promise<number> => Number((await ask(server.config, `select tries from sluice.offline_pings`))[0]?.['tries'])
      await until(async () => ((await tries()) >= 2 ? true : undefined))
      first.kill('SIGKILL')
      await first.exit
      await pause(1500)
      isUp = true
      await startWorkerProcess(server.config, { SLUICE_PING_AFTER: '1' })
      await until(async () => ((await server.call('GET', `/v1/connections/${_id}`)).body.offline ? undefined : true))
      const { body } = await server.call('GET', `/v1/connections/${_id}`)
      expect(body).toMatchObject({ offline: false, lastPingStatus: 'success' })
    } finally {
      await server.close()
    }
  })
})

test('the time between two pings: an hour six times, then doubled, at most a day and a tenth', () => {
  const waits = Array.from({ length: 14 }, (_, tries) => (Date.parse(nextPingAt(at(monday), tries)) - monday.getTime()) / hour)
  const least = [1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 24, 24, 24, 24]
  for (const [i, wait] of waits.entries()) {
    expect(wait).toBeGreaterThanOrEqual(least[i] as number)
    expect(wait).toBeLessThanOrEqual((least[i] as number) * 1.1)
  }
})

describe('a flow with a schedule, of which a connection is offline', () => {
  const tick = (ms: number) => startScheduledRuns(at(later(ms + 3000)), later(ms))
  const jobsOf = async ({ _id }: MadeFlow) => (await api.call('GET', `/v1/jobs?_flowId=${_id}`)).body ?? []
  const summary = async (flow: MadeFlow) => (await jobsOf(flow)).map(({ status }: { status: string }) => status)
  const endRuns = ({ _id }: MadeFlow) =>
    ask(api.config, `update sluice.jobs set status = 'completed', ended_at = now() where _flow_id = $1 and ended_at is null`, [_id])

  it('does not run and piles nothing up; one canceled run says why; it runs once when the connection is back', async () => {
    const flow = await makeFlow(api, application, { connection: { ping }, flow: { schedule: '? */10 * ? * *' } })
    await takeDown(flow.connectionId)
    for (const minutes of [0, 10, 20, 30]) await tick(minutes * minute)
    const [job, ...none] = await jobsOf(flow)
    expect(none).toEqual([])
    expect(job).toMatchObject({
      status: 'canceled',
      errorMessage: expect.stringContaining(`${flow.connectionId} (application) is offline`),
    })
    expect((await api.call('GET', `/v1/flows/${flow._id}/jobs/latest`)).body).toMatchObject([{ _id: job._id }])

    isUp = true
    await pingOffline(at(later(2 * hour)))
    await tick(2 * hour + minute)
    expect(await summary(flow)).toEqual(['queued', 'canceled'])
    await endRuns(flow)
    await tick(2 * hour + 2 * minute)
    expect(await summary(flow)).toEqual(['completed', 'canceled'])
    await tick(2 * hour + 10 * minute)
    expect(await summary(flow)).toEqual(['queued', 'completed', 'canceled'])
  })

  it('starts one run, not two, where it is due in the minute in which it goes on', async () => {
    const flow = await makeFlow(api, application, { connection: { ping }, flow: { schedule: '? * * ? * *' } })
    await takeDown(flow.connectionId)
    await tick(0)
    isUp = true
    await api.call('GET', `/v1/connections/${flow.connectionId}/ping`)
    await tick(minute)
    expect(await summary(flow)).toEqual(['queued', 'canceled'])
  })

  it('goes on with the page generators that were due', async () => {
    const pageGenerators = [
      { _exportId: '{orders}', schedule: '? 0 * ? * *' },
      { _exportId: '{returns}', schedule: '? 5 * ? * *' },
      { _exportId: '{rest}', schedule: '? 7 * ? * *' },
    ]
    const flow = await makeFlow(api, application, {
      exports: { orders: {}, returns: {}, rest: {} },
      connection: { ping },
      flow: { pageGenerators },
    })
    await takeDown(flow.connectionId)
    for (const minutes of [0, 5, 6]) await tick(minutes * minute)
    await api.call('GET', `/v1/connections/${flow.connectionId}/ping`)
    isUp = true
    await api.call('GET', `/v1/connections/${flow.connectionId}/ping`)
    await tick(6 * minute + minute / 2)
    const [row] = await ask(api.config, `select run_order from sluice.jobs where _flow_id = $1 and status = 'queued'`, [flow._id])
    const { exportIds } = (row as { run_order: { exportIds: string[] } }).run_order
    expect(new Set(exportIds)).toEqual(new Set([flow.ids['orders'], flow.ids['returns']]))
  })

  it('does not go on where it was turned off meanwhile', async () => {
    const flow = await makeFlow(api, application, { connection: { ping }, flow: { schedule: '? 0 * ? * *' } })
    await takeDown(flow.connectionId)
    await tick(0)
    await api.call('PATCH', `/v1/flows/${flow._id}`, [{ op: 'replace', path: '/disabled', value: true }])
    isUp = true
    await api.call('GET', `/v1/connections/${flow.connectionId}/ping`)
    await tick(5 * minute)
    expect(await summary(flow)).toEqual(['canceled'])
    await api.call('PATCH', `/v1/flows/${flow._id}`, [{ op: 'replace', path: '/disabled', value: false }])
    await tick(6 * minute)
    expect(await summary(flow)).toEqual(['canceled'])
  })

  it('of another account, or over another connection, runs', async () => {
    const flow = await makeFlow(api, application, { connection: { ping }, flow: { schedule: '? 0 * ? * *' } })
    const other = await makeFlow(api, application, { connection: { ping }, flow: { schedule: '? 0 * ? * *' } })
    await takeDown(flow.connectionId)
    await tick(0)
    expect([await summary(flow), await summary(other)]).toEqual([['canceled'], ['queued']])
  })
})
