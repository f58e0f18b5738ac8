/** What errors of the driver of MySQL and MariaDB mean. */
import type * as MySQL from 'mysql2'
import { DatabaseFailure, toConnectionFailure } from '../../database-failure.ts'
import type { Target } from '../target.ts'

const passing: ReadonlySet<number> = new Set([1040, 1053, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1927, 4031])
const endings: ReadonlySet<number> = new Set([1053, 1158, 1159, 1160, 1161, 1317, 1927, 4031])
const refusals: ReadonlySet<number> = new Set([1045, 1698])

export function toFailure(error: unknown, { host, port }: Target): unknown {
  if (error instanceof DatabaseFailure || !(error instanceof Error)) return error
  const { errno, code = '', sqlMessage, sqlState } = error as Partial<MySQL.QueryError> & { readonly sqlMessage?: string }
  if (sqlMessage !== undefined && errno !== undefined) {
    const isRefusal = refusals.has(errno)
    return new DatabaseFailure(code.startsWith('ER_') ? code : (sqlState ?? String(errno)), sqlMessage, {
      ...(isRefusal && { source: 'connection', isRefusal }),
      passing: passing.has(errno),
      endsSession: endings.has(errno),
    })
  }
  const where = `${host}:${port}`
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT')
    return new DatabaseFailure(
      'tls_missing',
      `The database at ${where} offers no encrypted connection. Where it needs none, give the connection the option sslmode with the value disable.`,
      { source: 'connection', endsSession: true },
    )
  if (code === 'HANDSHAKE_SSL_ERROR')
    return new DatabaseFailure('tls_failed', `No secure connection to ${where}: ${error.message}.`, {
      source: 'connection',
      endsSession: true,
    })
  // A value that the driver cannot write is a fault of its record.
  if (error instanceof TypeError || error instanceof RangeError) return new DatabaseFailure('invalid_value', error.message)
  const isLost = code === 'PROTOCOL_CONNECTION_LOST' || /closed state|connection closed|unexpectedly/i.test(error.message)
  return toConnectionFailure(isLost ? Object.assign(new Error(error.message), { code: 'ECONNRESET' }) : error, where)
}
