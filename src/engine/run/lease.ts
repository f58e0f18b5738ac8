/** A worker's lease on a run: signals that the run is to be left, because it was canceled, another worker has it, or this worker ends. */
import type { World } from '../../domain/context.ts'
import type { RunningJob } from '../../domain/ports/jobs.ts'

/** How often a worker looks whether its run was canceled, or taken up by another while it stood still. Milliseconds. */
const watchMs = 2000
/** How long the pages at hand may take to end once the run is to be left; then their requests are given up. Shorter than the queue waits. Milliseconds. */
const giveUpMs = 20_000

/** The run has ended or another worker has it: stop, and write nothing. */
export class RunLost extends Error {
  override readonly name = 'RunLost'
}

export interface Lease {
  /** Aborted when the run is to be left after the pages at hand: it was canceled, or this worker ends. */
  readonly leaving: AbortSignal
  /** Aborted when requests at hand are to be given up: another worker has the run, or leaving it takes too long. */
  readonly signal: AbortSignal
  /** Whoever held the run has done with it: nothing that it began goes on. */
  release(): void
}

export function leaseRun(world: World, envId: string, { job, epoch }: RunningJob, stopping: AbortSignal): Lease {
  const leaving = new AbortController()
  const lost = new AbortController()
  let patience: NodeJS.Timeout | undefined
  const giveUp = (): void => lost.abort(new RunLost())
  const leave = (): void => {
    leaving.abort()
    patience ??= setTimeout(giveUp, giveUpMs)
  }
  const look = async (): Promise<void> => {
    // While the database is away nobody can tell; commits cannot be written then either.
    const standing = await world.store.jobs.readOwnership(envId, job._id, epoch).catch(() => 'ours')
    if (standing === 'over') leave()
    if (standing === 'lost') giveUp()
  }
  const watch = setInterval(() => void look(), watchMs)
  if (stopping.aborted) leave()
  else stopping.addEventListener('abort', leave, { once: true })
  return {
    leaving: leaving.signal,
    signal: lost.signal,
    release() {
      clearInterval(watch)
      clearTimeout(patience)
      stopping.removeEventListener('abort', leave)
      giveUp()
    },
  }
}
