/** Where a run writes down what its pages did. A page is written whole (counts, errors, retry data, where to go on) or not at all. */
import type { World } from '../domain/ports.ts'
import type { Counts, JobProgress, RunningJob } from '../domain/ports/jobs.ts'
import type { Plan } from './plan.ts'
import { openTally, zero, type Tally } from './tally.ts'

/** The run has ended or another worker has it: stop, and write nothing. */
export class RunLost extends Error {
  override readonly name = 'RunLost'
}

export interface Ledger {
  /** A fresh tally, for the next page. */
  open(): Tally
  /** Throws RunLost. `resolved` are errors that this page sent again: they are resolved in the same transaction. */
  commit(tally: Tally, checkpoint: unknown, resolved?: { readonly stepId: string; readonly errorIds: readonly string[] }): Promise<void>
}

export async function openLedger(world: World, accountId: string, run: RunningJob, plan: Plan): Promise<Ledger> {
  const { job } = run
  const jobOfStep = await stepJobs(world, accountId, run, plan)
  const generators = new Set(plan.generators.map(({ stepId }) => stepId))
  return {
    open: () => openTally(world, job._id),
    async commit(tally, checkpoint, resolved) {
      const at = world.now().toISOString()
      const steps = [...tally.counts].flatMap(([stepId, counts]): JobProgress[] =>
        jobOfStep.has(stepId) ? [{ jobId: jobOfStep.get(stepId) as string, counts }] : [],
      )
      const progress = [{ jobId: job._id, counts: totalOf(tally, generators) }, ...steps]
      const written = await world.store.transaction(async (rows) => {
        if (!(await rows.jobs.progress(accountId, job._id, run.epoch, checkpoint, progress, at))) return false
        if (resolved)
          await rows.flowErrors.resolve(accountId, job._flowId, resolved.stepId, resolved.errorIds, job._userId ?? 'autopilot', at)
        await rows.flowErrors.add(accountId, job._flowId, tally.errors)
        return true
      })
      if (!written) throw new RunLost()
    },
  }
}

/** A job for each step of the flow, under the run: what users look at to see where records went. */
async function stepJobs(world: World, accountId: string, { job }: RunningJob, plan: Plan): Promise<ReadonlyMap<string, string>> {
  const createdAt = world.now().toISOString()
  const steps = plan.steps.map(({ stepId, kind }, oIndex) => ({
    _id: world.newId(),
    type: kind === 'import' ? ('import' as const) : ('export' as const),
    _flowId: job._flowId,
    ...(job._integrationId && { _integrationId: job._integrationId }),
    ...(kind === 'import' ? { _importId: stepId } : { _exportId: stepId }),
    _flowJobId: job._id,
    oIndex,
    createdAt,
    order: {},
  }))
  const written = await world.store.jobs.addSteps(accountId, job._id, steps, createdAt)
  return new Map(written.map((each) => [each._importId ?? each._exportId ?? '', each._id]))
}

/** What the run as a whole did: what its sources gave, and what became of it at the steps behind them. */
function totalOf(tally: Tally, generators: ReadonlySet<string>): Counts {
  const total = { ...zero } as { -readonly [K in keyof Counts]: Counts[K] }
  for (const [stepId, counts] of tally.counts) {
    for (const field of Object.keys(total) as (keyof Counts)[]) {
      if (field === 'numSuccess' && generators.has(stepId)) continue
      total[field] += counts[field]
    }
  }
  return total
}
