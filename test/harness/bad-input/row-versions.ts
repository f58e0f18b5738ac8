/** Which tables were written to, without reading what they hold: whatever is written to a row gives it another place or another writer. */
import { createHash } from 'node:crypto'
import type pg from 'pg'

/** By table; another one wherever a row was written since, whatever it says now. */
export type Versions = ReadonlyMap<string, string>

export async function versionsOf(pool: pg.Pool, tables: readonly string[]): Promise<Versions> {
  const versionOf = (name: string): string =>
    `(select count(*) || ' ' || coalesce(sum(hashtidextended(t.ctid, t.xmin::text::bigint)), 0) from sluice.${name} t) as "${name}"`
  const text = `select ${tables.map(versionOf).join(', ')}`
  // To plan it takes as long as to carry it out, and it is asked after each request: a connection plans it once.
  const { rows } = await pool.query<Record<string, string>>({ name: `versions-${createHash('md5').update(text).digest('hex')}`, text })
  return new Map(Object.entries(rows[0] as Record<string, string>))
}

export const writtenSince = (before: Versions, now: Versions): readonly string[] =>
  [...now.keys()].filter((name) => before.get(name) !== now.get(name))
