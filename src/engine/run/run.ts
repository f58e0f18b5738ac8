/** Carries out one run: takes it up, sends its pages through the flow, commits each, and ends it. The states are told in README.md beside this file. */
import { StoreUnavailable } from '../../domain/errors.ts'
import type { World } from '../../domain/context.ts'
import type { RunningJob } from '../../domain/ports/jobs.ts'
import type { Task } from '../../domain/ports/queue.ts'
import { withFields } from '../../domain/observability/log-fields.ts'
import { measure } from '../../domain/observability/measurements.ts'
import { traced } from '../../domain/observability/tracing.ts'
import { laneName } from '../../domain/flows/run-flow.ts'
import { StepFailure } from '../adaptor.ts'
import { finishRun } from './finish.ts'
import { runGenerators } from './generators.ts'
import { takeRefusedOffline } from './refused-connections.ts'
import { leaseRun, RunLost, type Lease } from './lease.ts'
import { writeGathered } from './gathered-files.ts'
import { createPageCommit, openPageCommit } from './page-commit.ts'
import { loadPlan } from '../plan/load-plan.ts'
import type { Plan } from '../plan/plan.ts'
import { resendRecords } from './resend.ts'
import { ExecutionLog } from '../recording/execution-log.ts'
import { redactFailure } from './redact-failure.ts'
import type { RunEnd } from './run-outcome.ts'
import type { Engine } from '../plan/engine.ts'

/** Throws what a later try may get past (the database being away), and where the task is another worker's by now: its queue row must stay. */
export async function runJob(engine: Engine, { envId, jobId, accountId }: Task, stopping: AbortSignal): Promise<void> {
  const { world: shared } = engine
  const log = withFields(shared.log, { ...(accountId !== undefined && { accountId }), jobId })
  const world = { ...shared, log, ...(accountId !== undefined && { store: shared.storeOf(accountId) }) }
  const run = await world.store.jobs.claim(envId, jobId, world.now().toISOString())
  if (!run) return
  measure(
    'runStarted',
    run.epoch === 1 ? { status: 'started', waitedMs: world.now().getTime() - Date.parse(run.job.createdAt) } : { status: 'resumed' },
  )
  const lease = leaseRun(world, envId, run, stopping)
  const { _id, _flowId } = run.job
  const names = () => ({ 'sluice.job.id': _id, 'sluice.flow.id': _flowId, 'sluice.run.epoch': run.epoch })
  try {
    const { traceparent } = run.order
    const work = () => runUnderLease({ ...engine, world }, envId, run, lease)
    await traced('run', 'consumer', names, work, undefined, traceparent === undefined ? [] : [traceparent])
  } catch (error) {
    if (!(error instanceof RunLost) && !lease.signal.aborted) throw error
    await releaseRun(world, envId, run)
  } finally {
    lease.release()
  }
}

async function runUnderLease(engine: Engine, envId: string, run: RunningJob, lease: Lease): Promise<void> {
  const { world } = engine
  let pageCommit = createPageCommit(world, envId, run)
  const log = new ExecutionLog(world, envId, { flowId: run.job._flowId, jobId: run.job._id })
  let end: RunEnd
  let plan: Plan | undefined
  try {
    plan = await loadPlan(engine, envId, run, lease.signal, { record: ({ logging }, redact) => log.recorder(logging, redact) })
    pageCommit = await openPageCommit(engine, envId, run, plan)
    const running = { envId, run, plan, pageCommit, lease, pagesInFlight: engine.pagesInFlight }
    const reached = await (run.order.retry ? resendRecords(world, running, run.order.retry) : runGenerators(running))
    // Also where the source fails: what went through is delivered, as if each page were written by itself.
    if (reached.kind !== 'left') await writeGathered(world, running)
    end = reached.kind === 'failed' ? { ...reached, failure: redactFailure(reached.failure, plan.redact) } : reached
  } catch (error) {
    if (error instanceof RunLost || lease.signal.aborted || error instanceof StoreUnavailable) throw error
    end = toRunEnd(error, world, run)
  }
  await log.flush()
  await takeRefusedOffline(world, envId, run, plan?.refused)
  await (end.kind === 'left' ? requeueRun(world, envId, run) : finishRun(world, envId, run, end, pageCommit))
}

function toRunEnd(error: unknown, world: World, { job }: RunningJob): RunEnd {
  if (error instanceof StepFailure) {
    const { failure, stepId, exchange } = error
    return { kind: 'failed', failure, ...(stepId !== undefined && { stepId }), ...(exchange && { exchange }) }
  }
  world.log.error({ err: error, jobId: job._id, flowId: job._flowId }, 'run failed by a fault of the program')
  const message = 'Something went wrong in Sluice itself. Its log says what.'
  return { kind: 'failed', failure: { source: 'internal', code: 'internal_error', message } }
}

/** Another worker goes on after the last page that was committed. */
const requeueRun = (world: World, envId: string, { job, epoch }: RunningJob): Promise<void> =>
  world.store.transaction((rows) => rows.jobs.requeue(envId, job._id, epoch, laneName(job._flowId)))

/** A run that was given up in the middle of a page. */
async function releaseRun(world: World, envId: string, run: RunningJob): Promise<void> {
  const { job, epoch } = run
  const standing = await world.store.jobs.readOwnership(envId, job._id, epoch)
  world.log.info({ jobId: job._id, epoch, standing }, 'run was let go')
  if (standing === 'ours') await requeueRun(world, envId, run)
  if (standing === 'lost') throw new RunLost('Another worker has taken the run up.')
}
