/** What errors of the driver of SQL Server mean. */
import { DatabaseFailure, toConnectionFailure } from '../../database-failure.ts'
import type { Target } from '../target.ts'

/** A session that was ended, deadlocks, locks that were waited for, snapshots that met, a server that begins anew, and what Azure calls busy. */
const passing: ReadonlySet<number> = new Set([
  596, 1205, 1222, 3960, 4221, 6005, 10928, 10929, 40143, 40197, 40501, 40540, 40613, 49918, 49919, 49920,
])
/** A login that failed, is locked, has a password that is over, or is of another domain. */
const refusals: ReadonlySet<number> = new Set([18450, 18452, 18456, 18461, 18486, 18487, 18488])
/** From here on the server ends the session. */
const fatalClass = 20

interface Told {
  readonly number?: number
  readonly class?: number
  readonly code?: string
}

/** `told` is how the server called what kept somebody from logging in: the error of the driver has no number then. */
export function toFailure(error: unknown, { host, port }: Pick<Target, 'host' | 'port'>, told?: number): unknown {
  if (error instanceof DatabaseFailure || !(error instanceof Error)) return error
  // Several at once: the first says why.
  if (error instanceof AggregateError) return toFailure(error.errors[0], { host, port }, told)
  const { code = '', number = code === 'ELOGIN' ? told : undefined, class: severity = 0 } = error as Error & Told
  if (number !== undefined || code === 'ELOGIN') {
    const isRefusal = number !== undefined && refusals.has(number)
    return new DatabaseFailure(number === undefined ? 'sign_in_refused' : String(number), error.message, {
      ...((isRefusal || code === 'ELOGIN') && { source: 'connection', isRefusal }),
      passing: number !== undefined && passing.has(number),
      endsSession: severity >= fatalClass || code === 'ELOGIN',
    })
  }
  const where = `${host}:${port}`
  if (/did not negotiate encryption/i.test(error.message))
    return new DatabaseFailure(
      'tls_missing',
      `The database at ${where} offers no encrypted connection. Where it needs none, give the connection the option sslmode with the value disable.`,
      { source: 'connection', endsSession: true },
    )
  if (/requires encryption/i.test(error.message))
    return new DatabaseFailure(
      'tls_failed',
      `The database at ${where} wants an encrypted connection: take the option sslmode with the value disable from the connection.`,
      { source: 'connection', endsSession: true },
    )
  if (code === 'ETIMEOUT' && /Request failed to complete/.test(error.message))
    return new DatabaseFailure(
      'timeout',
      `The database at ${where} did not do the statement in time (the option queryTimeout). It may have done what it was asked: look there before you send it again.`,
      { source: 'connection', passing: true, endsSession: true },
    )
  // A value that the driver cannot write is a fault of its record.
  if (error instanceof TypeError || error instanceof RangeError || code === 'EPARAM')
    return new DatabaseFailure('invalid_value', error.message)
  const cause = error.cause instanceof Error ? error.cause : undefined
  if (cause && 'code' in cause) return toConnectionFailure(cause, where)
  const isLost =
    code === 'ESOCKET' || code === 'ECLOSE' || code === 'EINVALIDSTATE' || /connection (?:lost|closed)|socket/i.test(error.message)
  const socketCode = code === 'ETIMEOUT' ? 'ETIMEDOUT' : isLost ? 'ECONNRESET' : code
  return toConnectionFailure(Object.assign(new Error(error.message), { code: socketCode }), where)
}
