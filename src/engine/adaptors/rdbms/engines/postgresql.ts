/** PostgreSQL, and Redshift, which speaks its protocol: over `pg`, with its cursors and COPY. */
import { finished } from 'node:stream/promises'
import type * as Pg from 'pg'
import type * as PgCopy from 'pg-copy-streams'
import type Cursors from 'pg-cursor'
import { lazyLoad } from '../../../../domain/lazy-load.ts'
import { openGuardedSocket } from '../../../outgoing/guarded-socket.ts'
import type { Statement } from '../../../template/statement.ts'
import type { Answer, Column, Control, Cursor, Database, Row, Session, Table, TableRow, Ways } from '../database.ts'
import { DatabaseFailure, toConnectionFailure } from '../../database-failure.ts'
import type { Target } from '../target.ts'
import { createReaders, hasList, writeColumn, writeCopyLine, writeValue } from './postgresql-values.ts'
import { isOrdinary, joinStatement, quoteList, stagingName, writeRows } from './sql-text.ts'
import { readTls } from './tls.ts'
import { averageAnswer, maxAnswer, maxOnTheWay, Watch } from './watch.ts'
import { startSession, WatchedSession } from './watched-session.ts'

const pg = lazyLoad<typeof Pg>('pg')
const cursors = lazyLoad<typeof Cursors>('pg-cursor')
const copying = lazyLoad<typeof PgCopy>('pg-copy-streams')

/** Statements whose parameters a session knows the types of. */
const maxKnown = 100

type Kind = 'postgresql' | 'redshift'

export const postgresql: Database = database('postgresql', 'PostgreSQL', 5432)
export const redshift: Database = database('redshift', 'Redshift', 5439)

function database(kind: Kind, name: string, port: number): Database {
  return {
    name,
    port,
    dialect: 'postgresql',
    isUnproven: kind === 'redshift',
    failureEndsTransaction: true,
    connect: (target, ways, signal) => connect(kind, target, ways, signal),
  }
}

async function connect(kind: Kind, target: Target, ways: Ways, signal: AbortSignal): Promise<Session> {
  const { mode } = target.tls
  try {
    return await open(kind, target, ways, signal, mode !== 'disable')
  } catch (error) {
    if (mode !== 'prefer' || !(error instanceof DatabaseFailure) || error.code !== 'tls_missing') throw error
    return open(kind, target, ways, signal, false)
  }
}

/** Field by field: what is left out the driver would read from the environment of this program, its passwords too. */
async function open(kind: Kind, target: Target, ways: Ways, signal: AbortSignal, encrypts: boolean): Promise<Session> {
  const { host, port, user, password, connectMs } = target
  const socket = openGuardedSocket(host, port, ways.privateNetwork)
  const client = new (pg().Client)({
    host,
    port,
    database: target.database,
    user,
    password: () => password,
    ssl: encrypts && readTls(target),
    stream: () => socket,
    types: { getTypeParser: ((type: number) => readers().get(type) ?? String) as typeof Pg.types.getTypeParser },
    application_name: 'Sluice',
    client_encoding: 'UTF8',
    connectionTimeoutMillis: connectMs,
  })
  return startSession(new PostgresSession(kind, client, new Watch(socket, target.queryMs), target), signal)
}

/** As the driver has it; its types say something else. */
interface ListParser {
  create(text: string, read: (entry: string) => unknown): { parse(): unknown }
}

let known: ReturnType<typeof createReaders> | undefined
const readers = (): NonNullable<typeof known> =>
  (known ??= createReaders((text, read) => (pg().types.arrayParser as unknown as ListParser).create(text, read).parse()))

const controls: Readonly<Record<Control, string>> = {
  begin: 'begin',
  commit: 'commit',
  rollback: 'rollback',
  savepoint: 'savepoint sluice',
  release: 'release savepoint sluice',
  back: 'rollback to savepoint sluice',
}

class PostgresSession extends WatchedSession implements Session {
  readonly #kind: Kind
  readonly #client: Pg.Client
  readonly #target: Target
  readonly #lists = new Map<string, readonly boolean[]>()
  #staged = 0

  constructor(kind: Kind, client: Pg.Client, watch: Watch, target: Target) {
    super(client, watch, (error) => toFailure(error, target))
    this.#kind = kind
    this.#client = client
    this.#target = target
  }

  async start(): Promise<void> {
    const { queryMs, settings } = this.#target
    await this.do(() => this.#client.connect())
    for (const [name, value] of settings) await this.do(() => this.#client.query('select set_config($1, $2, false)', [name, value]))
    await this.do(() => this.#client.query(`set datestyle to 'ISO, MDY'; set timezone to 'UTC'; set statement_timeout to ${queryMs}`))
  }

  async run(statement: Statement): Promise<Answer> {
    const query = await this.#toQuery(statement)
    const answer = await this.do(() => this.#client.query<Row>(query), maxAnswer)
    return toAnswer(answer)
  }

  async runAll(statements: readonly Statement[]): Promise<readonly (Answer | DatabaseFailure)[]> {
    const answers: (Answer | DatabaseFailure)[] = []
    for (let from = 0; from < statements.length; from += maxOnTheWay) {
      const asked: Pg.QueryConfig[] = []
      for (const statement of statements.slice(from, from + maxOnTheWay)) asked.push(await this.#toQuery(statement))
      const settled = await this.do(() => this.#sendTogether(asked), maxOnTheWay * averageAnswer)
      for (const each of settled) {
        const answer = each.status === 'rejected' ? toFailure(each.reason, this.#target) : toAnswer(each.value)
        if (answer instanceof Error && !(answer instanceof DatabaseFailure)) throw answer
        answers.push(answer as Answer | DatabaseFailure)
        // In a transaction that failed nothing else is done.
        if (answer instanceof DatabaseFailure) return answers
      }
    }
    return answers
  }

  /** The driver sends what it is asked at once for as long as it is told to. */
  async #sendTogether(asked: readonly Pg.QueryConfig[]): Promise<PromiseSettledResult<Pg.QueryResult<Row>>[]> {
    const client = this.#client as { pipeline: boolean }
    client.pipeline = true
    try {
      return await Promise.allSettled(asked.map((query) => this.#client.query<Row>(query).finally(() => this.goesOn())))
    } finally {
      client.pipeline = false
    }
  }

  async control(word: Control): Promise<void> {
    await this.do(() => this.#client.query(controls[word]))
  }

  async open(statement: Statement): Promise<Cursor> {
    const text = joinStatement(statement, (i) => `$${i + 1}`)
    const values = await this.#bind(text, statement.values)
    this.spoil()
    // A cursor stands still while the flow is at work: the server's bound would count that.
    await this.do(() => this.#client.query('set statement_timeout to 0'))
    if (this.#kind === 'postgresql') await this.do(() => this.#client.query('set idle_in_transaction_session_timeout to 0'))
    const cursor = this.#client.query(
      new (cursors())<Record<string, unknown>>(text, values, {
        types: { getTypeParser: (type: number) => readers().get(type) ?? String },
      } as never),
    )
    return { read: (most) => this.do(() => cursor.read(most)) }
  }

  async describe(table: string): Promise<Table | undefined> {
    const rows = async (text: string, ...values: string[]) => (await this.do(() => this.#client.query<Described>(text, values))).rows
    if (this.#kind === 'redshift') return describeByNames(table, rows)
    const columns = await rows(columnsOfTable, table)
    const quoted = columns[0]?.quoted
    if (quoted === undefined) return undefined
    return { quoted, columns: columns.map(toColumn), keys: (await rows(keysOfTable, table)).map(({ names }) => names ?? []) }
  }

  async insert({ quoted }: Pick<Table, 'quoted'>, rows: readonly TableRow[], columns: readonly Column[]): Promise<void> {
    const isWhole = rows.every((row) => columns.every(({ name }) => Object.hasOwn(row, name)))
    if (this.#kind === 'postgresql' && isWhole && rows.length > 1) return this.#copy(quoted, rows, columns)
    for (const { text, values } of writeRows(`insert into ${quoted}`, rows, columns, writeColumn, (i) => `$${i + 1}`))
      await this.do(() => this.#client.query(text, values))
  }

  async #copy(quoted: string, rows: readonly TableRow[], columns: readonly Column[]): Promise<void> {
    const lines = rows.map((row) => writeCopyLine(columns.map((column) => writeColumn(row[column.name], column))))
    await this.do(async () => {
      const stream = this.#client.query(copying().from(`copy ${quoted} (${quoteList(columns)}) from stdin`))
      stream.end(lines.join(''))
      await finished(stream, { readable: false })
    })
  }

  async createStaging({ quoted }: Table, columns: readonly Column[]): Promise<string> {
    const name = stagingName(this.#staged++)
    await this.do(() => this.#client.query(`create temporary table ${name} as select ${quoteList(columns)} from ${quoted} where false`))
    return name
  }

  async merge({ quoted, keys: ofTable }: Table, staging: string, columns: readonly Column[], keys: readonly Column[]): Promise<void> {
    const isKey = new Set(keys.map(({ name }) => name))
    const rest = columns.filter(({ name }) => !isKey.has(name))
    const list = quoteList(columns)
    const same = keys.map((key) => `t.${key.quoted} = s.${key.quoted}`).join(' and ')
    const isUnique = ofTable.some((names) => names.length === keys.length && names.every((name) => isKey.has(name)))
    if (this.#kind === 'postgresql' && isUnique) {
      const update = rest.map(({ quoted: column }) => `${column} = excluded.${column}`).join(', ')
      const onConflict = `on conflict (${quoteList(keys)}) do ${rest.length > 0 ? `update set ${update}` : 'nothing'}`
      await this.do(() => this.#client.query(`insert into ${quoted} (${list}) select ${list} from ${staging} ${onConflict}`))
      return
    }
    const set = rest.map(({ quoted: column }) => `${column} = s.${column}`).join(', ')
    if (rest.length > 0) await this.do(() => this.#client.query(`update ${quoted} as t set ${set} from ${staging} as s where ${same}`))
    const missing = `where not exists (select 1 from ${quoted} as t where ${same})`
    await this.do(() => this.#client.query(`insert into ${quoted} (${list}) select ${list} from ${staging} as s ${missing}`))
  }

  async dropStaging(staging: string): Promise<void> {
    await this.do(() => this.#client.query(`drop table ${staging}`))
  }

  hold(isBusy: boolean): void {
    const { connection } = this.#client as unknown as { connection: { stream: { ref?(): void; unref?(): void } } }
    if (isBusy) connection.stream.ref?.()
    else connection.stream.unref?.()
  }

  close(): void {
    this.spoil()
    this.#client.end().catch(() => undefined)
  }

  async #toQuery(statement: Statement): Promise<Pg.QueryConfig> {
    const text = joinStatement(statement, (i) => `$${i + 1}`)
    if (!isOrdinary(text)) this.spoil()
    return { text, values: await this.#bind(text, statement.values), queryMode: 'extended' } as Pg.QueryConfig
  }

  /** Lists are written as the parameter wants them, which the server tells once a statement. */
  async #bind(text: string, values: readonly unknown[]): Promise<(string | null)[]> {
    const lists = hasList(values) ? (this.#lists.get(text) ?? (await this.#listsOf(text))) : []
    return values.map((value, i) => writeValue(value, lists[i]))
  }

  async #listsOf(text: string): Promise<readonly boolean[]> {
    await this.do(() => this.#client.query(`prepare sluice_types as ${text}`))
    const { rows } = await this.do(() => this.#client.query<{ list: boolean }>(typesOfParameters))
    await this.do(() => this.#client.query('deallocate sluice_types'))
    const lists = rows.map(({ list }) => list)
    if (this.#lists.size >= maxKnown) this.#lists.clear()
    this.#lists.set(text, lists)
    return lists
  }
}

const toAnswer = ({ rows, rowCount }: Pg.QueryResult<Row>): Answer => ({ rows, count: rowCount ?? 0 })

const typesOfParameters = `select t.typcategory = 'A' as list
  from pg_prepared_statements p, unnest(p.parameter_types) with ordinality as of(type, place) join pg_type t on t.oid = of.type
  where p.name = 'sluice_types' order by of.place`

const columnsOfTable = `select c.oid::regclass::text as quoted, a.attname as name, quote_ident(a.attname) as column, coalesce(b.typname, t.typname) as type,
    coalesce(b.typcategory, t.typcategory) = 'A' as list
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid left join pg_type b on b.oid = nullif(t.typbasetype, 0)
  where c.oid = to_regclass($1) order by a.attnum`

const keysOfTable = `select array_agg(a.attname::text) as names
  from pg_index i cross join unnest(i.indkey) as of(attnum) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = of.attnum
  where i.indrelid = to_regclass($1) and i.indisunique and i.indpred is null and i.indexprs is null and i.indnkeyatts = i.indnatts
  group by i.indexrelid`

const columnsByNames = `select quote_ident(table_schema) || '.' || quote_ident(table_name) as quoted, column_name as name, quote_ident(column_name) as column,
    udt_name as type, false as list
  from information_schema.columns
  where table_name = $1 and table_schema = case when $2 = '' then current_schema() else $2 end order by ordinal_position`

interface Described {
  readonly quoted: string
  readonly name: string
  readonly column: string
  readonly type: string
  readonly list: boolean
  readonly names?: readonly string[]
}

/** Redshift has neither to_regclass nor keys that it holds rows to. Names without quotes are in small letters there. */
async function describeByNames(
  table: string,
  rows: (text: string, ...values: string[]) => Promise<readonly Described[]>,
): Promise<Table | undefined> {
  const names = table.split('.').map((name) => (/^".*"$/.test(name) ? name.slice(1, -1) : name.toLowerCase()))
  const columns = await rows(columnsByNames, names.at(-1) ?? '', names.at(-2) ?? '')
  return columns[0] && { quoted: columns[0].quoted, columns: columns.map(toColumn), keys: [] }
}

const toColumn = ({ name, column, type, list }: Described): Column => ({
  name,
  quoted: column,
  kind: list ? 'list' : type === 'bytea' ? 'bytes' : type === 'json' || type === 'jsonb' ? 'json' : 'plain',
})

/** What passes by itself: deadlocks, serialization, locks, too many sessions, servers that end or begin, lost connections. */
const passing = /^(?:40001|40P01|55P03|53300|57P0[123]|08...|XX000$)/
const endings = /^(?:57P0[1234]|08...)/
const refusals: ReadonlySet<string> = new Set(['28P01', '28000'])

function toFailure(error: unknown, { host, port }: Target): unknown {
  if (error instanceof DatabaseFailure || !(error instanceof Error)) return error
  const { code, severity, detail } = error as Partial<Pg.DatabaseError>
  if (severity !== undefined && code !== undefined) {
    const message = detail ? `${error.message}: ${detail}` : error.message
    const isRefusal = refusals.has(code)
    return new DatabaseFailure(code, message, {
      ...(isRefusal && { source: 'connection', isRefusal }),
      passing: code !== 'XX000' && passing.test(code),
      endsSession: endings.test(code) || severity === 'FATAL',
    })
  }
  const where = `${host}:${port}`
  if (error.message.includes('does not support SSL'))
    return new DatabaseFailure(
      'tls_missing',
      `The database at ${where} offers no encrypted connection. Where it needs none, give the connection the option sslmode with the value disable.`,
      { source: 'connection', endsSession: true },
    )
  if (/Connection terminated|not queryable|Connection ended/.test(error.message) && code === undefined)
    return toConnectionFailure(error.cause ?? Object.assign(new Error(error.message), { code: 'ECONNRESET' }), where)
  if (/timeout expired/.test(error.message))
    return toConnectionFailure(Object.assign(new Error(error.message), { code: 'ETIMEDOUT' }), where)
  return toConnectionFailure(error, where)
}
