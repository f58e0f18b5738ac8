/** All rows of a database, as fingerprints and as a copy to go back to: what a refused request must leave as it was. */
import type pg from 'pg'
import { versionsOf, writtenSince, type Versions } from './row-versions.ts'

/** Tables of the server itself, which no request is about. */
const ofTheServer = ['workers']

/** What is on record of a request that was refused, too: that somebody came, and that something was about to be sent out. */
const attempts = "event in ('signin', 'signin_failed', 'invoke', 'ping')"

export interface Rows {
  /** By table, and apart from that the rows of one account. Equal where nothing changed. */
  fingerprint(): Promise<Fingerprint>
  /** Puts every row back as it was when this was opened. */
  restore(): Promise<void>
}
type Fingerprint = Readonly<Record<string, string>>

interface Table {
  readonly name: string
  /** The column that says whose a row is, where the table has one. */
  readonly owner: string | undefined
  /** Tables that its rows refer to. */
  readonly needs: readonly string[]
  readonly hasTriggers: boolean
}

/** `apart`: the account whose rows are told apart from the others, as `<table> of theirs`. What was not written to since is not read again. */
export async function openRows(pool: pg.Pool, apart: string): Promise<Rows> {
  const tables = await tablesOf(pool)
  const names = tables.map(({ name }) => name)
  const hash = (table: Table): string => {
    const counted = table.name === 'audit' ? `not ${attempts}` : 'true'
    const sums = (where: string) =>
      `(select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) from sluice.${table.name} t where ${counted} and ${where})`
    const theirs = table.owner ? `, ${sums(`${table.owner} = $1`)} as "${table.name} of theirs"` : ''
    return `${sums('true')} as "${table.name}"${theirs}`
  }
  const copies = tables.map(({ name }) => `create table before_bad_input.${name} as table sluice.${name};`).join('\n')
  await pool.query(`create schema before_bad_input;\n${copies}`)
  let asBefore = await versionsOf(pool, names)
  let read: Versions = new Map()
  let prints: Fingerprint = {}
  return {
    async fingerprint() {
      const now = await versionsOf(pool, names)
      const written = new Set(writtenSince(read, now))
      if (written.size > 0) {
        const hashes = tables.filter(({ name }) => written.has(name)).map(hash)
        const { rows } = await pool.query<Fingerprint>(`select $1::text as apart, ${hashes.join(', ')}`, [apart])
        const { apart: _apart, ...printed } = rows[0] as Fingerprint
        prints = { ...prints, ...printed }
      }
      read = now
      return prints
    },
    async restore() {
      const touched = withDependents(tables, new Set(writtenSince(asBefore, await versionsOf(pool, names))))
      const empty = touched.toReversed().map(({ name }) => `delete from sluice.${name};`)
      const fill = touched.map(({ name }) => `insert into sluice.${name} overriding system value table before_bad_input.${name};`)
      // What triggers keep is put back like all other rows.
      const switchTriggers = (to: 'disable' | 'enable'): string[] =>
        touched.filter(({ hasTriggers }) => hasTriggers).map(({ name }) => `alter table sluice.${name} ${to} trigger user;`)
      // Several statements of one query are one transaction.
      await pool.query([...switchTriggers('disable'), ...empty, ...fill, ...switchTriggers('enable')].join('\n'))
      const restored = touched.map(({ name }) => name)
      if (restored.length > 0) asBefore = new Map([...asBefore, ...(await versionsOf(pool, restored))])
    },
  }
}

/** They and those whose rows refer to theirs, in the order of `tables`. */
function withDependents(tables: readonly Table[], names: ReadonlySet<string>): readonly Table[] {
  const all = new Set(names)
  for (const { name, needs } of tables) if (needs.some((need) => all.has(need))) all.add(name)
  return tables.filter(({ name }) => all.has(name))
}

/** Those that others refer to come first. */
async function tablesOf(pool: pg.Pool): Promise<Table[]> {
  const { rows } = await pool.query<{ name: string; owner: string | null; needs: string[]; hasTriggers: boolean }>(
    `select c.relname as name,
       (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attname in ('env_id', 'account_id') order by a.attname desc limit 1) as owner,
       array(select r.relname::text from pg_constraint f join pg_class r on r.oid = f.confrelid where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as needs,
       exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as "hasTriggers"
     from pg_class c where c.relnamespace = 'sluice'::regnamespace and c.relkind = 'r' order by 1`,
  )
  const left = rows.filter(({ name }) => !ofTheServer.includes(name))
  const sorted: Table[] = []
  while (left.length > 0) {
    const free = left.findIndex(({ needs }) => needs.every((need) => !left.some(({ name }) => need === name)))
    const [table] = left.splice(Math.max(free, 0), 1)
    if (table) sorted.push({ ...table, owner: table.owner ?? undefined })
  }
  return sorted
}
