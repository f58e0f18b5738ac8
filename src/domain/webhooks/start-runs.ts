/** Starts the runs that take what webhooks received: one at a time for each flow. */
import type { Static } from 'typebox'
import type { flow } from '../../contract/resources/flow.ts'
import { recordPlatformAct } from '../audit/audit-entry.ts'
import type { World } from '../context.ts'
import { enqueueRun, findStepInSetup } from '../flows/run-flow.ts'
import type { QueueKey } from '../ports/flows/webhooks.ts'

type Flow = Static<typeof flow.stored>

/** Queues that one worker looks after before it looks again. */
const maxQueues = 500

/** Nothing happens where a run is under way already, or the flow cannot run: what it received waits. */
export async function startWebhookRun(world: World, queue: QueueKey): Promise<void> {
  const { envId, flowId, exportId } = queue
  await world.store.transaction(async (rows) => {
    const now = world.now().toISOString()
    if (!(await rows.webhookEvents.lockForRun(queue, now))) return
    const doc = (await rows.documents.find(envId, 'flows', flowId))?.doc as Flow | undefined
    if (!doc || doc.disabled || doc.isAbstract || findStepInSetup(doc)) return
    if (doc._integrationId && (await rows.apps.isPaused(envId, doc._integrationId, now))) return
    if (await rows.scheduledFlows.findOfflineConnection(envId, flowId)) return
    const _id = world.newId()
    const order = { exportIds: [exportId] }
    await enqueueRun(rows, envId, doc, { _id, type: 'flow', createdAt: now, order })
    await rows.webhookEvents.beginRun(queue, _id)
    await recordPlatformAct(rows, world, envId, {
      event: 'run',
      collection: 'flows',
      _id: flowId,
      name: doc.name,
      details: { _jobId: _id, _exportIds: [exportId] },
    })
  })
}

/** For what was received by a server that died before it started a run, or was left by a run that failed. */
export async function startWaitingWebhooks(world: World): Promise<void> {
  for (const queue of await world.store.webhookEvents.listWaiting(world.now().toISOString(), maxQueues)) await startWebhookRun(world, queue)
}
