/** Recognises errors that mean that the database is unavailable, as opposed to a statement that failed. */
import { StoreUnavailable } from '../../domain/errors.ts'

/** Of PostgreSQL: connections (08), resources (53), shutdown, crash and start (57P), a statement or a transaction that took too long. */
const codes = /^(?:08|53|57P|57014$|25P0[34]$)/
const machine = /^E(?:CONN|PIPE|TIMEDOUT|NOENT|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH)/
/** What `pg` says without a code: of a connection that broke, one that took too long, a pool whose connections are all taken, or that is closed. */
const words =
  /Connection terminated|timeout exceeded when trying to connect|not queryable|Query read timeout|Cannot use a pool after calling end/

function isUnavailable(error: unknown): boolean {
  // Where a name has several addresses, the failures of all come as one.
  if (error instanceof AggregateError) return error.errors.every(isUnavailable)
  const { code, message } = error as { code?: unknown; message?: unknown }
  return typeof code === 'string' && code !== '' ? codes.test(code) || machine.test(code) : words.test(String(message))
}

/** The error itself where it is about something else. */
export const toStoreUnavailable = (error: unknown): unknown => (isUnavailable(error) ? new StoreUnavailable(error) : error)
