/** Waits until runs have ended, and says how far they are meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallResult } from '../contract/call.ts'
import type { Server } from './server/connect.ts'
import { startProgress } from './progress.ts'

export type Job = CallResult<'getJob'>

/** How often a run is looked at: soon at first, then less often. Milliseconds. */
const firstLookMs = 200
const lookMs = 2000

const hasEnded = ({ status }: Job): boolean => ['completed', 'failed', 'canceled'].includes(status)

export async function awaitJobs(server: Server, jobIds: readonly string[], what: string): Promise<readonly Job[]> {
  const progress = await startProgress(what)
  const jobs = new Map<string, Job>()
  try {
    for (let wait = firstLookMs; ; wait = Math.min(wait * 2, lookMs)) {
      for (const _id of jobIds) {
        const known = jobs.get(_id)
        if (!known || !hasEnded(known)) jobs.set(_id, await server.call('getJob', { params: { _id } }))
      }
      const all = [...jobs.values()]
      if (all.every(hasEnded)) return all
      progress.update(...howFar(all))
      await sleep(wait)
    }
  } finally {
    progress.stop()
  }
}

/** Records that are through, of those that there are so far. */
function howFar(jobs: readonly Job[]): [done: number, total: number] {
  const sum = (count: (job: Job) => number): number => jobs.reduce((all, job) => all + count(job), 0)
  const done = sum(({ numSuccess, numError, numIgnore }) => numSuccess + numError + numIgnore)
  return [
    done,
    Math.max(
      done,
      sum(({ numExport, numRetry }) => numRetry ?? numExport),
    ),
  ]
}

/** Whether everything went through. */
export const wentThrough = ({ status, numError }: Job): boolean => status === 'completed' && numError === 0
