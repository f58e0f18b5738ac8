/** Whether the database can serve this Sluice: it answers soon, takes writes, and has every migration. */
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'

/** Who asks wants to know it now. In milliseconds. */
const answerMs = 2_000

export interface DatabaseState {
  /** The sentence that says what is wrong; undefined where nothing is. */
  readonly database: string | undefined
  readonly migrations: string | undefined
}

interface Row {
  readonly is_standby: boolean
  readonly latest: number | null
}

const silent: DatabaseState = { database: 'The database does not answer.', migrations: undefined }

/** `wanted` is the number of this program's newest migration. */
export function createStateQuery(pool: pg.Pool, wanted: number): () => Promise<DatabaseState> {
  let asking: Promise<DatabaseState> | undefined
  const ask = async (): Promise<DatabaseState> => {
    const answer = pool
      .query<Row>({
        name: 'database-state',
        text: `select pg_is_in_recovery() as is_standby, (select max(number) from sluice.migrations) as latest`,
      })
      .then(
        ({ rows: [row] }) => toState(row, wanted),
        () => silent,
      )
    const late = new AbortController()
    const isLate = pause(answerMs, silent, { signal: late.signal, ref: false }).catch(() => silent)
    return Promise.race([answer, isLate]).finally(() => late.abort())
  }
  return () => (asking ??= ask().finally(() => (asking = undefined)))
}

/** A database with more migrations than this program knows is one that is being upgraded: both versions serve it. */
const toState = (row: Row | undefined, wanted: number): DatabaseState => ({
  database: row?.is_standby ? 'The database is a standby, which takes no writes.' : undefined,
  migrations:
    (row?.latest ?? 0) < wanted
      ? `The database is at migration ${row?.latest ?? 0}, and this Sluice needs ${wanted}: restart it.`
      : undefined,
})
