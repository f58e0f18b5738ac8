/** Tells apart why a statement failed: the database is unavailable, the transaction has to be run again, or it is the statement itself. */
import { StoreUnavailable, TransactionConflict } from '../../domain/errors.ts'

/**
 * Of PostgreSQL: connections (08), resources (53), shutdown, crash and start (57P), a statement or a transaction that took too long, and a write where there
 * are none (25006): the primary is another one by now, or will be in a moment.
 */
const codes = /^(?:08|53|57P|57014$|25P0[34]$|25006$)/
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

/** PostgreSQL's «run that again»: serialization_failure and deadlock_detected. */
const conflicts = new Set(['40001', '40P01'])
const isConflict = (error: unknown): boolean => conflicts.has((error as { code?: string }).code ?? '')

/** The error itself where it is about something else. */
export function toStoreError(error: unknown): unknown {
  if (isConflict(error)) return new TransactionConflict(error)
  return isUnavailable(error) ? new StoreUnavailable(error) : error
}
