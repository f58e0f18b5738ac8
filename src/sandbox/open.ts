/** Scripts as the domain and the engine call them: checked against their bounds, given to a process, and read back. */
import { withNumbersAsTexts } from '../domain/limits/exact-number.ts'
import { hash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Log } from '../domain/context.ts'
import { measure } from '../domain/observability/measurements.ts'
import { traced } from '../domain/observability/tracing.ts'
import { maxNesting, type ScriptBounds, type ScriptCall, type Scripts } from '../domain/ports/scripts.ts'
import * as bounds from './bounds.ts'
import { missingFunction, boundFailure, fileNameOf, readReport, parseValue, parseValues } from './script-failures.ts'
import type { Job } from './process.ts'
import { Queue } from './queue.ts'
import { findOsIsolation } from './os-isolation.ts'

/** At least two, so that one that is stuck leaves another. */
const minProcesses = 2
/** More than the machine has cores would only take turns. */
const maxProcesses = 8

export interface Sandbox extends Scripts {
  /** Process ids, for those who watch. */
  readonly pids: readonly number[]
  close(): void
}

/** No process is started before the first call. */
export function openSandbox(log: Log, walled = findOsIsolation): Sandbox {
  const queue = new Queue(log, walled, Math.min(maxProcesses, Math.max(minProcesses, availableParallelism())))

  const perform = async (call: ScriptCall, each: boolean, options: unknown): Promise<string> => {
    const limits = { runMs: bounds.runMs, totalMs: bounds.totalMs, ...call.bounds }
    const job = toJob(call, each, options, limits)
    const depth = call.depth ?? 0
    if (queue.isClosed) throw boundFailure(call, 'queue', 'was not called: the server is ending')
    if (depth > maxNesting) throw boundFailure(call, 'calls', `was called by more than ${maxNesting} scripts, one after the other`)
    const begun = performance.now()
    const report = await traced(
      'script',
      'internal',
      () => ({ 'sluice.function': call.function }),
      () => queue.run(job, depth),
      lookAt,
    )
    measure('scriptCalled', { result: typeof report === 'string' ? report : report.kind, ms: performance.now() - begun })
    if (report === 'full') throw boundFailure(call, 'queue', full)
    if (report === 'late') throw boundFailure(call, 'queue', `was not called: no process was free for ${bounds.queueMs / 1000} s`)
    return readReport(call, report, limits)
  }
  return {
    get pids() {
      return queue.pids
    },
    async call(call, options) {
      return parseValue(call, await perform(call, false, options))
    },
    async callEach(call, each, shared = {}) {
      return each.length === 0 ? [] : parseValues(call, await perform(call, true, { shared, each }), each.length)
    },
    close: () => queue.close(),
  }
}

const lookAt = (report: Awaited<ReturnType<Queue['run']>>) => {
  const result = typeof report === 'string' ? report : report.kind
  return { 'sluice.script.result': result, ...(result !== 'answer' && { failed: result }) }
}

const full = `was not called: up to ${bounds.maxQueue} calls of this account, with ${bounds.maxQueueBytes / 1024 / 1024} MB, may wait for the ones before them, and these do already. Call it again later`

function toJob(call: ScriptCall, each: boolean, options: unknown, { runMs, totalMs }: ScriptBounds): Job {
  const { content } = call.script
  const most = (bytes: number): string => `${bytes / 1024 / 1024} MB`
  if (content.length > bounds.maxSource / 4 && Buffer.byteLength(content) > bounds.maxSource)
    throw boundFailure(call, 'source', `is in a script larger than ${most(bounds.maxSource)}`)
  const json = withNumbersAsTexts(JSON.stringify(options ?? {}))
  if (json.length > bounds.maxOptions) throw boundFailure(call, 'options', `would get more than ${most(bounds.maxOptions)}`)
  if (!isName.test(call.function))
    throw missingFunction(
      call,
      `The function ${call.function} of the script ${call.script.name} has no name that a function can have.`,
      'source',
    )
  return {
    accountId: call.accountId,
    envId: call.envId,
    hash: hash('sha256', `${fileNameOf(call)}\n${content}`),
    scriptName: fileNameOf(call),
    source: content,
    functionName: call.function,
    each,
    options: json,
    runMs,
    totalMs,
    api: call.api ?? refuse,
    log: call.log,
  }
}

const isName = /^[\p{ID_Start}$_][\p{ID_Continue}$]{0,199}$/u

const refuse = (): never => {
  throw new Error('integrator-api cannot be used here.')
}
