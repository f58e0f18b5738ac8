/** SQL for servers that tests play: carried out by the SQLite of Node, with the few words of other databases that flows write by themselves. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

interface Ran {
  readonly columns: readonly { readonly name: string; readonly type: string | null }[]
  readonly rows: readonly (readonly unknown[])[]
  /** Rows that were written; undefined where rows were asked for. */
  readonly written?: number
}

export type SqlValue = SQLInputValue

export interface SqliteSql {
  /** Throws what SQLite says, with its `errcode`. */
  run(text: string, values?: readonly SqlValue[] | Readonly<Record<string, SqlValue>>): Ran
  /** As objects, for what a test looks at. */
  ask(...statements: readonly string[]): Record<string, unknown>[]
  readonly isInTransaction: boolean
  clear(): void
  close(): void
}

/** A value of SQLite as a text; bytes are none. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'bigint' ? String(value) : ''

/** What SQLite says of rows that a table does not take. */
export const refusals = { primaryKey: 1555, unique: 2067, notNull: 1299, check: 275 } as const

const schema = `create temp view information_schema_columns as
  select upper(m.name) as table_name, m.name as own_name, 'PUBLIC' as table_schema, p.name as column_name, p.cid + 1 as ordinal_position,
    upper(trim(substr(p.type, 1, instr(p.type || '(', '(') - 1))) as data_type,
    case when p.type like '%(%' then cast(substr(p.type, instr(p.type, '(') + 1) as integer) end as numeric_precision,
    case when p.type like '%,%' then cast(substr(p.type, instr(p.type, ',') + 1) as integer) when p.type like '%(%' then 0 end as numeric_scale
  from sqlite_master m, pragma_table_info(m.name) p where m.type = 'table'`

const mergeForm =
  /^merge into (\S+) t using (\(.*\)|\S+) s on (.*?)(?: when matched then update set (.*?))? when not matched then insert \((.*?)\) values \((.*)\)$/is

/** `functions` are what the database has and SQLite has not. */
export function openSqlite(functions: Readonly<Record<string, (...values: readonly SqlValue[]) => SqlValue>> = {}): SqliteSql {
  let database: DatabaseSync
  const open = (): void => {
    database = new DatabaseSync(':memory:')
    for (const [name, act] of Object.entries(functions)) database.function(name, { varargs: true }, act as never)
    database.exec(schema)
  }
  open()
  const runOne = (text: string, values: readonly SqlValue[] | Readonly<Record<string, SqlValue>>): Ran => {
    const statement = database.prepare(text)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    const columns = statement.columns().map(({ name, type }) => ({ name, type }))
    const given = Array.isArray(values) ? values : Object.keys(values).length > 0 ? [values] : []
    if (columns.length > 0) return { columns, rows: statement.all(...(given as never[])) as unknown as unknown[][] }
    return { columns: [], rows: [], written: Number(statement.run(...(given as never[])).changes) }
  }
  const merge = ([, into = '', using = '', on = '', set, list = '', taken = '']: readonly string[], values: readonly SqlValue[]): Ran => {
    database.exec('savepoint merging')
    try {
      runOne(`create temp table merge_source as select * from ${using}`, values)
      const updated = set ? (runOne(`update ${into} as t set ${set} from merge_source as s where ${on}`, []).written ?? 0) : 0
      const missing = `not exists (select 1 from ${into} as t where ${on})`
      const added = runOne(`insert into ${into} (${list}) select ${taken} from merge_source as s where ${missing}`, []).written ?? 0
      return { columns: [], rows: [], written: updated + added }
    } catch (error) {
      database.exec('rollback to merging')
      throw error
    } finally {
      database.exec('drop table if exists merge_source')
      database.exec('release merging')
    }
  }
  return {
    run(text, values = []) {
      const form = mergeForm.exec(text.trim())
      return form ? merge(form as unknown as readonly string[], values as readonly SqlValue[]) : runOne(text, values)
    },
    ask(...statements) {
      let rows: Record<string, unknown>[] = []
      for (const text of statements) rows = database.prepare(text).all() as Record<string, unknown>[]
      return rows
    },
    get isInTransaction() {
      return database.isTransaction
    },
    clear() {
      database.close()
      open()
    },
    close: () => database.close(),
  }
}

/** A text as a column of a type has it; what it is not is refused. */
export function castText(type: string, text: SqlValue, refuse: (text: string, type: string) => Error): SqlValue {
  if (text === null || typeof text !== 'string') return text
  const plain = type.replace(/\(.*$/, '').trim().toLowerCase()
  if (/^(?:number|int64|int|bigint|integer|numeric|bignumeric|decimal)$/.test(plain)) {
    if (!/^-?\d+(?:\.\d+)?$/.test(text)) throw refuse(text, type)
    return /^-?\d{1,18}$/.test(text) ? BigInt(text) : text
  }
  if (plain.startsWith('float')) {
    if (!Number.isFinite(Number(text))) throw refuse(text, type)
    return Number(text)
  }
  if (plain.startsWith('bool')) return text === 'true' ? 1n : 0n
  return text
}
