/**
 * Locks on ids, over all workers: session locks as those of slots, so what a dead worker held is free. Within a worker they are given in the order of asking,
 * and whoever asks for several gets them all at once, or waits holding none: so nobody waits for somebody who waits.
 */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { LockSession } from './lock-session.ts'
import { untilAborted } from '../../domain/limits/until-aborted.ts'

/** How often they are asked for while another worker holds them. Milliseconds. */
const askMs = 50
/** How long another worker may hold them: as long as a page of slow records may take. Milliseconds. */
const mostWaitMs = 600_000

/** Ids with the same number take turns, too: that happens to two of a thousand pages of a thousand ids. */
const numberOf = (id: string): number => createHash('sha256').update(id).digest().readUInt32BE(0) >>> 1

export interface IdLocks {
  /** Resolves once all are held, to what gives them back; to undefined where another worker holds one for too long. Rejects with the signal's reason. */
  take(key: number, ids: readonly string[], signal: AbortSignal): Promise<(() => void) | undefined>
  /** Those of which another worker holds something that is waited for. */
  readonly waiting: ReadonlySet<number>
}

export function createIdLocks(session: LockSession): IdLocks {
  const last = new Map<string, Promise<void>>()
  const waiting = new Set<number>()
  return {
    waiting,
    async take(key, ids, signal) {
      const numbers = [...new Set(ids.map(numberOf))]
      const names = numbers.map((number) => `${key} ${number}`)
      const { promise, resolve } = Promise.withResolvers<void>()
      const before = names.flatMap((name) => last.get(name) ?? [])
      for (const name of names) last.set(name, promise)
      const leave = (): void => {
        for (const name of names) if (last.get(name) === promise) last.delete(name)
        resolve()
      }
      try {
        await untilAborted(Promise.all(before), signal)
        const isTaken = await takeFromOthers(session, key, numbers, signal, waiting)
        if (!isTaken) {
          leave()
          return undefined
        }
      } catch (error) {
        // Those after this one still wait for whoever is before it.
        void Promise.all(before).then(leave)
        throw error
      }
      return () => {
        session.query('select pg_advisory_unlock($1, id) from unnest($2::int[]) id', [key, numbers]).catch(() => undefined)
        leave()
      }
    },
  }
}

async function takeFromOthers(
  session: LockSession,
  key: number,
  numbers: readonly number[],
  signal: AbortSignal,
  waiting: Set<number>,
): Promise<boolean> {
  const until = performance.now() + mostWaitMs
  try {
    for (;;) {
      signal.throwIfAborted()
      // A database that is away for a moment must not fail the records: they wait on.
      if (await tryAll(session, key, numbers).catch(() => false)) return true
      waiting.add(key)
      if (performance.now() > until) return false
      await pause(askMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  } finally {
    waiting.delete(key)
  }
}

async function tryAll(session: LockSession, key: number, numbers: readonly number[]): Promise<boolean> {
  const got = await session.query<{ id: number }>('select id from unnest($2::int[]) id where pg_try_advisory_lock($1, id)', [key, numbers])
  if (got.length === numbers.length) return true
  if (got.length > 0) await session.query('select pg_advisory_unlock($1, id) from unnest($2::int[]) id', [key, got.map(({ id }) => id)])
  return false
}
