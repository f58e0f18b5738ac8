/** What is done to all open errors that fit a filter, as callers ask for it and follow it. It is carried out in carry-out-error-jobs.ts. */
import { createGunzip } from 'node:zlib'
import { pipeline, Readable } from 'node:stream'
import type { Input, Result } from '../../contract/operation.ts'
import {
  hoursKept,
  maxErrorJobs,
  maxKeptDownloads,
  maxOpenErrorJobs,
  type errorJobs as operations,
} from '../../contract/operations/flows/error-jobs.ts'
import { canSee, listVisibleIntegrations } from '../access/access.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { FileStream } from '../result.ts'
import type { ErrorJob, ErrorJobOrder } from '../ports/flows/error-jobs.ts'
import type { RowsOf } from '../ports/store.ts'
import { findAssignee, readTagIds } from './error-assignment.ts'
import { readBodyFilter } from './error-filter.ts'
import { parseIdParameter } from './jobs.ts'

type Ops = typeof operations
type Body = Input<Ops['startErrorJob']>['body']
type Told = Result<Ops['getErrorJob']>

export async function startErrorJob(ctx: Context, { body }: Input<Ops['startErrorJob']>): Promise<Told> {
  const scope = await readScope(ctx, body)
  const order = await readOrder(ctx, body, scope.integrationId ?? '')
  const { envId, userId } = ctx.caller
  const job = { _id: ctx.newId(), action: body.action, ...scope, order, userId, createdAt: ctx.now().toISOString() }
  await ctx.store.transaction(async (rows) => {
    if ((await rows.errorJobs.countOpen(envId)) >= maxOpenErrorJobs)
      throw new DomainError(
        'too_many_at_once',
        `${maxOpenErrorJobs} jobs of this kind are under way in this environment: wait for one of them, or cancel one.`,
      )
    if (body.action === 'download' && (await rows.errorJobs.countDownloads(envId)) >= maxKeptDownloads)
      throw new DomainError(
        'too_many_at_once',
        `${maxKeptDownloads} downloads of this environment are kept: each is removed ${hoursKept} hours after its end.`,
      )
    await rows.errorJobs.add(envId, job)
    const { assigneeId: assignedTo, tagIds } = order
    await recordAct(rows, ctx, {
      event: body.action === 'download' ? 'view' : body.action,
      collection: scope.flowId === undefined ? 'integrations' : 'flows',
      _id: scope.flowId ?? scope.integrationId ?? '',
      details: { _errorJobId: job._id, _stepId: scope.stepId, filter: body.filter, assignedTo, tagIds },
    })
  })
  return toAnswer({ ...job, status: 'queued', numDone: 0, jobIds: [], lastModified: job.createdAt })
}

interface Scope {
  readonly integrationId?: string
  readonly flowId?: string
  readonly stepId?: string
}

async function readScope(ctx: Context, { _integrationId, _flowId, _stepId }: Body): Promise<Scope> {
  if ((_integrationId === undefined) === (_flowId === undefined))
    throw new DomainError(
      _flowId === undefined ? 'missing_required_field' : 'invalid_field',
      'Expected either _flowId or _integrationId: whose errors are meant.',
      '_flowId',
    )
  if (_stepId !== undefined && _flowId === undefined)
    throw new DomainError('invalid_field', 'A step is named together with its flow, in _flowId.', '_stepId')
  if (_flowId === undefined) {
    const id = _integrationId as string
    if (!(await ctx.store.documents.find(ctx.caller.envId, 'integrations', id)) || !(await canSee(ctx, { collection: 'integrations', id })))
      throw notFound('integrations')
    return { integrationId: id }
  }
  const flow = await ctx.store.documents.find(ctx.caller.envId, 'flows', _flowId)
  if (!flow || !(await canSee(ctx, { collection: 'flows', id: _flowId }))) throw notFound('flows')
  const { _integrationId: integrationId } = flow.doc
  return { ...(integrationId && { integrationId }), flowId: _flowId, ...(_stepId && { stepId: _stepId }) }
}

async function readOrder(ctx: Context, { action, filter, email, tagIds }: Body, integrationId: string): Promise<ErrorJobOrder> {
  const asked = { filter, ...(email !== undefined && { email }), ...(tagIds && { tagIds }) }
  const parsed = readBodyFilter(filter, 'filter')
  for (const [name, value, ofAction] of [['email', email, 'assign'] as const, ['tagIds', tagIds, 'tag'] as const]) {
    if (action === ofAction && value === undefined)
      throw new DomainError('missing_required_field', `Expected field: ${name} to be present, as the action is ${ofAction}.`, name)
    if (action !== ofAction && value !== undefined)
      throw new DomainError('invalid_field', `${name} goes with the action ${ofAction}, not with ${action}.`, name)
  }
  return {
    asked,
    filter: parsed,
    ...(email !== undefined && { assigneeId: await findAssignee(ctx, email, integrationId) }),
    ...(tagIds && { tagIds: await readTagIds(ctx, tagIds) }),
  }
}

export async function listErrorJobs(ctx: Context, { query }: Input<Ops['listErrorJobs']>): Promise<Told[]> {
  const visibleIntegrationIds = await listVisibleIntegrations(ctx)
  const of = {
    ...(query._flowId !== undefined && { flowId: parseIdParameter(query._flowId, '_flowId') }),
    ...(query._integrationId !== undefined && { integrationId: parseIdParameter(query._integrationId, '_integrationId') }),
    ...(visibleIntegrationIds && { visibleIntegrationIds }),
  }
  return (await ctx.store.errorJobs.list(ctx.caller.envId, of, maxErrorJobs)).map(toAnswer)
}

export const getErrorJob = async (ctx: Context, { params }: Input<Ops['getErrorJob']>): Promise<Told> =>
  toAnswer(await findJob(ctx, ctx.store, params._id))

export async function cancelErrorJob(ctx: Context, { params }: Input<Ops['cancelErrorJob']>): Promise<Told> {
  await findJob(ctx, ctx.store, params._id)
  return ctx.store.transaction(async (rows) => {
    const before = await rows.errorJobs.find(ctx.caller.envId, params._id)
    const job = await rows.errorJobs.cancel(ctx.caller.envId, params._id, ctx.now().toISOString())
    if (!job) throw jobNotFound()
    if (before?.endedAt === undefined)
      await recordAct(rows, ctx, {
        event: 'cancel',
        collection: job.flowId === undefined ? 'integrations' : 'flows',
        _id: job.flowId ?? job.integrationId ?? '',
        details: { _errorJobId: job._id, count: job.numDone },
      })
    return toAnswer(job)
  })
}

export async function downloadErrorJob(ctx: Context, { params }: Input<Ops['downloadErrorJob']>): Promise<FileStream> {
  const job = await findJob(ctx, ctx.store, params._id)
  const { envId } = ctx.caller
  if (job.action !== 'download' || job.status !== 'completed' || !(await ctx.store.blobs.find(envId, job._id)))
    throw new DomainError('not_found', 'The job has no file: it is no download, has not completed, or its file is removed by now.', '_id')
  const parts = Readable.from(readParts(ctx, job._id), { objectMode: false })
  // What goes wrong on the way is told to whoever reads the text.
  const text = pipeline(parts, createGunzip(), () => undefined).setEncoding('utf8')
  return new FileStream(text as AsyncIterable<string>, `errors-${job._id}.csv`)
}

async function* readParts({ store, caller }: Context, key: string): AsyncGenerator<Uint8Array> {
  for (let part = 1; ; part++) {
    const content = await store.blobs.readPart(caller.envId, key, part)
    if (!content) return
    yield content
  }
}

const jobNotFound = (): DomainError => new DomainError('not_found', 'Job not found.', '_id')

/** Of what the caller does not see there is none. */
async function findJob(ctx: Context, rows: RowsOf<'errorJobs'>, id: string): Promise<ErrorJob> {
  const job = await rows.errorJobs.find(ctx.caller.envId, id)
  if (!job) throw jobNotFound()
  const subject =
    job.flowId === undefined ? { collection: 'integrations', id: job.integrationId ?? '' } : { collection: 'flows', id: job.flowId }
  if (!(await canSee(ctx, subject))) throw jobNotFound()
  return job
}

const toAnswer = (job: ErrorJob): Told => ({
  _id: job._id,
  ...(job.integrationId !== undefined && { _integrationId: job.integrationId }),
  ...(job.flowId !== undefined && { _flowId: job.flowId }),
  ...(job.stepId !== undefined && { _stepId: job.stepId }),
  action: job.action,
  filter: job.order.asked.filter,
  ...(job.order.asked.email !== undefined && { email: job.order.asked.email }),
  ...(job.order.asked.tagIds && { tagIds: [...job.order.asked.tagIds] }),
  status: job.status,
  ...(job.numTotal !== undefined && { numTotal: job.numTotal }),
  numDone: job.numDone,
  ...(job.jobIds.length > 0 && { _jobIds: [...job.jobIds] }),
  ...(job.errorMessage !== undefined && { errorMessage: job.errorMessage }),
  _userId: job.userId,
  createdAt: job.createdAt,
  lastModified: job.lastModified,
  ...(job.endedAt !== undefined && { endedAt: job.endedAt }),
})
