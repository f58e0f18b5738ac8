/** Calls of functions on the stack of a wrapper connection, in a slot of the connection, with what integrator.io hands to them. */
import { parseBounded } from '../../../domain/limits/parse-json.ts'
import { StepFailure, type ConnectionDoc, type ExportDoc, type Failure, type ImportDoc, type Run } from '../../adaptor.ts'
import { toSlotOwner, withSlots, type ConnectionSlots } from '../../around/slots.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { buildHookContext, parseFailures } from '../../hooks/hook-options.ts'
import { offAbort, onAbort } from '../../outgoing/on-abort.ts'
import { collectSettings } from '../../plan/step-settings.ts'

export interface WrapperPorts {
  readonly slots: ConnectionSlots
}

/** What a function returned. Throws `StepFailure` where it did not. */
export type CallFunction = (name: string, options: object) => Promise<unknown>

interface Step {
  readonly run: Run
  readonly connection?: ConnectionDoc | undefined
  readonly export?: ExportDoc
  readonly import?: ImportDoc
}

/** integrator.io's default for wrappers. */
const defaultConcurrencyLevel = 5

const concurrencyLevel = ({ wrapper, autoRecoverRateLimitErrors }: ConnectionDoc): number =>
  (autoRecoverRateLimitErrors ? wrapper?.targetConcurrencyLevel : undefined) ?? wrapper?.concurrencyLevel ?? defaultConcurrencyLevel

export const stepFailure = (source: Failure['source'], code: string, message: string): StepFailure =>
  new StepFailure({ source, code, message })

/** Throws `StepFailure` where nothing can be called over the connection. */
export function createFunctionCall({ slots }: WrapperPorts, step: Step): CallFunction {
  const { run, connection } = step
  if (connection?.type !== 'wrapper') throw stepFailure('connection', 'connection_missing', 'The step has no connection to a wrapper.')
  refuseFields('connections', connection)
  const stackId = connection.wrapper?._stackId
  if (!stackId)
    throw stepFailure('connection', 'configuration_missing', 'The connection names no stack that serves its functions (wrapper._stackId).')
  const settings = collectSettings(
    run,
    { ...(step.export && { export: step.export }), ...(step.import && { import: step.import }) },
    connection,
  )
  const shared = {
    ...buildHookContext({ ...step, settings }),
    connection: { encrypted: openCredentials(connection.wrapper?.encrypted), unencrypted: connection.wrapper?.unencrypted ?? {} },
  }
  const call = async ({ name, options }: { readonly name: string; readonly options: object }, signal: AbortSignal): Promise<unknown> => {
    if (!run.callStack) throw new Error('a run that makes functions ready calls none')
    return untilAborted(run.callStack(stackId, name, { ...shared, ...options }), signal)
  }
  const inSlot = withSlots(call, slots, toSlotOwner(run.envId, connection, concurrencyLevel(connection)))
  return (name, options) => inSlot({ name, options }, run.signal)
}

/** They may have been sent as the text of an object. */
function openCredentials(encrypted: unknown): unknown {
  if (typeof encrypted !== 'string') return encrypted ?? {}
  try {
    return parseBounded(encrypted)
  } catch {
    return encrypted
  }
}

/** What the function does after that nobody hears of. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    onAbort(signal, stop)
    work.then(resolve, reject).finally(() => offAbort(signal, stop))
  })
}

/** What a function says is wrong, as its own sentences; undefined where it says nothing. */
export function firstFailure(errors: unknown, otherwise: string): Failure {
  return readFailures(errors)[0] ?? { source: 'application', code: 'wrapper_failed', message: otherwise }
}

export const readFailures = (errors: unknown): readonly Failure[] =>
  parseFailures(errors, 'application').map((failure) =>
    failure.code === 'script_error' ? { ...failure, code: 'wrapper_failed' } : failure,
  )
