/** The pool as graphile-worker gets it. */
import type { Pool, PoolClient } from 'pg'

type Lent = (error: Error | undefined, client: PoolClient | undefined, release: (broken?: boolean) => void) => void

/**
 * graphile-worker gives the connection that it listens on back twice where that breaks while its runner ends. The pool throws at the second time, in a promise
 * that nobody waits for, which ends the program.
 */
export function lendConnections(pool: Pool): Pool {
  const connect = (lent?: Lent): unknown => {
    if (!lent) return pool.connect()
    pool.connect((error, client, release) => {
      let isBack = false
      lent(error, client, (broken) => {
        if (isBack) return
        isBack = true
        release(broken)
      })
    })
    return undefined
  }
  return new Proxy(pool, { get: (target, name) => (name === 'connect' ? connect : (Reflect.get(target, name) as unknown)) })
}
