/** Work on a database: in a slot of its connection, and again where what failed may pass. */
import { skipsRetries, StepFailure, type ConnectionDoc, type Run } from '../adaptor.ts'
import { measure } from '../../domain/observability/measurements.ts'
import { traced } from '../../domain/observability/tracing.ts'
import { retrying } from '../around/retry.ts'
import { toSlotOwner, type ConnectionSlots } from '../around/slots.ts'
import { DatabaseFailure } from './database-failure.ts'

export interface WorkPorts {
  readonly slots: ConnectionSlots
  /** Milliseconds before the first retry, for tests. */
  readonly firstWait?: number
}

/** Tries of one piece of work, the first one included. */
const maxTries = 4
/** However many an import asks for. */
const mostTries = 10
/** integrator.io's default for databases. */
const defaultConcurrencyLevel = 5

export interface WorkOptions {
  /** What other runs want of the connection goes first until then. */
  readonly yields?: (() => Promise<void> | undefined) | undefined
  /** Tries at the most, where that is not the usual number. */
  readonly maxTries?: number | undefined
}

export interface DatabaseWork {
  readonly level: number
  inSlot<T>(act: () => Promise<T>, yields?: WorkOptions['yields']): Promise<T>
  /** Again where it passes: `act` begins anew by itself. Throws `StepFailure`. */
  again<T>(act: () => Promise<T>, most?: number): Promise<T>
}

/** What a connection says of how much is at work at once. */
interface Level {
  readonly concurrencyLevel?: number
  readonly targetConcurrencyLevel?: number
}

export function databaseWork({ slots, firstWait }: WorkPorts, connection: ConnectionDoc, said: Level | undefined, run: Run): DatabaseWork {
  const target = connection.autoRecoverRateLimitErrors ? said?.targetConcurrencyLevel : undefined
  const level = target ?? said?.concurrencyLevel ?? defaultConcurrencyLevel
  const { level: _level, ...owner } = toSlotOwner(run.envId, connection, level)
  const skips = skipsRetries(run)
  return {
    level,
    inSlot: (act, yields) => slots.use(owner, level, run.signal, () => timed(connection.type, act), yields),
    async again<T>(act: () => Promise<T>, most = maxTries): Promise<T> {
      const attempt = retrying(tryOnce<T>, {
        mostTries: (_act, done) => (done instanceof DatabaseFailure && done.passing && !skips ? Math.min(most, mostTries) : 1),
        ...(firstWait !== undefined && { firstWait }),
      })
      const done = await attempt(act, run.signal)
      if (!(done instanceof DatabaseFailure)) return done.value
      if (done.isRefusal) run.refused?.(connection)
      throw new StepFailure(done.failure)
    },
  }
}

async function timed<T>(adaptor: string, act: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const tell = (status: string): void => measure('outgoing', { adaptor, status, ms: performance.now() - begun })
  try {
    const done = await traced(`call ${adaptor}`, 'client', () => ({ 'sluice.adaptor': adaptor }), act)
    tell('ok')
    return done
  } catch (error) {
    tell('failed')
    throw error
  }
}

type Done<T> = { readonly value: T } | DatabaseFailure

async function tryOnce<T>(act: () => Promise<T>, signal: AbortSignal): Promise<Done<T>> {
  signal.throwIfAborted()
  try {
    return { value: await act() }
  } catch (error) {
    if (error instanceof DatabaseFailure) return error
    throw error
  }
}
