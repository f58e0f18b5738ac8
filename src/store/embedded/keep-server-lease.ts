/**
 * Keeps a program's place at the server of its data folder. Where it is lost (the server crashed, was killed or stopped, or cut the connection) the server
 * is started again and the place taken again, before another server program has it. Requests and runs wait for that, or are told to come again.
 */
import type { Log } from '../../domain/context.ts'
import { comeIn, type Guest, type Patience } from './enter-server.ts'
import type { Seat } from './server-lease.ts'

/** How long a server that went away is tried to be brought back. A disk that is full or a machine out of memory may be mended by then. In milliseconds. */
const bringBackMs = 120_000
/** A program that ends while the server is away waits this long for one that is just starting, to stop it. In milliseconds. */
const atTheEndMs = 10_000

export interface KeptSeat {
  /** Settles, with the reason, when the place cannot be had again. */
  readonly lost: Promise<unknown>
  /** Answers the place it has, or the last one it had. */
  stop(): Promise<Seat>
}

export function keepSeat(guest: Guest, first: Seat, log: Log | undefined): KeptSeat {
  const { promise: lost, resolve: giveUp } = Promise.withResolvers<unknown>()
  const ending = new AbortController()
  const end = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve(), { once: true }))
  let seat = first
  let isAway = false
  const starts: Patience['starts'] = {}
  const keep = async (): Promise<void> => {
    for (;;) {
      await Promise.race([seat.lost, end])
      if (ending.signal.aborted) return
      isAway = true
      const since = performance.now()
      log?.warn({}, 'the embedded PostgreSQL went away: it is started again')
      const patience: Patience = { ms: bringBackMs, failedStarts: Infinity, port: first.port, signal: ending.signal, starts }
      seat = (await comeIn(guest, patience)).seat
      isAway = false
      log?.warn({ ms: Math.round(performance.now() - since) }, 'the embedded PostgreSQL is back')
    }
  }
  const kept = keep().catch((error: unknown) => {
    if (!ending.signal.aborted) giveUp(error)
  })
  return {
    lost,
    async stop() {
      ending.abort()
      await kept
      if (!isAway) return seat
      return comeIn(guest, { ms: atTheEndMs, failedStarts: 0, starts }).then(
        (found) => found.seat,
        () => seat,
      )
    },
  }
}
