/**
 * Workers that are killed, ended or stopped in the middle of a run: the run goes on elsewhere, no record is lost, and no more pages are sent twice than were in
 * flight.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, makeFlow, numbered, startRun, stepJobs, until, type MadeFlow } from '../harness/flows.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

const records = 1000
const pageSize = 50
/** Pages, as the workers are told: the one that is ending, the one that has begun, and those that wait for a commit, however slow that is. */
const inFlight = 4
const bounded = { SLUICE_PAGES_IN_FLIGHT: String(inFlight) }
/**
 * Milliseconds in which a dead worker's run has to go on elsewhere: it is given up after 6 s, looked for every second, and taken up again on a machine that
 * may be so busy that each of these takes three times as long.
 */
const takeover = 30_000
/** Milliseconds in which a run is handed over by a worker that ends in order: no worker is given up so soon. */
const handover = 5000

let api: Api
let application: Application
beforeEach(async () => {
  api = await startApi()
  application = await startApplication({ sources: { orders: numbered(records, { wait: 5 }) } })
})
afterEach(async () => {
  await application.close()
  await api.close()
})

/** The source is read 500 at a time, so that a run is cut off within an answer as well as between two. */
function manyRecords(code?: string): Promise<MadeFlow> {
  const hooks = code !== undefined && { hooks: { preSavePage: { _scriptId: '{code}', function: 'preSavePage' } } }
  const paging = { method: 'skip', skip: 0 }
  const relativeURI = '/source/orders?limit=500&skip={{export.http.paging.skip}}'
  return makeFlow(api, application, {
    connection: { concurrencyLevel: 10 },
    exports: { orders: { pageSize, http: { relativeURI, paging }, ...hooks } },
    ...(code !== undefined && { code }),
  })
}

/** Record at which the sink stops answering, in the middle of a page and of an answer of the source: what happens to a worker happens in the middle of its run. */
const middle = 620
const arrived = (): number => application.ledger.length

/** Resolves when the run has come to the middle and can go no further before it is released. */
async function holdInTheMiddle(): Promise<() => void> {
  const { promise: released, resolve } = Promise.withResolvers<undefined>()
  let isHeld = false
  application.before = (_asked, body) => {
    if (((body ?? {}) as { id?: number }).id !== middle && !isHeld) return undefined
    isHeld = true
    return released
  }
  await until(() => (isHeld ? true : undefined), 30_000)
  return () => {
    application.before = () => undefined
    resolve(undefined)
  }
}
/** Longest that the sink had to wait for a record from `at` on, once all are there. Milliseconds. */
function silence(at: number): number {
  const times = [at, ...application.ledger.map((sent) => sent.at).filter((sentAt) => sentAt > at)]
  const longest = Math.max(...times.map((time, i) => time - (times[i - 1] ?? time)))
  if (process.env['TEST_LOG']) process.stdout.write(`longest silence ${longest} ms\n`)
  return longest
}

/** Whether records came that were not on their way at `at`. */
const wentOn = (at: number): true | undefined => application.ledger.some((sent) => sent.at > at + 1000) || undefined

/** Every record is there; answers those that came more than once. */
function duplicates(): number[] {
  const seen = new Map<number, number>()
  for (const { body } of application.ledger) seen.set(body.id, (seen.get(body.id) ?? 0) + 1)
  expect(seen.size).toBe(records)
  return [...seen].flatMap(([id, times]) => (times > 1 ? [id] : []))
}

const pagesOf = (ids: readonly number[]): number => new Set(ids.map((id) => Math.floor((id - 1) / pageSize))).size

async function expectComplete(flow: MadeFlow, id: string): Promise<void> {
  const job = await ended(api, id, 120_000)
  expect(job).toMatchObject({
    status: 'completed',
    numExport: records,
    numSuccess: records,
    numError: 0,
    numPagesProcessed: records / pageSize,
  })
  expect((await stepJobs(api, flow, id))['sink']).toMatchObject({ status: 'completed', numSuccess: records })
}

it('a worker that is killed loses nothing: another one goes on after the last page that was committed', async () => {
  const flow = await manyRecords()
  const doomed = await startWorkerProcess(api.config, bounded)
  const id = await startRun(api, flow._id)
  const release = await holdInTheMiddle()
  await startWorkerProcess(api.config, bounded)
  doomed.kill('SIGKILL')
  const at = Date.now()
  release()
  await expectComplete(flow, id)
  expect(silence(at)).toBeLessThan(takeover)
  expect(pagesOf(duplicates())).toBeLessThanOrEqual(inFlight)
}, 180_000)

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'preSavePage gets each page with the number that it had, and ends a run where it would have ended it, after %s of the worker',
  async (signal) => {
    const last = 15
    const flow = await manyRecords(
      `function preSavePage(o) { return { data: o.data.map((r) => ({ ...r, page: o.pageIndex })), errors: [], abort: o.pageIndex === ${last} } }`,
    )
    const doomed = await startWorkerProcess(api.config, bounded)
    const id = await startRun(api, flow._id)
    const release = await holdInTheMiddle()
    await startWorkerProcess(api.config, bounded)
    doomed.kill(signal)
    release()
    const sent = (last + 1) * pageSize
    expect(await ended(api, id, 120_000)).toMatchObject({ status: 'completed', numSuccess: sent, numError: 0, numPagesProcessed: last + 1 })
    const bodies = application.ledger.map(({ body }) => body as { id: number; page: number })
    expect(new Set(bodies.map(({ id: one }) => one)).size).toBe(sent)
    expect(bodies.filter(({ id: one, page }) => page !== Math.floor((one - 1) / pageSize))).toEqual([])
  },
  180_000,
)

it('a worker that is alone and is started again goes on with its own run; with one page in flight, that page alone may be sent twice', async () => {
  const flow = await manyRecords()
  const doomed = await startWorkerProcess(api.config, { SLUICE_PAGES_IN_FLIGHT: '1' })
  const id = await startRun(api, flow._id)
  const release = await holdInTheMiddle()
  doomed.kill('SIGKILL')
  release()
  await doomed.exit
  await startWorkerProcess(api.config, bounded)
  const at = Date.now() // how long a program takes to start is no matter of the run's
  await expectComplete(flow, id)
  expect(silence(at)).toBeLessThan(takeover)
  expect(pagesOf(duplicates())).toBeLessThanOrEqual(1)
}, 180_000)

it('a worker that is ended hands its run over at once, and no record is sent twice', async () => {
  const flow = await manyRecords()
  const leaving = await startWorkerProcess(api.config, bounded)
  const id = await startRun(api, flow._id)
  const release = await holdInTheMiddle()
  await startWorkerProcess(api.config, bounded)
  leaving.kill('SIGTERM')
  const at = Date.now()
  release()
  expect(await leaving.exit).toBe(0)
  expect(Date.now() - at).toBeLessThan(handover)
  expect(arrived()).toBeLessThan(records)
  await expectComplete(flow, id)
  expect(silence(at)).toBeLessThan(handover)
  expect(duplicates()).toEqual([])
}, 180_000)

it('a worker that stands still for 12 s writes nothing afterwards: its run is another one by then', async () => {
  const flow = await manyRecords()
  const stale = await startWorkerProcess(api.config, bounded)
  const id = await startRun(api, flow._id)
  const release = await holdInTheMiddle()
  await startWorkerProcess(api.config, bounded)
  stale.kill('SIGSTOP')
  const at = Date.now()
  release()
  await until(() => wentOn(at), takeover)
  expect(silence(at)).toBeLessThan(takeover)
  await pause(Math.max(0, at + 12_000 - Date.now()))
  stale.kill('SIGCONT')
  await expectComplete(flow, id)
  expect(pagesOf(duplicates())).toBeLessThanOrEqual(inFlight)
  const { rows } = await api.database.pool.query<{ epoch: number }>(`select epoch from sluice.jobs where _id = $1`, [id])
  expect(rows).toEqual([{ epoch: 2 }])
  // Its lane is free again: the next run begins at once.
  application.script = { sources: { orders: [] } }
  expect(await ended(api, await startRun(api, flow._id), 5000)).toMatchObject({ status: 'completed', numExport: 0 })
}, 180_000)

it('a run whose workers die more often than a task is handed out goes on, as long as it comes further each time', async () => {
  const flow = await manyRecords()
  const taskOf = async () =>
    (await api.database.pool.query(`select attempts, locked_by from graphile_worker._private_jobs where payload ->> 'jobId' = $1`, [id]))
      .rows
  const first = await startWorkerProcess(api.config, bounded)
  const id = await startRun(api, flow._id)
  const release = await holdInTheMiddle()
  // Pages before the one that is held are committed.
  await until(async () => ((await api.call('GET', `/v1/jobs/${id}`)).body.numSuccess > 0 ? true : undefined))
  await api.database.pool.query(`update graphile_worker._private_jobs set attempts = max_attempts - 1 where payload ->> 'jobId' = $1`, [id])
  first.kill('SIGKILL')
  await first.exit
  const second = await startWorkerProcess(api.config, bounded)
  await until(async () => {
    const { rows } = await api.database.pool.query<{ epoch: number }>(`select epoch from sluice.jobs where _id = $1`, [id])
    return rows[0]?.epoch === 2 ? true : undefined
  })
  expect(await taskOf()).toMatchObject([{ attempts: 1, locked_by: expect.any(String) }])
  second.kill('SIGKILL')
  await second.exit
  release()
  await startWorkerProcess(api.config, bounded)
  await expectComplete(flow, id)
}, 180_000)

it('a run goes on when the database has cut all connections', async () => {
  const flow = await manyRecords()
  await startWorkerProcess(api.config, bounded)
  const id = await startRun(api, flow._id)
  const release = await holdInTheMiddle()
  await api.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  release()
  await expectComplete(flow, id)
  expect(pagesOf(duplicates())).toBeLessThanOrEqual(inFlight)
}, 180_000)

it('a worker that is killed between the commit of a page and its acknowledgement: the next run exports that page once more', async () => {
  application.script = { sources: { orders: numbered(3) } }
  const once = { type: 'once', http: { once: { relativeURI: '/sink/marks', method: 'POST' } } }
  const flow = await makeFlow(api, application, { exports: { orders: once } })
  const marks = (): number => application.ledger.filter(({ sink }) => sink === 'marks').length
  application.before = (asked) => (asked === 'POST /sink/marks' ? new Promise(() => undefined) : undefined)
  const doomed = await startWorkerProcess(api.config, bounded)
  const id = await startRun(api, flow._id)
  await until(() => (application.asked.includes('POST /sink/marks') ? true : undefined))
  doomed.kill('SIGKILL')
  await doomed.exit
  application.before = () => undefined
  await startWorkerProcess(api.config, bounded)
  expect(await ended(api, id)).toMatchObject({ status: 'completed', numExport: 3 })
  expect(marks()).toBe(0)
  expect(await ended(api, await startRun(api, flow._id))).toMatchObject({ status: 'completed', numExport: 3 })
  expect(marks()).toBe(3)
}, 180_000)

describe('the queue is mended', () => {
  const small = async (): Promise<{ flow: MadeFlow; id: string }> => {
    application.script = { sources: { orders: numbered(3) } }
    const flow = await makeFlow(api, application)
    return { flow, id: await startRun(api, flow._id) }
  }
  const change = (text: string, values: unknown[]) => api.database.pool.query(text, values)

  it('where a run has fallen out of it', async () => {
    const { id } = await small()
    await change(`delete from graphile_worker._private_jobs where payload ->> 'jobId' = $1`, [id])
    await change(`update sluice.jobs set created_at = now() - interval '1 minute' where _id = $1`, [id])
    await startWorkerProcess(api.config, bounded)
    expect(await ended(api, id)).toMatchObject({ status: 'completed', numSuccess: 3 })
  })

  it('where a lane is locked that nobody holds', async () => {
    const { id } = await small()
    await change(`update graphile_worker._private_job_queues set locked_by = 'nobody', locked_at = now() - interval '1 minute'`, [])
    await startWorkerProcess(api.config, bounded)
    expect(await ended(api, id)).toMatchObject({ status: 'completed', numSuccess: 3 })
  })

  it('where a task would wait for hours for its next try', async () => {
    const { id } = await small()
    await change(`update graphile_worker._private_jobs set run_at = now() + interval '6 hours', attempts = 10`, [])
    await startWorkerProcess(api.config, bounded)
    expect(await ended(api, id)).toMatchObject({ status: 'completed', numSuccess: 3 })
  })

  it('where a task is spent: its run fails, and the next one of the flow runs', async () => {
    const { flow, id } = await small()
    await change(`update graphile_worker._private_jobs set attempts = max_attempts`, [])
    await startWorkerProcess(api.config, bounded)
    const spent = await ended(api, id)
    expect([spent.status, spent.errorMessage]).toEqual(['failed', expect.stringMatching(/^The run was taken up 25 times/)])
    expect(await ended(api, await startRun(api, flow._id))).toMatchObject({ status: 'completed', numSuccess: 3 })
  })
})
