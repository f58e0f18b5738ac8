/** What a request did to the database: the rows that are there now and were not, and those that were. */
import type pg from 'pg'

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

export async function takePicture(pool: pg.Pool): Promise<Picture> {
  const { rows } = await pool.query<{ name: string }>(`select c.relname as name from pg_class c where ${kept} order by 1`)
  // When somebody was last here is on record as well.
  const rowOf = (name: string): string => (name === 'ashares' ? `to_jsonb(t) - 'last_sign_in'` : 'to_jsonb(t)')
  const all = rows.map(
    ({ name }) =>
      `select '${name}' as name, ${rowOf(name)} as row from sluice.${name} t ${name === 'audit' ? `where not ${onRecord}` : ''}`,
  )
  const every = all.join(' union all ')
  const hashes = `select md5(name || row::text) as hash from (${every}) a`
  const full = `select name as table, row, md5(name || row::text) as hash from (${every}) a`
  const before = new Map((await pool.query<Change & { hash: string }>(full)).rows.map((each) => [each.hash, each]))
  return {
    async changes() {
      const now = new Set((await pool.query<{ hash: string }>(hashes)).rows.map(({ hash }) => hash))
      const fresh = [...now].filter((hash) => !before.has(hash))
      const gone = [...before.values()].filter(({ hash }) => !now.has(hash))
      if (fresh.length === 0) return gone
      const made = await pool.query<Change>(`select * from (${full}) f where hash = any($1)`, [fresh])
      return [...gone, ...made.rows]
    },
  }
}
