/** Carries out one run: takes it up, sends its pages through the flow, commits each, and ends it. The states are told in README.md beside this file. */
import type { World } from '../domain/ports.ts'
import type { RunningJob } from '../domain/ports/jobs.ts'
import type { Task } from '../domain/ports/queue.ts'
import { laneOf } from '../domain/run-flow.ts'
import { StepFailure, type Failure } from './adaptor.ts'
import type { Adaptors } from './adaptors/index.ts'
import { finishRun } from './finish.ts'
import { openLedger, RunLost, type Ledger } from './ledger.ts'
import { loadPlan } from './load.ts'
import { runGenerators } from './generators.ts'
import { retryRecords } from './retry.ts'
import type { Plan } from './plan.ts'

/** How often a worker looks whether its run was canceled, or taken up by another while it stood still. */
const watchMs = 2000

export interface Engine {
  readonly world: World
  readonly adaptors: Adaptors
}

export interface Running {
  readonly accountId: string
  readonly run: RunningJob
  readonly plan: Plan
  readonly ledger: Ledger
  /** Aborted as soon as the run is no longer ours: requests at hand are given up. */
  readonly signal: AbortSignal
  /** Aborted when the worker is to end: the run goes on elsewhere behind the page at hand. */
  readonly stopping: AbortSignal
}

/** Throws only what a later try may get past: the database being away. */
export async function carryOut(engine: Engine, task: Task, stopping: AbortSignal): Promise<void> {
  const { world } = engine
  const { accountId, jobId } = task
  const run = await world.store.jobs.take(accountId, jobId, world.now().toISOString())
  if (!run) return
  const lost = new AbortController()
  const watch = setInterval(() => void stillOurs(world, accountId, run, lost), watchMs)
  try {
    const failure = await attempt(engine, accountId, run, lost.signal, stopping)
    if (failure === 'yielded') await world.store.transaction((rows) => rows.jobs.requeue(accountId, jobId, laneOf(run.job._flowId)))
    else await finishRun(world, accountId, run, failure)
  } catch (error) {
    if (!(error instanceof RunLost) && !lost.signal.aborted) throw error
    world.log.info({ jobId, epoch: run.epoch }, 'run is no longer ours')
  } finally {
    clearInterval(watch)
  }
}

async function stillOurs(world: World, accountId: string, run: RunningJob, lost: AbortController): Promise<void> {
  const isOurs = await world.store.jobs.isCurrent(accountId, run.job._id, run.epoch).catch(() => true)
  if (!isOurs) lost.abort(new RunLost())
}

/** Answers why the run failed, nothing where it completed, `yielded` where the worker ends before the run does. */
async function attempt(
  engine: Engine,
  accountId: string,
  run: RunningJob,
  signal: AbortSignal,
  stopping: AbortSignal,
): Promise<Failure | 'yielded' | undefined> {
  const { world } = engine
  try {
    const plan = await loadPlan(engine, accountId, run, signal)
    const ledger = await openLedger(world, accountId, run, plan)
    const running: Running = { accountId, run, plan, ledger, signal, stopping }
    return await (run.order.retry ? retryRecords(world, running, run.order.retry) : runGenerators(running))
  } catch (error) {
    if (error instanceof StepFailure) return error.failure
    if (error instanceof RunLost || signal.aborted || isPassing(error)) throw error
    world.log.error({ err: error, jobId: run.job._id, flowId: run.job._flowId }, 'run failed by a fault of the program')
    return { source: 'internal', code: 'internal_error', message: 'Something went wrong in Sluice itself. Its log says what.' }
  }
}

/** PostgreSQL being away (connection failures, shutdowns, too many connections) passes; anything else would fail again. */
const isPassing = (error: unknown): boolean => {
  const code = (error as { code?: string }).code ?? ''
  return (
    /^(?:08|53|57P)/.test(code) ||
    /^E(?:CONN|PIPE|TIMEDOUT|NOENT)/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect/.test(String((error as Error).message))
  )
}
