/** What a database consists of, as far as a backup has to know: every table of ours is kept but those below, so that a new one cannot be forgotten. */
import { queueSchema } from '../database/migrate.ts'
import type { Client } from '../database/pool.ts'

export interface Table {
  readonly schema: string
  readonly name: string
  /** All but those that are generated. */
  readonly columns: readonly string[]
}

/** Tables are made by migrations, and some of their partitions as time goes by. */
export interface Partition {
  readonly schema: string
  readonly name: string
  readonly of: string
  /** As PostgreSQL words it: `FOR VALUES FROM (...) TO (...)`. */
  readonly bound: string
  /** What it is partitioned by itself; null where it is not. */
  readonly key: string | null
}

export interface Sequence {
  readonly schema: string
  readonly name: string
  readonly last: string
}

export const ownSchema = 'sluice'
const schemas = [ownSchema, queueSchema]

/** Tables that are not kept, and what takes their place. */
export const notKept: Readonly<Record<string, string>> = {
  'sluice.migrations': 'says how the database is built, which the manifest says too',
  'sluice.rate_limits': 'an empty bucket is where every account begins',
  'sluice.workers': 'programs that are alive say so themselves',
  'graphile_worker.migrations': 'the queue of the program that restores has its own',
  'graphile_worker._private_jobs': 'runs that have not ended are put into the queue again',
  'graphile_worker._private_job_queues': 'lanes are made with the tasks that they hold',
  'graphile_worker._private_tasks': 'names of tasks are made with the first task of each',
}

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const quoteTable = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  `${quote(schema)}.${quote(name)}`

/** Those that are kept, by name. A partitioned table is one, and its partitions are none. */
export async function listTables(db: Client): Promise<readonly Table[]> {
  const { rows } = await db.query<Table>(
    `select n.nspname::text as schema, c.relname::text as name,
       array(select a.attname::text from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p') and not c.relispartition
     order by 1, 2`,
    [schemas],
  )
  return rows.filter(({ schema, name }) => notKept[`${schema}.${name}`] === undefined)
}

/** Those that others are parts of come first. */
export async function listPartitions(db: Client): Promise<readonly Partition[]> {
  const { rows } = await db.query<Partition>(
    `with recursive tree as (
       select c.oid, 0 as depth from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relkind = 'p' and not c.relispartition
       union all
       select i.inhrelid, tree.depth + 1 from tree join pg_inherits i on i.inhparent = tree.oid)
     select n.nspname::text as schema, c.relname::text as name, p.relname::text as of, pg_get_expr(c.relpartbound, c.oid) as bound,
       pg_get_partkeydef(c.oid) as key
     from tree join pg_class c using (oid) join pg_namespace n on n.oid = c.relnamespace
       join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent
     order by tree.depth, 1, 2`,
    [ownSchema],
  )
  return rows
}

/** Those that have given out a number. */
export async function listSequences(db: Client): Promise<readonly Sequence[]> {
  const { rows } = await db.query<Sequence>(
    `select schemaname::text as schema, sequencename::text as name, last_value::text as last
     from pg_sequences where schemaname = $1 and last_value is not null order by 2`,
    [ownSchema],
  )
  return rows
}

/** Bytes that the tables take, which is about what is read of them. */
export async function estimateBytes(db: Client): Promise<number> {
  const { rows } = await db.query<{ bytes: string }>(
    `select coalesce(sum(pg_table_size(c.oid)), 0)::text as bytes from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind = 'r'`,
    [schemas],
  )
  return Number(rows[0]?.bytes)
}

interface Reference {
  readonly from: string
  readonly to: string
}

/** Those that others refer to come first. */
export async function sortByReferences(db: Client, tables: readonly Table[]): Promise<readonly Table[]> {
  const { rows } = await db.query<Reference>(
    `select distinct fn.nspname || '.' || f.relname as from, tn.nspname || '.' || t.relname as to
     from pg_constraint k join pg_class f on f.oid = k.conrelid join pg_namespace fn on fn.oid = f.relnamespace
       join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
     where k.contype = 'f' and k.conrelid <> k.confrelid`,
  )
  const nameOf = ({ schema, name }: Table): string => `${schema}.${name}`
  const sorted = new Set<Table>()
  const add = (table: Table): void => {
    if (sorted.has(table)) return
    for (const { to } of rows.filter(({ from }) => from === nameOf(table)))
      for (const other of tables.filter((each) => nameOf(each) === to)) add(other)
    sorted.add(table)
  }
  tables.forEach(add)
  return [...sorted]
}
