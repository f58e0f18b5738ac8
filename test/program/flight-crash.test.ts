/**
 * Runs with several pages in flight, whose server, workers and database are killed at random moments: every record arrives, what is counted is what was done,
 * and no more is sent twice than was in flight. `KILLS=200 npx vitest run` of this file kills so often.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openEmbedded } from '../../src/store/embedded/open.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { faults, type Victim } from '../harness/database-faults.ts'
import { makeFlow, numbered, until, type Maker } from '../harness/flows.ts'
import { dataFolder, startProgram, type Program } from '../harness/program.ts'
import { startWorkerProcess, type WorkerProcess } from '../harness/worker-process.ts'

const token = 'known-token-of-flight-crash'
const kills = Number(process.env['KILLS'] ?? 4)
const pageSize = 10
const records = 600
const pagesInFlight = 4
const settings = { SLUICE_PAGES_IN_FLIGHT: String(pagesInFlight), SLUICE_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('hex') }
/** Until a run goes on after a kill: a start, a dead worker that has to be noticed, and a machine with other work. Milliseconds. */
const goesOnMs = 120_000
/** So long nothing is sent any more where nobody is left who sends: a request of a worker that has lost its run may still be under way. Milliseconds. */
const quietMs = 1000

interface Stage {
  readonly victim: Victim
  readonly environment: Readonly<Record<string, string>>
  program: Program
  worker: WorkerProcess
}

async function begin(): Promise<Stage> {
  const SLUICE_DATA = await dataFolder()
  const environment = { SLUICE_DATA, SLUICE_TOKEN: token, ...settings }
  const program = await startProgram(environment, token)
  const { config, stop } = await openEmbedded(SLUICE_DATA, { exclusive: false })
  await stop()
  return {
    victim: { config, data: join(SLUICE_DATA, 'postgres') },
    environment,
    program,
    worker: await startWorker({ config }),
  }
}

/** As whoever watches over it does: one that begins while the database is away ends, and is started again. */
async function startWorker({ config }: Pick<Victim, 'config'>): Promise<WorkerProcess> {
  for (const end = Date.now() + goesOnMs; ;) {
    try {
      return await startWorkerProcess(config, settings)
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}

const killed: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async 'the worker'(stage) {
    stage.worker.kill('SIGKILL')
    await stage.worker.exit
    stage.worker = await startWorker(stage.victim)
  },
  async 'the server, which is a worker too'(stage) {
    stage.program.signal('SIGKILL')
    await stage.program.ended
    stage.program = await startProgram(stage.environment, token)
  },
  PostgreSQL: (stage) => befalls(stage, 'PostgreSQL is killed'),
  'all connections': (stage) => befalls(stage, 'all connections are cut'),
}

/** As soon as there is a PostgreSQL again that it can happen to. */
async function befalls({ victim, program }: Stage, name: keyof typeof faults): Promise<void> {
  const isDone = () =>
    faults[name]?.(victim, program.url, token).then(
      () => true,
      () => undefined,
    )
  await until(isDone, goesOnMs)
}

/** Asks until the server answers: what may be asked twice, and whatever is asked before the first kill. */
async function call(stage: Stage, method: string, path: string, body?: unknown): ReturnType<Maker['call']> {
  for (const end = Date.now() + goesOnMs; ;) {
    const answer = await stage.program.call(method, path, body).catch(() => undefined)
    if (answer && answer.status < 500) return answer
    if (Date.now() > end) throw new Error(`${method} ${path} was not answered: ${answer?.text}`)
    await pause(100)
  }
}

/** A request that was not answered may have started it. */
async function startOneRun(stage: Stage, flowId: string): Promise<string> {
  for (const end = Date.now() + goesOnMs; ;) {
    const answer = await stage.program.call('POST', `/v1/flows/${flowId}/run`).catch(() => undefined)
    if (answer?.status === 201) return answer.body._jobId as string
    if (Date.now() > end) throw new Error(`no run was started: ${answer?.text}`)
    await pause(1000)
    const { body } = await call(stage, 'GET', `/v1/jobs?_flowId=${flowId}&type=flow`)
    const begun = ((body ?? []) as { _id: string; status: string }[]).find(({ status }) => ['queued', 'running'].includes(status))
    if (begun) return begun._id
  }
}

/** Resolves when nothing has been sent for a while. */
async function becomesQuiet({ ledger }: Application): Promise<void> {
  for (let before = -1; before < ledger.length; await pause(quietMs)) before = ledger.length
}

const sentTo = (application: Application, sink: string): number[] =>
  application.ledger.filter((sent) => sent.sink === sink).map(({ body }) => body.id as number)

function expectWithinBound(application: Application, sink: string, times: number): void {
  const sent = sentTo(application, sink)
  expect(new Set(sent).size).toBe(records)
  const seen = new Set<number>()
  const pages = new Set<number>()
  for (const id of sent) {
    if (seen.has(id)) pages.add(Math.floor((id - 1) / pageSize))
    seen.add(id)
  }
  expect(pages.size).toBeLessThanOrEqual(times * pagesInFlight)
  expect(sent.length - records).toBeLessThanOrEqual(times * pagesInFlight * pageSize)
}

/** How often each was killed. */
const victims = new Map<string, number>()

/** Kills while the run goes on, each time after some of it has; answers how often. */
async function killDuring(stage: Stage, application: Application, jobId: string, left: number): Promise<number> {
  const kinds = Object.entries(killed)
  let times = 0
  let job: { status?: string } = {}
  for (let before = 0; ;) {
    const end = Date.now() + goesOnMs
    while (application.ledger.length <= before + 20) {
      job = (await call(stage, 'GET', `/v1/jobs/${jobId}`)).body
      if (job.status === 'completed') break
      if (job.status === 'failed' || Date.now() > end) throw new Error(`the run does not go on: ${JSON.stringify(job)}`)
      await pause(50)
    }
    if (job.status === 'completed') break
    if (times >= left) {
      before = application.ledger.length
      continue
    }
    await pause(Math.random() * 500)
    const [name, kill] = kinds[Math.floor(Math.random() * kinds.length)] as (typeof kinds)[number]
    await kill(stage)
    victims.set(name, (victims.get(name) ?? 0) + 1)
    before = application.ledger.length
    times += 1
  }
  const expected = { status: 'completed', numExport: records, numSuccess: 3 * records, numError: 0, numPagesProcessed: records / pageSize }
  expect(job).toMatchObject(expected)
  return times
}

test('kills at random moments lose nothing, and what is sent twice was in flight', { timeout: 240_000 + kills * 30_000 }, async () => {
  const lookups = { items: Object.fromEntries(numbered(records).map((_, n) => [String(n + 1), { n }])) }
  const application = await startApplication({ sources: { orders: numbered(records, { wait: 20 }) }, lookups })
  onTestFinished(() => application.close())
  const stage = await begin()
  const paging = { method: 'skip', skip: 0 }
  const flow = await makeFlow({ call: (method, path, body) => call(stage, method, path, body) }, application, {
    connection: { concurrencyLevel: 10 },
    exports: {
      orders: { pageSize, http: { relativeURI: '/source/orders?limit=50&skip={{export.http.paging.skip}}', paging } },
      items: { isLookup: true, http: { relativeURI: '/lookup/items/{{record.id}}' } },
    },
    imports: { first: {}, second: {} },
    flow: {
      pageProcessors: [
        { type: 'export', _exportId: '{items}', responseMapping: { fields: [{ extract: 'data[0].n', generate: 'n' }], lists: [] } },
        { type: 'import', _importId: '{first}' },
        { type: 'import', _importId: '{second}' },
      ],
    },
  })
  let [done, runs, twice] = [0, 0, 0]
  while (done < kills) {
    application.ledger.length = 0
    const jobId = await startOneRun(stage, flow._id)
    const times = await killDuring(stage, application, jobId, kills - done)
    await becomesQuiet(application)
    for (const sink of ['first', 'second']) expectWithinBound(application, sink, times)
    done += times
    runs += 1
    twice += application.ledger.length - 2 * records
    expect(done).toBeLessThanOrEqual(kills)
    if (process.env['KILLS']) process.stdout.write(`${done} kills, ${runs} runs of ${records} records, ${twice} sent twice so far\n`)
  }
  if (process.env['KILLS']) process.stdout.write(`${[...victims].map(([name, times]) => `${name} ${times} times`).join(', ')}\n`)
})
