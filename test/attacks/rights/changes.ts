/** What a request did to the database: the rows that are there now and were not, and those that were. */
import type pg from 'pg'
import { versionsOf, writtenSince } from '../../harness/bad-input/row-versions.ts'

export interface Change {
  readonly table: string
  readonly row: Readonly<Record<string, unknown>>
}

/** Nobody's rows; what is only remembered of others; states by their hashes, which say what is in documents anyway and are swept up; and what is on record of requests that were refused, too. */
const kept = `c.relnamespace = 'sluice'::regnamespace and c.relkind = 'r' and c.relname not in ('workers', 'settings', 'definition_hashes', 'state_environments', 'exported_states', 'trees', 'definitions')`
const onRecord = "(t.event in ('signin', 'signin_failed', 'invoke', 'ping'))"

export interface Picture {
  /** Since it was taken. */
  changes(): Promise<readonly Change[]>
}

/** What was not written to since is not read again. */
export async function takePicture(pool: pg.Pool): Promise<Picture> {
  const { rows } = await pool.query<{ name: string }>(`select c.relname as name from pg_class c where ${kept} order by 1`)
  const names = rows.map(({ name }) => name)
  // When somebody was last here is on record as well.
  const rowOf = (name: string): string => (name === 'ashares' ? `to_jsonb(t) - 'last_sign_in'` : 'to_jsonb(t)')
  const rowsOf = (name: string): string =>
    `select '${name}' as name, ${rowOf(name)} as row from sluice.${name} t ${name === 'audit' ? `where not ${onRecord}` : ''}`
  const hashed = (tables: readonly string[], columns: string): string =>
    `select ${columns}, md5(name || row::text) as hash from (${tables.map(rowsOf).join(' union all ')}) a`
  const full = 'name as table, row'
  let asBefore = await versionsOf(pool, names)
  const before = (await pool.query<Change & { hash: string }>(hashed(names, full))).rows
  return {
    async changes() {
      const versions = await versionsOf(pool, names)
      const written = writtenSince(asBefore, versions)
      if (written.length === 0) return []
      const now = new Set((await pool.query<{ hash: string }>(hashed(written, 'name'))).rows.map(({ hash }) => hash))
      const were = new Map(before.filter(({ table }) => written.includes(table)).map((each) => [each.hash, each]))
      const fresh = [...now].filter((hash) => !were.has(hash))
      const gone = [...were.values()].filter(({ hash }) => !now.has(hash))
      if (fresh.length === 0 && gone.length === 0) asBefore = versions
      if (fresh.length === 0) return gone
      const made = await pool.query<Change>(`select * from (${hashed(written, full)}) f where hash = any($1)`, [fresh])
      return [...gone, ...made.rows]
    },
  }
}
