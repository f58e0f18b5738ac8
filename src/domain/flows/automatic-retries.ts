/**
 * Sends records again by themselves whose errors pass (`intermittent`, `rate_limit`): a retry of the flow like any other, once their time has come. Whoever
 * resolves an error, corrects its record or turns the flow off ends that; what is left after the last time stays open for a person.
 */
import type { Static } from 'typebox'
import type { flow } from '../../contract/resources/flow.ts'
import { recordPlatformAct } from '../audit/audit-entry.ts'
import type { World } from '../context.ts'
import type { DueRetry } from '../ports/flows/retries.ts'
import type { RowsOf } from '../ports/store.ts'
import { toRetryJob } from './retries.ts'
import { enqueueRun, findStepInSetup } from './run-flow.ts'

type Flow = Static<typeof flow.stored>
type DueRows = RowsOf<'accounts' | 'apps' | 'audit' | 'automaticRetries' | 'documents' | 'jobs' | 'scheduledFlows'>

/** Steps that one worker starts retries of, one after the other, before it looks for anything else. */
const maxSteps = 100
/** Retries over a connection that is offline are looked at again after this. Milliseconds. */
const offlineMs = 60_000

/** Starts the retries whose time has come. Of several workers each takes other steps. */
export async function startDueRetries(world: World): Promise<void> {
  for (let started = 0; started < maxSteps; started++) {
    const more = await world.store.transaction(async (rows) => {
      const now = world.now().toISOString()
      const due = await rows.automaticRetries.takeDue(now)
      if (due) await handleDue(world, rows, due, now)
      return due !== undefined
    })
    if (!more) return
  }
}

async function handleDue(world: World, rows: DueRows, due: DueRetry, now: string): Promise<void> {
  const { envId, flowId } = due
  const doc = (await rows.documents.find(envId, 'flows', flowId))?.doc as Flow | undefined
  const isOn = doc && isRunnable(doc) && !(doc._integrationId && (await rows.apps.isPaused(envId, doc._integrationId, now)))
  if (isOn && (await rows.scheduledFlows.findOfflineConnection(envId, flowId)))
    return rows.automaticRetries.postpone(due, new Date(Date.parse(now) + offlineMs).toISOString())
  // One that waits takes along whatever is due when it begins.
  if (isOn && !(await rows.automaticRetries.isWaiting(due))) await startRetry(world, rows, due, doc, now)
  await rows.automaticRetries.moveOn(due, now)
}

const isRunnable = (doc: Flow): boolean =>
  !doc.disabled && !doc.isAbstract && !doc.skipRetries && doc.automaticRetries !== 0 && findStepInSetup(doc) === undefined

async function startRetry(world: World, rows: DueRows, { envId, flowId, stepId }: DueRetry, doc: Flow, createdAt: string): Promise<void> {
  const _id = world.newId()
  await enqueueRun(rows, envId, doc, { ...(await toRetryJob(rows, envId, { stepId, isAutomatic: true })), _id, createdAt })
  const details = { _jobId: _id, _stepId: stepId }
  await recordPlatformAct(rows, world, envId, { event: 'retry', collection: 'flows', _id: flowId, name: doc.name, details })
}
