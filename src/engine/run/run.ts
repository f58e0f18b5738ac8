/** Carries out one run: takes it up, sends its pages through the flow, commits each, and ends it. The states are told in README.md beside this file. */
import { DatabaseAway } from '../../domain/errors.ts'
import type { World } from '../../domain/context.ts'
import type { RunningJob } from '../../domain/ports/jobs.ts'
import type { Task } from '../../domain/ports/queue.ts'
import { laneOf } from '../../domain/flows/run-flow.ts'
import { StepFailure } from '../adaptor.ts'
import { finishRun } from './finish.ts'
import { runGenerators } from './generators.ts'
import { takeRefusedOffline } from './refused-connections.ts'
import { holdRun, RunLost, type Hold } from './lease.ts'
import { ledgerOf, openLedger } from './page-commit.ts'
import { loadPlan } from '../plan/load.ts'
import type { Plan } from '../plan/plan.ts'
import { retryRecords } from './resend.ts'
import { redacted } from './redacted.ts'
import type { End } from './running.ts'
import type { Engine } from '../plan/engine.ts'

/** Throws what a later try may get past (the database being away), and where the task is another worker's by now: its queue row must stay. */
export async function carryOut(engine: Engine, { envId, jobId, accountId }: Task, stopping: AbortSignal): Promise<void> {
  const { world: shared } = engine
  const world = accountId === undefined ? shared : { ...shared, store: shared.storeOf(accountId) }
  const run = await world.store.jobs.take(envId, jobId, world.now().toISOString())
  if (!run) return
  const hold = holdRun(world, envId, run, stopping)
  try {
    await attempt({ ...engine, world }, envId, run, hold)
  } catch (error) {
    if (!(error instanceof RunLost) && !hold.signal.aborted) throw error
    await letGo(world, envId, run)
  } finally {
    hold.release()
  }
}

async function attempt(engine: Engine, envId: string, run: RunningJob, hold: Hold): Promise<void> {
  const { world } = engine
  let ledger = ledgerOf(world, envId, run)
  let end: End
  let plan: Plan | undefined
  try {
    plan = await loadPlan(engine, envId, run, hold.signal)
    ledger = await openLedger(world, envId, run, plan)
    const running = { envId, run, plan, ledger, hold }
    const reached = await (run.order.retry ? retryRecords(world, running, run.order.retry) : runGenerators(running))
    end = reached.kind === 'failed' ? { ...reached, failure: redacted(reached.failure, plan.redact) } : reached
  } catch (error) {
    if (error instanceof RunLost || hold.signal.aborted || error instanceof DatabaseAway) throw error
    end = failureIn(error, world, run)
  }
  await takeRefusedOffline(world, envId, run, plan?.refused)
  await (end.kind === 'left' ? leave(world, envId, run) : finishRun(world, envId, run, end, ledger))
}

function failureIn(error: unknown, world: World, { job }: RunningJob): End {
  if (error instanceof StepFailure) return { kind: 'failed', failure: error.failure }
  world.log.error({ err: error, jobId: job._id, flowId: job._flowId }, 'run failed by a fault of the program')
  const message = 'Something went wrong in Sluice itself. Its log says what.'
  return { kind: 'failed', failure: { source: 'internal', code: 'internal_error', message } }
}

/** Another worker goes on behind the last page that was committed. */
const leave = (world: World, envId: string, { job, epoch }: RunningJob): Promise<void> =>
  world.store.transaction((rows) => rows.jobs.requeue(envId, job._id, epoch, laneOf(job._flowId)))

/** A run that was given up in the middle of a page. */
async function letGo(world: World, envId: string, run: RunningJob): Promise<void> {
  const { job, epoch } = run
  const standing = await world.store.jobs.standing(envId, job._id, epoch)
  world.log.info({ jobId: job._id, epoch, standing }, 'run was let go')
  if (standing === 'ours') await leave(world, envId, run)
  if (standing === 'lost') throw new RunLost('Another worker has taken the run up.')
}
