/**
 * A connection of its own, for session locks: they are gone with it, also when its program dies. One that fails in any way is given up whole, because
 * nobody could tell which locks it still has; the next query opens another.
 */
import type { Client } from 'pg'

/** Locks are tried, never waited for: a query that takes longer than this hangs on a dead connection. Milliseconds. */
const queryMs = 5000

export interface LockSession {
  readonly isOpen: boolean
  /** For good. */
  readonly isClosed: boolean
  query<R extends object>(text: string, values: unknown[]): Promise<R[]>
  close(): Promise<void>
}

/** `lost` is called once for each connection that is given up, before another one is opened. */
export function lockSession(connect: () => Promise<Client>, lost: () => void): LockSession {
  let current: Promise<Client> | undefined
  let isClosed = false
  /** Queries follow each other: a connection carries one at a time. */
  let last: Promise<unknown> = Promise.resolve()
  const giveUp = (session: Promise<Client>): void => {
    // A connection that breaks says so more than once; the one that has taken its place must not pay for it.
    if (session !== current) return
    current = undefined
    lost()
    session.then((client) => client.end()).catch(() => undefined)
  }
  const open = (): Promise<Client> => {
    const session = connect()
    session.then(
      (client) => client.on('error', () => giveUp(session)).on('end', () => giveUp(session)),
      () => giveUp(session),
    )
    return session
  }
  return {
    get isOpen() {
      return current !== undefined
    },
    get isClosed() {
      return isClosed
    },
    query<R extends object>(text: string, values: unknown[]): Promise<R[]> {
      const session = (current ??= open())
      const answer = last.then(() => ask<R>(session, text, values))
      last = answer.catch(() => giveUp(session))
      return answer
    },
    async close() {
      const session = current
      current = undefined
      isClosed = true
      await (await session?.catch(() => undefined))?.end()
    },
  }
}

async function ask<R extends object>(session: Promise<Client>, text: string, values: unknown[]): Promise<R[]> {
  let late: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new Error(`The database did not answer within ${queryMs / 1000} s.`)), queryMs)
  })
  try {
    return (await Promise.race([session.then((client) => client.query<R>(text, values)), tooLate])).rows
  } finally {
    clearTimeout(late)
  }
}
