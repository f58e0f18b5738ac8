/**
 * Flows that are due while a connection of theirs is offline: nothing is started that could only fail, and nothing piles up. Whoever looks for the run finds
 * one that was canceled, with the reason, for as long as the connection is offline; once it is back the flow runs.
 */
import type { NewJob, ScheduledFlow } from '../../ports/jobs.ts'
import type { RowsOf } from '../../ports/store.ts'

/** Where a connection of the flow is offline: notes that the run was due, and answers true. */
export async function pauseIfOffline(
  rows: RowsOf<'jobs' | 'pausedFlows' | 'scheduledFlows'>,
  { envId, _id: _flowId, _integrationId }: ScheduledFlow,
  run: Omit<NewJob, '_flowId' | '_integrationId'>,
): Promise<boolean> {
  const connection = await rows.scheduledFlows.findOfflineConnection(envId, _flowId)
  if (!connection) return false
  const { exportIds } = run.order
  const isFirst = await rows.pausedFlows.add({ envId, flowId: _flowId, ...(exportIds && { exportIds }) })
  if (isFirst) {
    const reason = `Not started: the connection ${connection._id} (${connection.name}) is offline. The flow runs by itself once it works again.`
    await rows.jobs.addCanceled(envId, { ...run, _flowId, ...(_integrationId && { _integrationId }) }, reason)
  }
  return true
}
