/** A connection's concurrency level: at most that many requests at once, counted over all flows and all workers. Who counts is told from outside. */
import type { Attempt } from './attempt.ts'

export interface ConnectionSlots {
  /** Runs `work` as soon as fewer than `level` others run for this connection; rejects with the signal's reason when that comes first. */
  use<T>(
    connection: { readonly envId: string; readonly _id: string },
    level: number,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T>
}

/** Whose slots are taken, and how many there are. */
export interface SlotOwner {
  readonly envId: string
  readonly _id: string
  readonly level: number
}

interface Borrowing {
  readonly _id: string
  readonly _borrowConcurrencyFromConnectionId?: string
}

/** A borrower counts against its lender's slots; the lender's level is what holds, so whoever loads a borrower puts that level into it. */
export const toSlotOwner = (envId: string, connection: Borrowing, level: number): SlotOwner => ({
  envId,
  _id: connection._borrowConcurrencyFromConnectionId ?? connection._id,
  level,
})

/** Every try takes a slot of its own, so that a request that waits to be retried keeps nobody out. */
export function withSlots<Q, R>(attempt: Attempt<Q, R>, slots: ConnectionSlots, { level, ...owner }: SlotOwner): Attempt<Q, R> {
  return (request, signal) => slots.use(owner, level, signal, () => attempt(request, signal))
}
