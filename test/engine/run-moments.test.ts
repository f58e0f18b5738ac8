/**
 * A run with several pages in flight that is canceled, left by its worker or cut off with it while a page is at each place of its way: whatever was sent is
 * counted and marked, what was not is sent later, and nothing is sent twice that was not in flight when a worker was killed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { apiForFile, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, make, makeFlow, runToEnd, startRun, stepJobs, until, type MadeFlow } from '../harness/flows.ts'
import { startStack } from '../harness/stack.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

const count = 30
const pageSize = 5
/** Of the third page. */
const heldId = 13
const pagesInFlight = 2
const everyId = Array.from({ length: count }, (_, n) => n + 1)

const alive = apiForFile({ worker: true })
const withoutWorker = apiForFile()
let application: Application
let marked: Set<number>
afterEach(() => application.close())

/** Where the page is, and how the run is seen to have come there and is kept from going on. */
const moments = [
  'the source is asked',
  'the page is filtered',
  'the export calls its function',
  'the lookup asks',
  'the import maps',
  'the import has begun to send',
  'the answers have come',
  'the import has ended',
  'the page is committed',
  'the page is acknowledged',
] as const
type Moment = (typeof moments)[number]

const functions: Readonly<Partial<Record<Moment, string>>> = {
  'the export calls its function': 'preSavePage',
  'the import maps': 'preMap',
  'the answers have come': 'postSubmit',
}

/** Moments at which a script of this server is at work, and what was sent before: none of these can be kept waiting, so they take their time. */
const slow: Readonly<Partial<Record<Moment, number>>> = { 'the page is filtered': pageSize, 'the import has ended': heldId }
const slowMs = 1500
const code = `
function takeTime(records) { for (const end = Date.now() + ${slowMs}; records.some(({ id }) => id === ${heldId}) && Date.now() < end;); }
function filter({ record }) { takeTime([record]); return true }
function postResponseMap({ postResponseMapData }) { takeTime(postResponseMapData); return postResponseMapData }`

interface Gate {
  /** Whoever comes here waits until it is opened. */
  pass(): Promise<void>
  readonly reached: Promise<void>
  open(): void
}

function createGate(): Gate {
  const [arrival, opening] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  return {
    pass() {
      arrival.resolve()
      return opening.promise
    },
    reached: arrival.promise,
    open: () => opening.resolve(),
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- options of every function
type Options = any
const answers: Readonly<Record<string, (options: Options) => unknown>> = {
  preSavePage: ({ data }) => ({ data, errors: [], abort: false }),
  preMap: ({ data }) => data.map((record: unknown) => ({ data: record })),
  postSubmit: ({ responseData }) => responseData,
}

/** An application that gives what is not marked, and functions on a stack; the gate stands at the moment. */
async function begin(api: Api, moment: Moment, gate: Gate): Promise<MadeFlow> {
  application = await startApplication()
  marked = new Set()
  application.before = async (asked, body) => {
    const id = Number(/\d+$/.exec(asked)?.[0] ?? (body as { id?: number } | undefined)?.id)
    if (asked.startsWith('GET /source/')) {
      if (moment === 'the source is asked') await gate.pass()
      return [200, { records: everyId.filter((each) => !marked.has(each)).map((each) => ({ id: each })) }]
    }
    if (asked.startsWith('GET /lookup/')) {
      if (moment === 'the lookup asks' && id === heldId) await gate.pass()
      return [200, { id }]
    }
    if (asked.startsWith('PUT /mark/')) {
      if (moment === 'the page is acknowledged' && id === heldId) await gate.pass()
      marked.add(id)
      return [200, {}]
    }
    if (moment === 'the import has begun to send' && id === heldId) await gate.pass()
    await pause(10)
    return undefined
  }
  const stack = await startStack(async ({ function: name, options }) => {
    if (functions[moment] === name && JSON.stringify(options).includes(`"id":${heldId}`)) await gate.pass()
    return [200, answers[name as string]?.(options)]
  })
  onTestFinished(() => stack.close())
  const server = { hostURI: stack.hostURI, systemToken: 'a-token-of-the-system' }
  const { _id: _stackId } = await make(api, 'stacks', { name: 'Functions', type: 'server', server })
  const hook = (name: string) => ({ [name]: { _stackId, function: name } })
  const isFiltered = moment === 'the page is filtered'
  return makeFlow(api, application, {
    code,
    exports: {
      orders: { type: 'once', pageSize, hooks: hook('preSavePage'), http: { once: { relativeURI: '/mark/{{record.id}}', method: 'PUT' } } },
      towns: { isLookup: true, http: { relativeURI: '/lookup/towns/{{record.id}}' } },
    },
    imports: {
      sink: {
        hooks: { ...hook('preMap'), ...hook('postSubmit') },
        ...(isFiltered && { filter: { type: 'script', script: { _scriptId: '{code}', function: 'filter' } } }),
      },
    },
    flow: {
      pageProcessors: [
        { type: 'export', _exportId: '{towns}' },
        { type: 'import', _importId: '{sink}', hooks: { postResponseMap: { _scriptId: '{code}', function: 'postResponseMap' } } },
      ],
    },
  })
}

const sent = (): number[] => application.ledger.map(({ body }) => body.id as number)
const inOrder = (ids: Iterable<number>): number[] => [...ids].toSorted((a, b) => a - b)

/** Resolves when the run has come to the moment; answers what lets it go on. */
async function arrive(api: Api, moment: Moment, gate: Gate, jobId: string): Promise<() => Promise<void>> {
  const before = slow[moment]
  if (before !== undefined) {
    await until(() => (sent().includes(before) ? true : undefined))
    return async () => undefined
  }
  if (moment !== 'the page is committed') {
    await gate.reached
    return async () => gate.open()
  }
  await until(() => (sent().length > 0 ? true : undefined))
  const client = await api.database.pool.connect()
  await client.query('begin')
  await client.query('select from sluice.jobs where _id = $1 for update', [jobId])
  await until(() => (sent().length >= pageSize ? true : undefined))
  return async () => {
    await client.query('rollback')
    client.release()
  }
}

/** While `act` goes on, the run is let go on. */
async function during(act: Promise<unknown>, goOn: () => Promise<void>): Promise<void> {
  await pause(300)
  await goOn()
  await act
}

describe.each(moments)('while %s', (moment) => {
  it('a run that is canceled counts and marks what it has sent, and the next run sends the rest', { timeout: 60_000 }, async () => {
    const gate = createGate()
    const flow = await begin(alive, moment, gate)
    const jobId = await startRun(alive, flow._id)
    const goOn = await arrive(alive, moment, gate, jobId)
    await during(alive.call('PUT', `/v1/jobs/${jobId}/cancel`), goOn)
    const isIdle = async (): Promise<true | undefined> => {
      const { rows } = await alive.database.pool.query(`select 1 from graphile_worker._private_jobs where payload ->> 'jobId' = $1`, [
        jobId,
      ])
      return rows.length === 0 ? true : undefined
    }
    await until(isIdle, 40_000)
    expect((await ended(alive, jobId)).status).toBe('canceled')
    const done = sent()
    expect([(await stepJobs(alive, flow, jobId))['sink']?.numSuccess ?? 0, inOrder(marked)]).toEqual([done.length, inOrder(done)])
    expect(await runToEnd(alive, flow._id)).toMatchObject({ status: 'completed', numExport: count - done.length })
    expect([inOrder(sent()), inOrder(marked)]).toEqual([everyId, everyId])
  })

  it('a run whose worker ends goes on with another one, and nothing is sent twice', { timeout: 60_000 }, async () => {
    const gate = createGate()
    const flow = await begin(alive, moment, gate)
    const jobId = await startRun(alive, flow._id)
    const goOn = await arrive(alive, moment, gate, jobId)
    await during(alive.restartWorker(), goOn)
    expect(await ended(alive, jobId, 40_000)).toMatchObject({ status: 'completed', numExport: count, numError: 0 })
    expect((await stepJobs(alive, flow, jobId))['sink']).toMatchObject({ numSuccess: count, numError: 0 })
    expect([inOrder(sent()), inOrder(marked)]).toEqual([everyId, everyId])
  })

  it(
    'a run whose worker is killed goes on with another one, and sends twice at the most what was in flight',
    { timeout: 90_000 },
    async () => {
      const gate = createGate()
      const flow = await begin(withoutWorker, moment, gate)
      const settings = { SLUICE_PAGES_IN_FLIGHT: String(pagesInFlight) }
      const doomed = await startWorkerProcess(withoutWorker.config, settings)
      const jobId = await startRun(withoutWorker, flow._id)
      const goOn = await arrive(withoutWorker, moment, gate, jobId)
      doomed.kill('SIGKILL')
      await during(doomed.exit, goOn)
      const next = await startWorkerProcess(withoutWorker.config, settings)
      expect(await ended(withoutWorker, jobId, 40_000)).toMatchObject({ status: 'completed', numError: 0 })
      // What was committed and could not be marked is exported once more.
      if (marked.size < count) expect(await runToEnd(withoutWorker, flow._id)).toMatchObject({ status: 'completed', numError: 0 })
      expect([inOrder(new Set(sent())), inOrder(marked)]).toEqual([everyId, everyId])
      // On a busy machine a worker may be taken for dead besides.
      const { rows } = await withoutWorker.database.pool.query<{ epoch: number }>(`select epoch from sluice.jobs where _id = $1`, [jobId])
      expect(sent().length - count).toBeLessThanOrEqual(((rows[0]?.epoch ?? 0) - 1) * pagesInFlight * pageSize)
      next.kill('SIGKILL')
      await next.exit
    },
  )
})
