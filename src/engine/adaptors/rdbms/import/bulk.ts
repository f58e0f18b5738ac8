/** Rows that are written many at a time: into their table, or into one beside it that is merged from there. Where the database refuses some, halves are tried, down to the rows that it refuses. */
import type { Failure } from '../../../adaptor.ts'
import { isPlainObject, toText } from '../../../values/plain-value.ts'
import type { DatabaseClient } from '../client.ts'
import type { Column, Session, Table, TableRow } from '../database.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import { makeStatement, type MakeStatements } from '../statements.ts'
import type { Entry } from './entries.ts'
import type { DoPiece } from './piece.ts'

export interface BulkRow {
  readonly mapped: unknown
  failure?: Failure
}

export interface Bulk {
  readonly entry: Extract<Entry, { readonly kind: 'bulk_insert' | 'bulk_load' }>
  /** The statement that merges, where the import brings one. */
  readonly merge: MakeStatements | undefined
}

/** What of a mapped record is a row of the table. */
interface Shaped {
  readonly of: BulkRow
  readonly row: TableRow
  readonly columns: readonly Column[]
}

export async function writeBulk(
  client: DatabaseClient,
  session: Session,
  { entry, merge }: Bulk,
  rows: readonly BulkRow[],
  doPiece: DoPiece,
  isApart: boolean,
): Promise<void> {
  const describe = (): Promise<Table | undefined> => session.describe(entry.tableName)
  const table = await (client.database.standsAlone ? client.again(describe) : describe())
  if (!table) throw new DatabaseFailure('table_missing', `The database has no table ${entry.tableName}, or its user may not see it.`)
  const shaped = rows.flatMap((of) => shape(table, of))
  const size = entry.kind === 'bulk_insert' ? entry.batchSize : shaped.length
  const write = createWrite(client, session, table, { entry, merge })
  // Rows of other columns go apart, in the order in which they come.
  for (const group of groupByColumns(shaped, merge !== undefined))
    for (let from = 0; from < group.length;) {
      const some = group.slice(from, from + size)
      // What one statement has written is not taken back when the next one is refused: each is a piece of its own.
      const piece = isApart && onlyInserts(entry, merge) ? some.slice(0, countInsertedAtOnce(session, some)) : some
      await writeOrHalve(piece, write, doPiece)
      from += piece.length
    }
}

const onlyInserts = (entry: Bulk['entry'], merge: Bulk['merge']): boolean =>
  entry.kind === 'bulk_insert' || (entry.primaryKeys.length === 0 && !merge)

function countInsertedAtOnce(session: Session, rows: readonly Shaped[]): number {
  const { columns } = rows[0] as Shaped
  const count = session.countInsertedAtOnce?.(
    rows.map(({ row }) => row),
    columns,
  )
  return Math.max(1, count ?? rows.length)
}

type Write = (group: readonly Shaped[], id?: string) => Promise<void>

function createWrite(client: DatabaseClient, session: Session, table: Table, { entry, merge }: Bulk): Write {
  if (entry.kind === 'bulk_insert' || onlyInserts(entry, merge))
    return (group, id) =>
      session.insert(
        table,
        group.map(({ row }) => row),
        (group[0] as Shaped).columns,
        id,
      )
  const keys = entry.primaryKeys.flatMap((name) => findColumn(table, name) ?? [])
  if (keys.length < entry.primaryKeys.length)
    throw new DatabaseFailure(
      'column_missing',
      `The table ${entry.tableName} does not have all of the columns in rdbms.bulkLoad.primaryKeys.`,
    )
  return async (group, id) => {
    const columns = union(group)
    if (!merge && session.mergeRows) return session.mergeRows(table, lastOfEach(group, keys), columns, keys, id)
    const staging = await session.createStaging(table, columns)
    try {
      await session.insert({ quoted: staging }, lastOfEach(group, keys), columns)
      if (merge) {
        const bulkLoad = { tableName: table.quoted, preMergeTemporaryTable: staging }
        await session.run(await makeStatement(merge, { own: { import: { rdbms: { bulkLoad }, jdbc: { bulkLoad } } } }), id)
      } else await session.merge(table, staging, columns, keys)
      await session.dropStaging(staging)
    } catch (error) {
      // Where a failure takes its transaction along, it took the table, too.
      if (!client.database.failureEndsTransaction) await session.dropStaging(staging).catch(() => session.close())
      throw error
    }
  }
}

async function writeOrHalve(group: readonly Shaped[], write: Write, doPiece: DoPiece): Promise<void> {
  const refused = await doPiece((id) => write(group, id))
  if (!refused) return
  if (group.length === 1 || refused.isWhole) {
    for (const { of } of group) of.failure = refused.failure
    return
  }
  const middle = Math.ceil(group.length / 2)
  await writeOrHalve(group.slice(0, middle), write, doPiece)
  await writeOrHalve(group.slice(middle), write, doPiece)
}

/** Fields that the table has no column for are told, and nothing of the record is written. */
function shape(table: Table, of: BulkRow): Shaped[] {
  if (!isPlainObject(of.mapped)) {
    of.failure = { source: 'internal', code: 'invalid_record', message: 'A row of a table is made of an object, and this record is none.' }
    return []
  }
  const row: Record<string, unknown> = {}
  const columns: Column[] = []
  for (const [name, value] of Object.entries(of.mapped)) {
    if (value === undefined) continue
    const column = findColumn(table, name)
    if (!column) {
      of.failure = {
        source: 'internal',
        code: 'column_missing',
        message: `The table ${table.quoted} has no column ${name.slice(0, 100)}: map the record to its columns.`,
      }
      return []
    }
    if (!Object.hasOwn(row, column.name)) columns.push(column)
    row[column.name] = value
  }
  if (columns.length > 0) return [{ of, row, columns }]
  of.failure = { source: 'internal', code: 'invalid_record', message: 'The record has no field, so there is no row to write.' }
  return []
}

/** By its name, or by one that differs in large and small letters alone. */
function findColumn({ columns }: Table, name: string): Column | undefined {
  const alike = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase())
  return columns.find((column) => column.name === name) ?? (alike.length === 1 ? alike[0] : undefined)
}

function groupByColumns(rows: readonly Shaped[], together: boolean): Shaped[][] {
  const groups: Shaped[][] = []
  let key: string | undefined
  for (const row of rows) {
    const own = together ? '' : JSON.stringify(row.columns.map(({ name }) => name).toSorted())
    if (own === key) groups.at(-1)?.push(row)
    else groups.push([row])
    key = own
  }
  return groups
}

const union = (group: readonly Shaped[]): Column[] => [
  ...new Map(group.flatMap(({ columns }) => columns).map((column) => [column.name, column])).values(),
]

/** Of rows with the same keys the last one is what is meant; one statement could not write both. */
function lastOfEach(group: readonly Shaped[], keys: readonly Column[]): TableRow[] {
  if (keys.length === 0) return group.map(({ row }) => row)
  const byKey = new Map<string, TableRow>()
  for (const { row } of group) {
    const key = JSON.stringify(keys.map(({ name }) => toText(row[name])))
    byKey.delete(key)
    byKey.set(key, row)
  }
  return [...byKey.values()]
}
