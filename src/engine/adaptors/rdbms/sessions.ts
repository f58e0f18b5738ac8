/** Sessions that wait for the next work on their database, for a few seconds: opening one takes longer than most statements. How many are at work at once is not decided here. */
import { createHash } from 'node:crypto'
import type { PrivateNetwork } from '../../outgoing/address-guard.ts'
import type { Database, Session } from './database.ts'
import { DatabaseFailure } from './failure.ts'
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

export function openSessions(privateNetwork: PrivateNetwork): Sessions {
  const waiting = new Map<string, Waiting[]>()
  const idleOf = (database: Database, target: Target): Waiting[] => {
    const key = createHash('sha256')
      .update(JSON.stringify([database.name, target]))
      .digest('base64')
    const idle = waiting.get(key) ?? []
    waiting.set(key, idle)
    return idle
  }
  return {
    async take(database, target, signal) {
      const idle = idleOf(database, target)
      for (let next = idle.pop(); next; next = idle.pop()) {
        clearTimeout(next.timer)
        if (!next.session.isClean) continue
        next.session.hold(true)
        next.session.setSignal(signal)
        return next.session
      }
      signal.throwIfAborted()
      const session = await database.connect(target, privateNetwork, signal).catch(asConnectionFailure)
      session.setSignal(signal)
      return session
    },
    giveBack(database, target, session) {
      session.setSignal(undefined)
      const idle = idleOf(database, target)
      if (!session.isClean || idle.length >= maxIdle) return session.close()
      session.hold(false)
      const one: Waiting = {
        session,
        timer: setTimeout(() => {
          idle.splice(idle.indexOf(one), 1)
          session.close()
        }, idleMs).unref(),
      }
      idle.push(one)
    },
  }
}

/** What keeps a session from being opened is no fault of any record. */
function asConnectionFailure(error: unknown): never {
  if (!(error instanceof DatabaseFailure) || error.source === 'connection') throw error
  const { code, message, passing, isRefusal } = error
  throw new DatabaseFailure(code, message, { source: 'connection', passing, isRefusal, endsSession: true })
}
