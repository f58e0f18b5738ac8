/** The days of `sluice.execution_log_entries`, each a partition: made ahead, and dropped when their time is over. */
import pg from 'pg'
import type { Client } from '../database/pool.ts'

const dayMs = 24 * 3_600_000
/** How long dropping a day waits for the lock of the table before it gives up and is tried again later: writers queue after it meanwhile. Milliseconds. */
const lockMs = 250
/** Of PostgreSQL: the lock was not to be had in that time, or two waited for each other. */
const isHeldUp = new Set(['55P03', '40P01'])

const parent = 'sluice.execution_log_entries'
const prefix = 'execution_log_entries_'
const beginningOf = (at: number): number => Math.floor(at / dayMs) * dayMs
const nameOf = (day: number): string => prefix + new Date(day).toISOString().slice(0, 10).replaceAll('-', '')

/** Those from `from` on, and `ahead` days after it, as far as they are missing. One that has rows among the rest already stays there. */
export async function addDays(db: Client, from: string, ahead: number): Promise<void> {
  const first = beginningOf(Date.parse(from))
  const days = Array.from({ length: ahead + 1 }, (_, n) => first + n * dayMs)
  const { rows } = await db.query<{ name: string }>({
    name: 'log-days-missing',
    text: `select name from unnest($1::text[], $2::timestamptz[]) d (name, at) where to_regclass('sluice.' || name) is null
             and not exists (select from ${parent}_rest r where r.at >= d.at and r.at < d.at + interval '1 day')`,
    values: [days.map(nameOf), days.map((day) => new Date(day).toISOString())],
  })
  if (rows.length === 0) return
  // Programs that start at the same time make each of them once.
  await db.query(`select pg_advisory_xact_lock(hashtextextended('${parent}', 0))`)
  for (const day of days.filter((each) => rows.some(({ name }) => name === nameOf(each))))
    await unlessHeldUp(
      db,
      `create table if not exists sluice.${nameOf(day)} partition of ${parent}
       for values from ('${new Date(day).toISOString()}') to ('${new Date(day + dayMs).toISOString()}')`,
    )
}

/** The oldest day that ended before, with what it took of its environments. Answers whether it was dropped, and whether there is another one. */
export async function dropDay(db: Client, before: string): Promise<{ readonly isDropped: boolean; readonly isMore: boolean }> {
  const { rows: old } = await db.query<{ name: string }>({
    name: 'log-days-over',
    text: `select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
           where i.inhparent = '${parent}'::regclass and c.relname ~ '^${prefix}[0-9]{8}$' and c.relname < $1 order by 1 limit 2`,
    values: [nameOf(beginningOf(Date.parse(before)))],
  })
  const [oldest] = old
  // Nobody adds to it any more: what is counted is what goes.
  if (!oldest || !(await unlessHeldUp(db, `lock table sluice.${oldest.name} in share mode`))) return { isDropped: false, isMore: false }
  const { rows } = await db.query<{ env_id: string; bytes: number }>(
    `select env_id, sum(bytes) as bytes from sluice.${oldest.name} group by env_id`,
  )
  const isDropped = await unlessHeldUp(db, `drop table sluice.${oldest.name}`)
  // After the table, as everybody has it who writes entries: two who wait for each other would be the end of one.
  if (isDropped && rows.length > 0)
    await db.query(
      `update sluice.execution_log_usage u set bytes = greatest(0, u.bytes - g.bytes)
       from unnest($1::text[], $2::bigint[]) g (env_id, bytes) where u.env_id = g.env_id`,
      [rows.map((row) => row.env_id), rows.map((row) => row.bytes)],
    )
  return { isDropped, isMore: isDropped && old.length > 1 }
}

/** In a transaction, which goes on either way. */
async function unlessHeldUp(db: Client, statement: string): Promise<boolean> {
  await db.query(`savepoint held_up; set local lock_timeout = ${lockMs}`)
  try {
    await db.query(statement)
    await db.query('set local lock_timeout to default; release savepoint held_up')
    return true
  } catch (error) {
    await db.query('rollback to savepoint held_up')
    if (error instanceof pg.DatabaseError && isHeldUp.has(error.code ?? '')) return false
    throw error
  }
}
