/**
 * Starts what is to follow a run that completed: the flows of `_runNextFlowIds` in their order, and after them the page generators of `_runNextExportIds` in
 * theirs. Runs of different flows do not wait for each other. Of a flow that both name, all page generators run first.
 */
import type { Static } from 'typebox'
import type { flow } from '../../contract/resources/flow.ts'
import { recordPlatformAct } from '../../domain/audit/audit-entry.ts'
import type { World } from '../../domain/context.ts'
import { enqueueRun, findStepInSetup } from '../../domain/flows/run-flow.ts'
import type { RunningJob } from '../../domain/ports/jobs.ts'
import type { RowsOf } from '../../domain/ports/store.ts'

/** Flows that start each other in a ring end after this many. */
const maxChain = 50

type Flow = Static<typeof flow.stored>

interface Next {
  readonly flowId: string
  readonly exportIds?: readonly string[]
}

export async function startNextFlows(
  world: World,
  rows: RowsOf<'accounts' | 'apps' | 'audit' | 'documents' | 'jobs'>,
  envId: string,
  { job, order }: RunningJob,
  finished: Flow,
  createdAt: string,
): Promise<void> {
  const nexts = listNexts(finished)
  if (nexts.length === 0) return
  const chain = (order.chain ?? 0) + 1
  if (chain > maxChain) return world.log.warn({ flowId: job._flowId }, `flows start each other in a ring: it ends after ${maxChain} runs`)
  for (const { flowId, exportIds } of nexts) {
    const target = (await rows.documents.find(envId, 'flows', flowId))?.doc as Flow | undefined
    // Flows that each start several would double with every round: a run that waits already is the one that was asked for.
    if (!target || !mayStart(target) || (await rows.jobs.isWaiting(envId, flowId, exportIds))) continue
    if (target._integrationId !== undefined && (await rows.apps.isPaused(envId, target._integrationId, createdAt))) continue
    const run = {
      _id: world.newId(),
      type: 'flow',
      createdAt,
      order: { chain, afterJobId: job._id, ...(exportIds && { exportIds }) },
      ...(job._userId && { _userId: job._userId }),
    } as const
    const stranger = findStranger(target, exportIds)
    if (stranger !== undefined) {
      const { _integrationId } = target
      const reason = `Not started: the flow has no page generator with the export ${stranger}, which _runNextExportIds of the flow ${finished._id} names.`
      await rows.jobs.addCanceled(envId, { ...run, _flowId: flowId, ...(_integrationId && { _integrationId }) }, reason)
      continue
    }
    await enqueueRun(rows, envId, target, run)
    const details = { _jobId: run._id, _afterJobId: job._id }
    await recordPlatformAct(rows, world, envId, { event: 'run', collection: 'flows', _id: flowId, name: target.name, details })
  }
}

/** Half an entry of `_runNextExportIds` starts nothing; it is told when the flow is saved. */
const listNexts = ({ _runNextFlowIds = [], _runNextExportIds = [] }: Flow): readonly Next[] => [
  ..._runNextFlowIds.map((flowId) => ({ flowId })),
  ..._runNextExportIds.flatMap(({ _flowId, _exportId }) => (_flowId && _exportId ? [{ flowId: _flowId, exportIds: [_exportId] }] : [])),
]

const mayStart = (target: Flow): boolean => !target.disabled && !target.isAbstract && !findStepInSetup(target)

const findStranger = ({ pageGenerators = [] }: Flow, exportIds: readonly string[] = []): string | undefined =>
  exportIds.find((id) => !pageGenerators.some(({ _exportId }) => _exportId === id))
