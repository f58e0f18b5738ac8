/** Puts a run of a flow into the queue. The engine takes it from there. */
import type { Static } from 'typebox'
import type { Input } from '../../contract/operation.ts'
import type { jobs as operations } from '../../contract/operations/flows/jobs.ts'
import type { flow } from '../../contract/resources/flow.ts'
import { checkNotPaused } from '../app-code/licensing.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { NewJob, RunOrder } from '../ports/jobs.ts'
import type { RowsOf } from '../ports/store.ts'
import { currentTraceparent } from '../observability/tracing.ts'
import { addListenerData } from './add-listener-data.ts'

type Flow = Static<typeof flow.stored>

/** Runs of one flow follow each other. */
export const laneName = (flowId: string): string => `flow:${flowId}`

/** Puts a run of a flow, or a retry of some of its errors, into the queue, after those of the flow that are in it already. */
export const enqueueRun = (
  rows: RowsOf<'jobs'>,
  envId: string,
  { _id, _integrationId }: Pick<Flow, '_id' | '_integrationId'>,
  run: Omit<NewJob, '_flowId' | '_integrationId'>,
): Promise<void> => {
  const traceparent = currentTraceparent()
  const order = { ...run.order, ...(traceparent !== undefined && { traceparent }) }
  return rows.jobs.enqueue(envId, { ...run, order, _flowId: _id, ...(_integrationId && { _integrationId }) }, laneName(_id))
}

export async function runFlow(ctx: Context, { params, body }: Input<(typeof operations)['runFlow']>): Promise<{ _jobId: string }> {
  const { envId, userId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const entry = await rows.documents.find(envId, 'flows', params._id)
    if (!entry) throw notFound('flows')
    const doc = entry.doc as unknown as Flow
    const order = buildOrder(doc, body)
    await checkNotPaused(rows, ctx, doc._integrationId)
    if (body?.listenerData !== undefined)
      await addListenerData(rows, ctx, doc, order.exportIds ?? listRunnableGenerators(doc), body.listenerData)
    const _id = ctx.newId()
    await enqueueRun(rows, envId, doc, { _id, type: 'flow', _userId: userId, createdAt: ctx.now().toISOString(), order })
    await recordAct(rows, ctx, {
      event: 'run',
      collection: 'flows',
      _id: doc._id,
      name: doc.name,
      details: { _jobId: _id, _exportIds: order.exportIds, startDate: order.startDate, endDate: order.endDate },
    })
    return { _jobId: _id }
  })
}

export const stepInSetup = 'A step of the flow is still to be set up: the flow does not run meanwhile.'

/** Where the flow says that a step is still to be set up; undefined where none is. */
export function findStepInSetup({ pageGenerators = [], pageProcessors = [], routers = [] }: Flow): string | undefined {
  const steps = (path: string, list: readonly { readonly setupInProgress?: boolean }[]): string[] =>
    list.flatMap(({ setupInProgress }, i) => (setupInProgress ? [`${path}.${i}.setupInProgress`] : []))
  const [first] = [
    ...steps('pageGenerators', pageGenerators),
    ...steps('pageProcessors', pageProcessors),
    ...routers.flatMap(({ branches }, i) =>
      branches.flatMap((branch, j) => steps(`routers.${i}.branches.${j}.pageProcessors`, branch.pageProcessors ?? [])),
    ),
  ]
  return first
}

function buildOrder(doc: Flow, body: Input<(typeof operations)['runFlow']>['body']): RunOrder {
  if (doc.disabled && !doc.isAbstract) throw new DomainError('flow_not_runnable', 'The flow is disabled. Enable it first.', 'disabled')
  const generators = listRunnableGenerators(doc)
  const stranger = body?._exportIds?.find((id) => !generators.includes(id))
  if (stranger) throw new DomainError('invalid_ref', `The flow has no page generator with the export ${stranger}.`, '_exportIds')
  return {
    ...(body?.export?.startDate && { startDate: body.export.startDate }),
    ...(body?.export?.endDate && { endDate: body.export.endDate }),
    ...(body?._exportIds && { exportIds: body._exportIds }),
  }
}

/** Exports of its page generators. Throws where it has nothing that could run, enabled or not. */
export function listRunnableGenerators(doc: Flow): readonly string[] {
  if (doc.isAbstract)
    throw new DomainError('flow_not_runnable', 'The flow is a pattern for other flows and does not run itself.', 'isAbstract')
  const unfinished = findStepInSetup(doc)
  if (unfinished) throw new DomainError('flow_not_runnable', stepInSetup, unfinished)
  const generators = (doc.pageGenerators ?? []).map(({ _exportId }) => _exportId)
  if (generators.length === 0)
    throw new DomainError('flow_not_runnable', 'The flow has no page generator: there is nothing to run.', 'pageGenerators')
  return generators
}
