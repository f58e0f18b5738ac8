/** Sessions that wait for the next work on their database, for a few seconds: opening one takes longer than most statements. How many are at work at once is not decided here. */
import { createHash } from 'node:crypto'
import type { Database, Session, Ways } from './database.ts'
import { DatabaseFailure } from '../database-failure.ts'
import type { Target } from './target.ts'

/** How long one waits: another worker may need its place at the database. Milliseconds. */
const idleMs = 5_000
/** That wait for one target: as many as a concurrency level can be. */
const maxIdle = 50

export interface Sessions {
  /** One that nobody else has. Throws `DatabaseFailure`, or the signal's reason. */
  take(database: Database, target: Target, signal: AbortSignal): Promise<Session>
  /** It ends where what was done in it would show. */
  giveBack(database: Database, target: Target, session: Session): void
}

interface Waiting {
  readonly session: Session
  readonly timer: NodeJS.Timeout
}

export function openSessions(ways: Ways): Sessions {
  const waiting = new Map<string, Waiting[]>()
  const keyOf = (database: Database, target: Target): string =>
    createHash('sha256')
      .update(JSON.stringify([database.name, target]))
      .digest('base64')
  /** Nobody else takes it from here on. */
  const withdraw = (key: string, one?: Waiting): Waiting | undefined => {
    const idle = waiting.get(key) ?? []
    const at = one ? idle.indexOf(one) : idle.length - 1
    const [withdrawn] = at < 0 ? [] : idle.splice(at, 1)
    if (idle.length === 0) waiting.delete(key)
    return withdrawn
  }
  return {
    async take(database, target, signal) {
      const key = keyOf(database, target)
      for (let next = withdraw(key); next; next = withdraw(key)) {
        clearTimeout(next.timer)
        if (!next.session.isClean) continue
        next.session.hold(true)
        next.session.setSignal(signal)
        return next.session
      }
      signal.throwIfAborted()
      const session = await database.connect(target, ways, signal).catch(asConnectionFailure)
      session.setSignal(signal)
      return session
    },
    giveBack(database, target, session) {
      session.setSignal(undefined)
      const key = keyOf(database, target)
      const idle = waiting.get(key) ?? []
      if (!session.isClean || idle.length >= maxIdle) return session.close()
      session.hold(false)
      const one: Waiting = {
        session,
        timer: setTimeout(() => {
          withdraw(key, one)
          session.close()
        }, idleMs).unref(),
      }
      waiting.set(key, [...idle, one])
    },
  }
}

/** What keeps a session from being opened is no fault of any record. */
function asConnectionFailure(error: unknown): never {
  if (!(error instanceof DatabaseFailure) || error.source === 'connection') throw error
  const { code, message, passing, isRefusal } = error
  throw new DatabaseFailure(code, message, { source: 'connection', passing, isRefusal, endsSession: true })
}
