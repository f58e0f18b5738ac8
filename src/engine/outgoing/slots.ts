/** A connection's concurrency level: at most that many requests at once, counted over all flows and all workers. Who counts is told from outside. */
import type { Send } from './message.ts'

export interface ConnectionSlots {
  /** Runs `work` as soon as fewer than `level` others run for this connection; rejects with the signal's reason when that comes first. */
  use<T>(
    connection: { readonly envId: string; readonly _id: string },
    level: number,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T>
}

/** integrator.io's default for HTTP connections. */
const defaultConcurrencyLevel = 25

interface Limited {
  readonly _id: string
  readonly _borrowConcurrencyFromConnectionId?: string
  readonly http?: { readonly concurrencyLevel?: number }
}

export const concurrencyLevel = (connection: Limited): number => connection.http?.concurrencyLevel ?? defaultConcurrencyLevel

/**
 * Every try takes a slot of its own, so that a request that waits to be retried keeps nobody out. A borrower counts against its lender's
 * slots; the lender's level is what holds, so whoever loads a borrower puts that level into it.
 */
export function withSlots(send: Send, slots: ConnectionSlots, envId: string, connection: Limited): Send {
  const owner = { envId, _id: connection._borrowConcurrencyFromConnectionId ?? connection._id }
  const level = concurrencyLevel(connection)
  return (request, signal) => slots.use(owner, level, signal, () => send(request, signal))
}
