/** A connection's concurrency level: at most that many requests at once, counted over all flows and all workers. Who counts is told from outside. */
import { setTimeout as pause } from 'node:timers/promises'
import type { IdLocks } from '../adaptor.ts'
import type { Attempt } from './attempt.ts'

type Yields = () => Promise<void> | undefined

export interface ConnectionSlots extends IdLocks {
  /**
   * Runs `work` as soon as fewer than `level` others run for this connection, in the order of asking; who yields asks when that is settled, and has only what
   * nobody else wants before. Rejects with the signal's reason when that comes first.
   */
  use<T>(connection: SlotConnection, level: number, signal: AbortSignal, work: () => Promise<T>, yields?: Yields): Promise<T>
  /** The application has said that there are too many requests: one at once from now on, in all workers. */
  tooMany(connection: SlotConnection, level: number): void
  /** A request went well: after as many as may be at once, twice as many may be, up to the level. */
  wentWell(connection: SlotConnection, level: number): void
}

interface SlotConnection {
  readonly envId: string
  readonly _id: string
  /** Its level is lowered where its application says that there are too many requests. */
  readonly recovers?: boolean
}

/** Whose slots are taken, and how many there are. */
export interface SlotOwner extends SlotConnection {
  readonly level: number
}

interface Borrowing {
  readonly _id: string
  readonly _borrowConcurrencyFromConnectionId?: string
  readonly autoRecoverRateLimitErrors?: boolean
}

/** A borrower counts against its lender's slots; the lender's level is what holds, so whoever loads a borrower puts that level into it. */
export const toSlotOwner = (envId: string, connection: Borrowing, level: number): SlotOwner => ({
  envId,
  _id: connection._borrowConcurrencyFromConnectionId ?? connection._id,
  ...(connection.autoRecoverRateLimitErrors && { recovers: true }),
  level,
})

/** Every try takes a slot of its own, so that a request that waits to be retried keeps nobody out. */
export function withSlots<Q, R>(
  attempt: Attempt<Q, R>,
  slots: ConnectionSlots,
  { level, ...owner }: SlotOwner,
  yieldsOf?: (request: Q) => Yields | undefined,
): Attempt<Q, R> {
  return (request, signal) => slots.use(owner, level, signal, () => attempt(request, signal), yieldsOf?.(request))
}

/** After each request so many milliseconds pass before the next one, in all workers: the slot is kept for as long, and the answer does not wait for it. */
export function spaced<Q, R>(
  attempt: Attempt<Q, R>,
  slots: ConnectionSlots,
  owner: Omit<SlotOwner, 'level'>,
  apartMs: number,
): Attempt<Q, R> {
  return (request, signal) =>
    new Promise<R>((resolve, reject) => {
      slots
        .use(owner, 1, signal, async () => {
          await attempt(request, signal).then(resolve, reject)
          await pause(apartMs, undefined, { ref: false })
        })
        .catch(reject)
    })
}
