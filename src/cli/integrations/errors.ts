/** The open errors of an integration: listed, sent again, and followed as they happen. */
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { CallResult } from '../../contract/call.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { awaitJobs, wentThrough } from '../follow-jobs.ts'
import { connectServer, findIntegration, type Server, type ServerOptions } from '../server/connect.ts'
import { alignColumns, countOf, oneLine, type Terminal } from '../terminal.ts'
import { listFlows } from './look.ts'

type StepError = CallResult<'listStepErrors'>['errors'][number]
interface FailedStep {
  readonly _flowId: string
  readonly flowName: string
  readonly _expOrImpId: string
  readonly numError: number
}

/** Errors that are listed by default. */
const listedErrors = 100
/** Errors of one page of a step. */
const pageSize = 1000

/** The steps of an integration that have open errors. */
async function listFailedSteps(server: Server, integrationId: string): Promise<readonly FailedStep[]> {
  const [summary, flows] = await Promise.all([
    server.call('listIntegrationErrors', { params: { _id: integrationId } }),
    listFlows(server, integrationId),
  ])
  const steps: FailedStep[] = []
  for (const { _flowId, numError } of summary) {
    if (numError === 0) continue
    const { flowErrors } = await server.call('listFlowErrors', { params: { _id: _flowId } })
    const flowName = flows.find(({ _id }) => _id === _flowId)?.name ?? _flowId
    steps.push(...flowErrors.filter((step) => step.numError > 0).map((step) => ({ ...step, _flowId, flowName })))
  }
  return steps
}

export async function listErrors(
  terminal: Terminal,
  idOrName: string,
  options: ServerOptions & { readonly limit?: number },
): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const { _id } = await findIntegration(server, idOrName)
  const steps = await listFailedSteps(server, _id)
  const limit = options.limit ?? listedErrors
  const listed: (StepError & Omit<FailedStep, 'numError'>)[] = []
  for (const { _flowId, flowName, _expOrImpId } of steps) {
    const { errors } = await server.call('listStepErrors', {
      params: { _id: _flowId, _stepId: _expOrImpId },
      query: { limit: Math.min(limit, pageSize) },
    })
    listed.push(...errors.map((error) => ({ ...error, _flowId, flowName, _expOrImpId })))
  }
  const newest = listed.toSorted((a, b) => b.occurredAt.localeCompare(a.occurredAt)).slice(0, limit)
  const all = steps.reduce((sum, { numError }) => sum + numError, 0)
  terminal.print(newest, alignColumns(newest.map((error) => toRow(terminal, error, error.flowName))))
  if (all > newest.length) terminal.say(`These are the newest ${newest.length} of ${countOf(all, 'open error')}.`)
  return exitCodes.done
}

const toRow = (terminal: Terminal, { occurredAt, code, message, traceKey }: StepError, flowName: string): string[] => [
  occurredAt,
  oneLine(flowName),
  terminal.paint('red', oneLine(code)),
  oneLine(traceKey),
  oneLine(message),
]

/** Ends when the records were sent: with an error where some failed again. */
export async function retryErrors(
  terminal: Terminal,
  idOrName: string,
  options: ServerOptions & { readonly wait: boolean },
): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const { _id } = await findIntegration(server, idOrName)
  const jobIds: string[] = []
  for (const { _flowId, _expOrImpId } of await listFailedSteps(server, _id)) {
    const { _jobId } = await server.call('retryErrors', { params: { _id: _flowId, _stepId: _expOrImpId }, body: { filter: {} } })
    jobIds.push(_jobId)
  }
  if (!options.wait) {
    terminal.print({ _jobIds: jobIds }, `${countOf(jobIds.length, 'retry', 'retries')} began.`)
    return exitCodes.done
  }
  const jobs = await awaitJobs(server, jobIds, 'Sending again')
  const sum = (field: 'numRetry' | 'numSuccess' | 'numError'): number => jobs.reduce((all, job) => all + (job[field] ?? 0), 0)
  terminal.print(jobs, `${countOf(sum('numRetry'), 'record')} sent again: ${sum('numSuccess')} went through, ${sum('numError')} failed.`)
  return jobs.every(wentThrough) ? exitCodes.done : exitCodes.error
}

/** Prints errors as they happen, until it is interrupted. */
export async function tailErrors(terminal: Terminal, idOrName: string | undefined, options: ServerOptions): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const wanted = idOrName === undefined ? undefined : (await findIntegration(server, idOrName))._id
  /** When the newest error of a step happened that was printed, by flow and step. */
  const printedUntil = new Map<string, string>()
  const began = new Date().toISOString()
  for await (const { event, data } of followEvents(server, terminal)) {
    if (event === 'ready') terminal.say('Errors are printed as they happen.')
    if (event !== 'errors') continue
    const { _flowId, _integrationId, _expOrImpId } = JSON.parse(data) as Readonly<Record<string, string>>
    if (!_flowId || !_expOrImpId || (wanted && _integrationId !== wanted)) continue
    const key = `${_flowId}/${_expOrImpId}`
    const since = printedUntil.get(key) ?? began
    const { errors } = await server.call('listStepErrors', {
      params: { _id: _flowId, _stepId: _expOrImpId },
      query: { occurredAt_gte: since, limit: pageSize, order: 'asc' },
    })
    for (const error of errors.filter(({ occurredAt }) => occurredAt > since)) {
      terminal.print({ ...error, _flowId, _expOrImpId }, toRow(terminal, error, _flowId).filter(Boolean).join('  '))
      printedUntil.set(key, error.occurredAt)
    }
  }
  return exitCodes.done
}

interface ServerEvent {
  readonly id?: string | undefined
  readonly event?: string | undefined
  readonly data: string
}

/** What the server says of its environment, from now on; goes on where a stream broke off. */
async function* followEvents(server: Server, terminal: Terminal): AsyncGenerator<ServerEvent> {
  let last: string | undefined
  for (;;) {
    const answer = await server.open('/v1/events', { accept: 'text/event-stream', ...(last && { 'last-event-id': last }) })
    if (!answer.ok || !answer.body) throw new CommandError(`${server.url} answered ${answer.status} to GET /v1/events.`)
    try {
      for await (const event of answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())) {
        last = event.id ?? last
        yield event
      }
    } catch (error) {
      terminal.say(`The connection broke off (${(error as Error).message}); going on.`)
    }
  }
}
