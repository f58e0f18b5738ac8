/** A server, a worker and their database as programs that are killed at random moments, and started again as whoever watches over them does. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openEmbedded } from '../../src/store/embedded/open.ts'
import { faults, type Victim } from './database-faults.ts'
import { until, type Maker } from './flows.ts'
import { dataFolder, startProgram, type Program } from './program.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'

const token = 'known-token-of-the-kill-stage'
/** Until something goes on after a kill: a start, a dead worker that has to be noticed, and a machine with other work. Milliseconds. */
export const goesOnMs = 120_000

type Settings = Readonly<Record<string, string>>

export interface Stage {
  readonly victim: Victim
  readonly settings: Settings
  readonly environment: Settings
  /** How often each was killed. */
  readonly victims: Map<string, number>
  program: Program
  worker: WorkerProcess
}

export async function beginStage(more: Settings = {}): Promise<Stage> {
  const SLUICE_DATA = await dataFolder()
  const settings = { SLUICE_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('hex'), SLUICE_FILE_SETTLE_SECONDS: '0', ...more }
  const environment = { SLUICE_DATA, SLUICE_TOKEN: token, ...settings }
  const program = await startProgram(environment, token)
  const { config, stop } = await openEmbedded(SLUICE_DATA, { exclusive: false })
  await stop()
  const victim = { config, data: join(SLUICE_DATA, 'postgres') }
  return { victim, settings, environment, victims: new Map(), program, worker: await startWorker({ victim, settings }) }
}

/** As whoever watches over it does: one that begins while the database is away ends, and is started again. */
async function startWorker({ victim, settings }: Pick<Stage, 'victim' | 'settings'>): Promise<WorkerProcess> {
  for (const end = Date.now() + goesOnMs; ;) {
    try {
      return await startWorkerProcess(victim.config, settings)
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}

const killed: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async 'the worker'(stage) {
    stage.worker.kill('SIGKILL')
    await stage.worker.exit
    stage.worker = await startWorker(stage)
  },
  async 'the server, which is a worker too'(stage) {
    stage.program.signal('SIGKILL')
    await stage.program.ended
    stage.program = await startProgram(stage.environment, token)
  },
  PostgreSQL: (stage) => befalls(stage, 'PostgreSQL is killed'),
  'all connections': (stage) => befalls(stage, 'all connections are cut'),
}

/** Any of them. */
export async function killOne(stage: Stage): Promise<void> {
  const kinds = Object.entries(killed)
  const [name, kill] = kinds[Math.floor(Math.random() * kinds.length)] as (typeof kinds)[number]
  await kill(stage)
  stage.victims.set(name, (stage.victims.get(name) ?? 0) + 1)
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

function describeFailure({ program: { child, output } }: Stage, { message, cause }: Error): string {
  const alive = child.exitCode ?? child.signalCode ?? 'running'
  return `${message}, ${String(cause)}; the server is ${alive} and said: ${output().slice(-1000)}`
}

/** Asks until the server answers: what may be asked twice, and whatever is asked before the first kill. */
export async function callStage(stage: Stage, method: string, path: string, body?: unknown): ReturnType<Maker['call']> {
  for (const end = Date.now() + goesOnMs; ;) {
    const answer = await stage.program
      .call(method, path, body)
      .catch((error: Error) => ({ status: 599, text: describeFailure(stage, error), body: undefined }))
    if (answer.status < 500) return answer
    if (Date.now() > end) throw new Error(`${method} ${path} was not answered: ${answer.text}`)
    await pause(100)
  }
}

/** A request that was not answered may have started it. */
export async function startOneRun(stage: Stage, flowId: string): Promise<string> {
  for (const end = Date.now() + goesOnMs; ;) {
    const answer = await stage.program.call('POST', `/v1/flows/${flowId}/run`).catch(() => undefined)
    if (answer?.status === 201) return answer.body._jobId as string
    if (Date.now() > end) throw new Error(`no run was started: ${answer?.text}`)
    await pause(1000)
    const { body } = await callStage(stage, 'GET', `/v1/jobs?_flowId=${flowId}&type=flow`)
    const begun = ((body ?? []) as { _id: string; status: string }[]).find(({ status }) => ['queued', 'running'].includes(status))
    if (begun) return begun._id
  }
}
