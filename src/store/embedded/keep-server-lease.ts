/** Keeps a program's lease on the embedded server: where the server is lost, starts it again and acquires the lease before another server program does. */
import type { Log } from '../../domain/context.ts'
import { enterServer, type LeaseRequest, type Patience } from './enter-server.ts'
import type { ServerLease } from './server-lease.ts'

/** How long a server that went away is tried to be brought back. A disk that is full or a machine out of memory may be mended by then. In milliseconds. */
const restartMs = 120_000
/** A program that ends while the server is away waits this long for one that is just starting, to stop it. In milliseconds. */
const shutdownMs = 10_000

export interface KeptLease {
  /** Settles, with the reason, when the place cannot be had again. */
  readonly lost: Promise<unknown>
  /** Answers the place it has, or the last one it had. */
  stop(): Promise<ServerLease>
}

export function keepLease(request: LeaseRequest, first: ServerLease, log: Log | undefined): KeptLease {
  const { promise: lost, resolve: giveUp } = Promise.withResolvers<unknown>()
  const ending = new AbortController()
  const end = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve(), { once: true }))
  let lease = first
  let isAway = false
  const starts: Patience['starts'] = {}
  const keep = async (): Promise<void> => {
    for (;;) {
      await Promise.race([lease.lost, end])
      if (ending.signal.aborted) return
      isAway = true
      const since = performance.now()
      log?.warn({}, 'the embedded PostgreSQL went away: it is started again')
      const patience: Patience = { ms: restartMs, failedStarts: Infinity, port: first.port, signal: ending.signal, starts }
      lease = (await enterServer(request, patience)).lease
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
      if (!isAway) return lease
      return enterServer(request, { ms: shutdownMs, failedStarts: 0, starts }).then(
        (found) => found.lease,
        () => lease,
      )
    },
  }
}
