/** How a client of the database is set up, whatever it is for. */
import type pg from 'pg'
import type { DatabaseConfig } from './database-hosts.ts'

/** A connection on which nothing happens is asked whether its other end is there after this, ten times a second apart: else its machine could be gone for hours. Milliseconds. */
const quietMs = 10_000

/** PostgreSQL's own code for a write where there are none: read_only_sql_transaction. */
export const readOnlyCode = '25006'

/** A session that cannot write is of no use, whatever it is asked. The message is the end of a sentence. */
export class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError'
  readonly code = readOnlyCode
}

/** Of one host. */
export const toClientConfig = (config: DatabaseConfig): pg.ClientConfig => ({
  ...(typeof config === 'string' ? { connectionString: config } : config),
  keepAlive: true,
  keepAliveInitialDelayMillis: quietMs,
})
