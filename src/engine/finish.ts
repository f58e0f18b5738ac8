/** Ends a run, and starts the flows that are to follow a run that completed. */
import type { Static } from 'typebox'
import type { flow } from '../contract/resources/flow.ts'
import type { Rows, World } from '../domain/ports.ts'
import type { RunningJob } from '../domain/ports/jobs.ts'
import { laneOf } from '../domain/run-flow.ts'
import type { Failure } from './adaptor.ts'

/** Flows that start each other in a ring end after this many. */
const maxChain = 50

export async function finishRun(world: World, accountId: string, run: RunningJob, failure: Failure | undefined): Promise<void> {
  const at = world.now().toISOString()
  await world.store.transaction(async (rows) => {
    const ended = await rows.jobs.finish(accountId, run.job._id, run.epoch, failure ? 'failed' : 'completed', failure?.message, at)
    if (ended && !failure && run.job.type === 'flow') await startNext(world, rows, accountId, run, at)
  })
}

async function startNext(world: World, rows: Rows, accountId: string, { job, order }: RunningJob, createdAt: string): Promise<void> {
  const chain = (order.chain ?? 0) + 1
  if (chain > maxChain) return world.log.warn({ flowId: job._flowId }, `flows start each other in a ring: it ends after ${maxChain} runs`)
  const finished = (await rows.documents.find(accountId, 'flows', job._flowId))?.doc as Static<typeof flow.stored> | undefined
  const next = [
    ...(finished?._runNextFlowIds ?? []).map((flowId) => ({ flowId, exportIds: undefined })),
    ...(finished?._runNextExportIds ?? []).flatMap(({ _flowId, _exportId }) =>
      _flowId && _exportId ? [{ flowId: _flowId, exportIds: [_exportId] }] : [],
    ),
  ]
  for (const { flowId, exportIds } of next) {
    const target = (await rows.documents.find(accountId, 'flows', flowId))?.doc as Static<typeof flow.stored> | undefined
    if (!target || target.disabled) continue
    await rows.jobs.enqueue(
      accountId,
      {
        _id: world.newId(),
        type: 'flow',
        _flowId: flowId,
        ...(target._integrationId && { _integrationId: target._integrationId }),
        ...(job._userId && { _userId: job._userId }),
        createdAt,
        order: { chain, ...(exportIds && { exportIds }) },
      },
      laneOf(flowId),
    )
  }
}
