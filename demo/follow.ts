/** Follows a job to its end, with a bar that moves, or with a line now and then where there is no terminal. */
import { setTimeout as pause } from 'node:timers/promises'
import type { OperationResult } from '../src/contract/operations/index.ts'
import type { Api } from './api.ts'
import { promise } from './promise.ts'
import { count, many, type Screen } from './screen.ts'

export type Job = OperationResult<'getJob'>

const pollEvery = { live: 120, plain: 250 }
const lineEvery = 2000
/** A run that has moved no record for this long is stuck. All in milliseconds. */
const patience = 90_000

const jobAt = (api: Api, id: string): Promise<Job> => api.call('getJob', { params: { _id: id } })
const handled = (job: Job): number => job.numSuccess + job.numError + job.numIgnore
/** Milliseconds that a worker had it in hand. */
export const took = ({ startedAt, endedAt }: Job): number => Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '')

export async function follow(api: Api, screen: Screen, id: string, total: number): Promise<Job> {
  const began = Date.now()
  let [moved, said, before] = [began, began, 0]
  for (;;) {
    const job = await jobAt(api, id)
    const done = handled(job)
    if (done !== before) moved = Date.now()
    before = done
    if (job.endedAt) {
      screen.clearBar()
      promise(job.status === 'completed', `The job ended as ${job.status}: ${job.errorMessage ?? 'no reason given'}`)
      return job
    }
    promise(Date.now() - moved < patience, `The job ${id} is ${job.status} and has moved nothing for ${patience / 1000} s.`)
    const text = told(job, total)
    screen.bar(done / total, text)
    if (!screen.live && Date.now() - said >= lineEvery) {
      said = Date.now()
      screen.line(`     ${text}`)
    }
    await pause(screen.live ? pollEvery.live : pollEvery.plain)
  }
}

function told(job: Job, total: number): string {
  if (!job.startedAt) return 'waits for a worker'
  const seconds = (Date.now() - Date.parse(job.startedAt)) / 1000
  const rate = seconds > 0.2 ? `  ${count(handled(job) / seconds)}/s` : ''
  const failed = job.numError > 0 ? `  ${many(job.numError, 'error')}` : ''
  return `${count(handled(job))} of ${count(total)}${rate}${failed}`
}
