/** Ends a run, and starts the flows that are to follow a run that completed. */
import type { Static } from 'typebox'
import type { flow } from '../../contract/resources/flow.ts'
import type { World } from '../../domain/context.ts'
import type { RunningJob } from '../../domain/ports/jobs.ts'
import { measure } from '../../domain/observability/measurements.ts'
import { RunLost } from './lease.ts'
import { describeStatus, type Failure } from '../adaptor.ts'
import type { PageCommit } from './page-commit.ts'
import type { RunEnd } from './run-outcome.ts'
import type { RowsOf } from '../../domain/ports/store.ts'
import { startNextFlows } from './start-next-flows.ts'

/** Of a run that does not begin, since a connection is offline. */
const offlineCode = 'connection_offline'

type Flow = Static<typeof flow.stored>

/** The failure of a run becomes an error of its step in the transaction that ends it. Throws RunLost where the run is not ours to end. */
export async function finishRun(
  world: World,
  envId: string,
  run: RunningJob,
  end: Exclude<RunEnd, { kind: 'left' }>,
  pageCommit: PageCommit,
): Promise<void> {
  const { job } = run
  const at = world.now().toISOString()
  await world.store.transaction(async (rows) => {
    const doc = (await rows.documents.find(envId, 'flows', job._flowId))?.doc as Flow | undefined
    const failure = end.kind === 'failed' ? end.failure : undefined
    const message = end.kind === 'failed' ? await nameStep(rows, envId, end.stepId, describeFailure(end.failure)) : undefined
    if (failure?.code === offlineCode && run.order.retry?.isAutomatic)
      // Nothing was sent: the records wait until the connection is back.
      await rows.automaticRetries.startAgain({ envId, flowId: job._flowId, stepId: run.order.retry.stepId }, at)
    else if (end.kind === 'failed') await recordRunFailure(rows, run, end, doc, pageCommit)
    if (!(await rows.jobs.finish(envId, job._id, run.epoch, end.kind, message, at))) throw new RunLost()
    if (!failure && job.type === 'flow' && doc) await startNextFlows(world, rows, envId, run, doc, at)
  })
  measure('runEnded', { status: end.kind, ...(job.startedAt !== undefined && { ms: Date.parse(at) - Date.parse(job.startedAt) }) })
  // Not its message, which can hold what an application said of a record.
  if (end.kind === 'failed')
    world.log.warn({ jobId: job._id, flowId: job._flowId, stepId: end.stepId, ...toLog(end.failure) }, 'run failed')
}

/** A flow has several steps: which one could not go on stands ahead, unless the message names it. */
async function nameStep(rows: RowsOf<'documents'>, envId: string, stepId: string | undefined, message: string): Promise<string> {
  if (stepId === undefined) return message
  for (const [collection, kind] of [
    ['exports', 'Export'],
    ['imports', 'Import'],
  ] as const) {
    const name = (await rows.documents.find(envId, collection, stepId))?.doc.name
    if (name && !message.startsWith(`The ${kind.toLowerCase()} ${name} `)) return `${kind} "${name}": ${message}`
  }
  return message
}

const toLog = ({ source, code, asked }: Failure): object => ({ source, code, ...asked })

/** Whoever reads of a failed run did not see what was asked for, so that stands ahead of what was answered. */
function describeFailure({ message, asked }: Failure): string {
  if (!asked) return message
  const { method, address, statusCode } = asked
  const request = `${method} ${address}`
  if (statusCode === undefined) return `${request}: ${message}`
  const status = describeStatus(statusCode)
  return message.startsWith(status)
    ? `${request} answered ${statusCode}.${message.slice(status.length)}`
    : `${request} answered ${statusCode}: ${message}`
}

/** A flow that could not even begin has its error at its first step: whoever looks at open errors must not miss it. */
async function recordRunFailure(
  rows: RowsOf<'flowErrors' | 'gatheredFiles' | 'jobs' | 'recordedRequests'>,
  { order, checkpoint }: RunningJob,
  { failure, stepId, exchange }: Extract<RunEnd, { kind: 'failed' }>,
  doc: Flow | undefined,
  pageCommit: PageCommit,
): Promise<void> {
  const at = stepId ?? order.retry?.stepId ?? doc?.pageGenerators?.[0]?._exportId
  if (!at) return
  const pageResult = pageCommit.openPage()
  pageResult.failStep(at, failure, exchange)
  await pageCommit.write(rows, { pageResult, checkpoint })
}
