/**
 * Carries out what is done to all errors that fit a filter, a bounded batch at a time. What a batch does and how far the job has come are one transaction:
 * a worker that dies leaves a whole number of batches, and another one goes on with the next.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Static } from 'typebox'
import { hoursKept, maxErrorsOfJob } from '../../contract/operations/flows/error-jobs.ts'
import type { flow } from '../../contract/resources/flow.ts'
import type { World } from '../context.ts'
import { DomainError, StoreUnavailable } from '../errors.ts'
import type { ErrorFilter, ErrorScope, StepKey } from '../ports/flow-errors.ts'
import type { ErrorJob, ErrorJobPosition, ErrorJobProgress, OpenErrorJob } from '../ports/flows/error-jobs.ts'
import type { RowsOf } from '../ports/store.ts'
import { csvHeader, toCsv } from './matching-errors.ts'
import { noteAssignment } from './note-assignment.ts'
import { toRetryJob } from './retries.ts'
import { enqueueRun } from './run-flow.ts'

/** Errors that one batch looks at: half a second at the most, so that a job can be canceled and jobs take turns. */
const errorsPerBatch = 5000
/** Errors that one batch writes as CSV: some megabytes of text. */
const csvRowsPerBatch = 2000
/** A worker does batches for so long before it looks whether it is to end. Milliseconds. */
const turnMs = 3000
/** Steps of flows that are counted in one go. */
const countedSteps = 10_000
/** Jobs that are removed at once. */
const purgeBatch = 1000
/** Of one row. Bytes. */
const maxPartBytes = 1024 * 1024

const hourMs = 3_600_000
const zip = promisify(gzip)

type JobRows = RowsOf<'apps' | 'blobs' | 'documents' | 'errorAssignment' | 'errorJobs' | 'flowErrors' | 'jobs' | 'notices'>

/** Of several workers each takes another job, or the same one in turn. */
export async function carryOutErrorJobs(world: World): Promise<void> {
  for (const until = Date.now() + turnMs; Date.now() < until;) if (!(await runNextBatch(world))) return
}

async function runNextBatch(world: World): Promise<boolean> {
  let taken: OpenErrorJob | undefined
  try {
    return await world.store.transaction(async (rows) => {
      taken = await rows.errorJobs.takeNext()
      if (taken) await advanceJob(world, rows, taken)
      return taken !== undefined
    })
  } catch (error) {
    if (!taken) throw error
    const { envId, job } = taken
    if (error instanceof StoreUnavailable) {
      // Where it was the job that took too long, others have their turn before it is tried again.
      await world.store.errorJobs.moveOn(envId, job._id, { done: 0 }, world.now().toISOString()).catch(() => undefined)
      throw error
    }
    // It would fail again, and hold up the others.
    const message = error instanceof DomainError ? error.message : 'The server could not go on with it; its log says why.'
    await world.store.errorJobs.end(envId, job._id, 'failed', message, world.now().toISOString())
    if (!(error instanceof DomainError)) throw error
    return true
  }
}

async function advanceJob(world: World, rows: JobRows, { envId, job, position }: OpenErrorJob): Promise<void> {
  const at = world.now().toISOString()
  if (job.numTotal === undefined) {
    const numTotal = await countMatching(rows, envId, job)
    await begin(rows, envId, job)
    return rows.errorJobs.moveOn(envId, job._id, { numTotal, done: 0 }, at)
  }
  if (job.numDone >= maxErrorsOfJob) {
    const message = `${maxErrorsOfJob.toLocaleString('en')} errors are done, as many as one job does: ask for it again where more fit.`
    return rows.errorJobs.end(envId, job._id, 'completed', job.numTotal > job.numDone ? message : undefined, at)
  }
  const place = position?.after ? position : await findNextStep(rows, envId, job, position?.step)
  if (!place) return rows.errorJobs.end(envId, job._id, 'completed', undefined, at)
  await rows.errorJobs.moveOn(envId, job._id, await carryOut(world, rows, envId, job, place), at)
}

const scopeOf = ({ integrationId = '', flowId, stepId }: ErrorJob): ErrorScope =>
  flowId === undefined ? { integrationId } : { flowId, ...(stepId !== undefined && { stepId }) }

/** What comes after the request stays as it is. */
function filterOf({ order, createdAt }: ErrorJob): ErrorFilter {
  const { occurredAtLte } = order.filter
  return { ...order.filter, occurredAtLte: occurredAtLte !== undefined && occurredAtLte < createdAt ? occurredAtLte : createdAt }
}

async function countMatching(rows: RowsOf<'flowErrors'>, envId: string, job: ErrorJob): Promise<number> {
  let count = 0
  for (const { flowId, stepId } of await rows.flowErrors.listSteps(envId, scopeOf(job), 'open', undefined, countedSteps))
    count += await rows.flowErrors.countOpen(envId, flowId, stepId, filterOf(job))
  return count
}

async function begin(rows: RowsOf<'blobs'>, envId: string, { _id: key, action, createdAt }: ErrorJob): Promise<void> {
  if (action !== 'download') return
  const expiresAt = new Date(Date.parse(createdAt) + hoursKept * hourMs).toISOString()
  await rows.blobs.add(envId, { key, fileName: `errors-${key}.csv`, createdAt, expiresAt })
  await rows.blobs.addPart(envId, key, await zip(csvHeader()))
}

async function findNextStep(
  rows: RowsOf<'flowErrors'>,
  envId: string,
  job: ErrorJob,
  after: StepKey | undefined,
): Promise<ErrorJobPosition | undefined> {
  const [step] = await rows.flowErrors.listSteps(envId, scopeOf(job), 'open', after, 1)
  return step && { step }
}

async function carryOut(
  world: World,
  rows: JobRows,
  envId: string,
  job: ErrorJob,
  { step, after }: ErrorJobPosition,
): Promise<ErrorJobProgress> {
  if (job.action === 'retry') return { ...(await retryStep(world, rows, envId, job, step)), position: { step } }
  if (job.action === 'download') {
    const page = { ...filterOf(job), limit: csvRowsPerBatch, ...(after && { after }) }
    const { errors, next } = await rows.flowErrors.listPage(envId, [step], 'open', page)
    const bytes = errors.length > 0 ? await zip(toCsv(errors)) : Buffer.of()
    for (let at = 0; at < bytes.length; at += maxPartBytes) await rows.blobs.addPart(envId, job._id, bytes.subarray(at, at + maxPartBytes))
    return { done: errors.length, position: { step, ...(next && { after: next }) } }
  }
  const { errorIds, next } = await rows.flowErrors.findMatching(envId, step, filterOf(job), after, errorsPerBatch)
  const done = errorIds.length > 0 ? await changeErrors(world, rows, envId, job, step, errorIds) : 0
  return { done, position: { step, ...(next && { after: next }) } }
}

async function changeErrors(
  { now }: World,
  rows: JobRows,
  envId: string,
  { action, order, userId }: ErrorJob,
  { flowId, stepId }: StepKey,
  errorIds: readonly string[],
): Promise<number> {
  const { assigneeId = '', tagIds = [] } = order
  if (action === 'assign') {
    const assigned = await rows.errorAssignment.assign(envId, flowId, stepId, errorIds, assigneeId)
    await noteAssignment(rows, envId, flowId, { to: assigneeId, by: userId, num: assigned.length, at: now().toISOString() })
    return assigned.length
  }
  if (action === 'tag') return (await rows.errorAssignment.tag(envId, flowId, stepId, errorIds, tagIds)).length
  return rows.flowErrors.resolve(envId, flowId, stepId, errorIds, userId, now().toISOString())
}

/** Starts the retry of a step of a flow, which sends its records in the order in which they failed. */
async function retryStep(
  world: World,
  rows: JobRows,
  envId: string,
  job: ErrorJob,
  { flowId, stepId }: StepKey,
): Promise<Omit<ErrorJobProgress, 'position'>> {
  const filter = filterOf(job)
  const done = await rows.flowErrors.countOpen(envId, flowId, stepId, filter)
  if (done === 0) return { done }
  const createdAt = world.now().toISOString()
  const doc = (await rows.documents.find(envId, 'flows', flowId))?.doc as Static<typeof flow.stored> | undefined
  if (!doc) return { done: 0 }
  if (doc._integrationId && (await rows.apps.isPaused(envId, doc._integrationId, createdAt)))
    return { done: 0, errorMessage: `Errors of the flow "${doc.name}" were not retried: its Integration App is paused.` }
  const _id = world.newId()
  const run = { ...(await toRetryJob(rows, envId, { stepId, filter })), _id, _userId: job.userId, createdAt }
  await enqueueRun(rows, envId, doc, run)
  return { done, jobIds: [_id] }
}

/** Once a minute, by one of all workers. Their files are removed like all that is kept for a time. */
export async function purgeErrorJobs({ store, now }: Pick<World, 'store' | 'now'>): Promise<void> {
  await store.errorJobs.purge(new Date(now().getTime() - hoursKept * hourMs).toISOString(), purgeBatch)
}
