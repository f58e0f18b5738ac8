/** MySQL and MariaDB, over `mysql2`: every statement is prepared by the server, and results are read as they come. */
import type * as MySQL from 'mysql2'
import { lazyLoad } from '../../../../domain/lazy-load.ts'
import type { FlowRecord } from '../../../adaptor.ts'
import type { PrivateNetwork } from '../../../outgoing/address-guard.ts'
import { openGuardedSocket } from '../../../outgoing/guarded-socket.ts'
import type { Statement } from '../../../template/statement.ts'
import type { Answer, Column, Control, Cursor, Database, Row, Session, Table, TableRow } from '../database.ts'
import { DatabaseFailure, toConnectionFailure } from '../failure.ts'
import type { Target } from '../target.ts'
import { createReader, writeColumn, writeValue, type Parameter, type Parameters, type ResultColumn } from './mysql-values.ts'
import { isOrdinary, joinStatement, quoteList, stagingName, writeRows } from './sql-text.ts'
import { readTls } from './tls.ts'
import { maxAnswer, Watch } from './watch.ts'
import { WatchedSession } from './watched-session.ts'

const mysql2 = lazyLoad<typeof MySQL>('mysql2')

/** Statements that a session keeps prepared; the server has a bound over all of its sessions. */
const maxPrepared = 50
/** How long a server keeps a result that nobody goes on reading: as long as a flow may take over a page. Seconds. */
const writeSeconds = 86_400

export const mysql: Database = database('MySQL')
export const mariadb: Database = database('MariaDB')

function database(name: string): Database {
  return { name, port: 3306, dialect: 'mysql', dateFormat: 'YYYY-MM-DD HH:mm:ss.SSS', failureEndsTransaction: false, connect }
}

async function connect(target: Target, privateNetwork: PrivateNetwork, signal: AbortSignal): Promise<Session> {
  const { mode } = target.tls
  try {
    return await open(target, privateNetwork, signal, mode !== 'disable')
  } catch (error) {
    if (mode !== 'prefer' || !(error instanceof DatabaseFailure) || error.code !== 'tls_missing') throw error
    return open(target, privateNetwork, signal, false)
  }
}

/** Field by field, and without what reads files. Readers of rows are not made as code: a server chooses the names of its columns. */
async function open(target: Target, privateNetwork: PrivateNetwork, signal: AbortSignal, encrypts: boolean): Promise<Session> {
  const { host, port, user, password, connectMs } = target
  const socket = openGuardedSocket(host, port, privateNetwork)
  const { rejectUnauthorized, ca, cert, key, passphrase } = readTls(target)
  const ssl = { rejectUnauthorized, ca, cert, key, passphrase, verifyIdentity: target.tls.mode === 'verify-full' } as MySQL.SslOptions
  const connection = mysql2().createConnection({
    host,
    port,
    user,
    password,
    database: target.database,
    ...(encrypts && { ssl }),
    stream: () => socket,
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: connectMs,
    flags: ['-LOCAL_FILES'],
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    disableEval: true,
    maxPreparedStatements: maxPrepared,
  })
  const session = new MySQLSession(connection, new Watch(socket, target.queryMs), target)
  session.setSignal(signal)
  try {
    await session.start()
    return session
  } catch (error) {
    session.close()
    throw error
  } finally {
    session.setSignal(undefined)
  }
}

const controls: Readonly<Record<Control, string>> = {
  begin: 'start transaction',
  commit: 'commit',
  rollback: 'rollback',
  savepoint: 'savepoint sluice',
  release: 'release savepoint sluice',
  back: 'rollback to savepoint sluice',
}

/** What a server that prepares everything cannot prepare. */
const unprepared = 1295

class MySQLSession extends WatchedSession implements Session {
  readonly #connection: MySQL.Connection
  readonly #target: Target
  readonly #typed: Parameters
  #staged = 0

  constructor(connection: MySQL.Connection, watch: Watch, target: Target) {
    super(connection, watch, (error) => toFailure(error, target))
    this.#connection = connection
    this.#target = target
    this.#typed = mysql2().TypedParameter as unknown as Parameters
  }

  async start(): Promise<void> {
    const { queryMs, settings } = this.#target
    await this.do(() => new Promise<void>((resolve, reject) => this.#connection.connect((error) => (error ? reject(error) : resolve()))))
    for (const [name, value] of settings) await this.#ask(`set session ${quoteName(name)} = ${settingValue(value)}`)
    // Comments that only one of the two reads: they have other names for the same bound.
    const bound = `/*M!100101 , max_statement_time = ${queryMs / 1000} */ /*!50708 , max_execution_time = ${queryMs} */`
    await this.#ask(`set time_zone = '+00:00', net_write_timeout = ${writeSeconds} ${bound}`)
  }

  async run(statement: Statement): Promise<Answer> {
    const text = joinStatement(statement, () => '?')
    if (!isOrdinary(text)) this.spoil()
    const values = statement.values.map((value) => writeValue(value, this.#typed))
    return this.do(() => this.#execute(text, values), maxAnswer)
  }

  async runAll(statements: readonly Statement[]): Promise<readonly Answer[]> {
    const answers: Answer[] = []
    for (const statement of statements) answers.push(await this.run(statement))
    return answers
  }

  async control(word: Control): Promise<void> {
    await this.#ask(controls[word])
  }

  async open(statement: Statement): Promise<Cursor> {
    const text = joinStatement(statement, () => '?')
    this.spoil()
    await this.#ask(`set @sluice = 1 /*M!100101 , max_statement_time = 0 */ /*!50708 , max_execution_time = 0 */`)
    const values = statement.values.map((value) => writeValue(value, this.#typed))
    const reader = new ResultReader(this.#connection, text, values)
    return { read: (most) => this.do(() => reader.read(most)) }
  }

  async describe(table: string): Promise<Table | undefined> {
    const names = table.split('.').map((name) => name.trim().replaceAll(/^`|`$/g, ''))
    const place = [names.at(-1) ?? '', names.length > 1 ? (names.at(-2) ?? '') : this.#target.database]
    const ask = async (text: string) => (await this.do(() => this.#execute(text, place))).rows
    const columns = await ask(columnsOfTable)
    if (columns.length === 0) return undefined
    const keys = Map.groupBy(await ask(keysOfTable), ({ key }) => key)
    return {
      quoted: names.map(quoteName).join('.'),
      columns: columns.map(({ name, type }) => ({
        name: String(name),
        quoted: quoteName(String(name)),
        kind: kinds.get(String(type)) ?? 'plain',
      })),
      keys: [...keys.values()].map((rows) => rows.map(({ name }) => String(name))),
    }
  }

  async insert({ quoted }: Pick<Table, 'quoted'>, rows: readonly TableRow[], columns: readonly Column[]): Promise<void> {
    const write = (value: unknown, column: Column): Parameter => writeColumn(value, column, this.#typed)
    for (const { text, values } of writeRows(`insert into ${quoted}`, rows, columns, write, () => '?'))
      await this.do(() => this.#execute(text, values))
  }

  async createStaging({ quoted }: Table, columns: readonly Column[]): Promise<string> {
    const name = stagingName(this.#staged++)
    await this.#ask(`create temporary table ${name} as select ${quoteList(columns)} from ${quoted} limit 0`)
    return name
  }

  async merge({ quoted, keys: ofTable }: Table, staging: string, columns: readonly Column[], keys: readonly Column[]): Promise<void> {
    const isKey = new Set(keys.map(({ name }) => name))
    const rest = columns.filter(({ name }) => !isKey.has(name))
    const list = quoteList(columns)
    const isUnique = ofTable.some((names) => names.length === keys.length && names.every((name) => isKey.has(name)))
    // What an update of a row with itself changes is nothing.
    const changed = rest.length > 0 ? rest : keys
    if (isUnique && ofTable.length === 1) {
      const update = changed.map(({ quoted: column }) => `${column} = values(${column})`).join(', ')
      await this.#ask(`insert into ${quoted} (${list}) select ${list} from ${staging} on duplicate key update ${update}`)
      return
    }
    const same = keys.map((key) => `t.${key.quoted} = s.${key.quoted}`).join(' and ')
    const set = rest.map(({ quoted: column }) => `t.${column} = s.${column}`).join(', ')
    if (rest.length > 0) await this.#ask(`update ${quoted} as t join ${staging} as s on ${same} set ${set}`)
    await this.#ask(
      `insert into ${quoted} (${list}) select ${list} from ${staging} as s where not exists (select 1 from ${quoted} as t where ${same})`,
    )
  }

  async dropStaging(staging: string): Promise<void> {
    await this.#ask(`drop temporary table ${staging}`)
  }

  hold(isBusy: boolean): void {
    const { stream } = this.#connection as unknown as { stream: { ref?(): void; unref?(): void } }
    if (isBusy) stream.ref?.()
    else stream.unref?.()
  }

  close(): void {
    this.spoil()
    this.#connection.destroy()
  }

  #ask(text: string): Promise<Answer> {
    return this.do(
      () =>
        new Promise((resolve, reject) =>
          this.#connection.query(text, (error, rows, fields) => (error ? reject(error) : resolve(toAnswer(rows, fields)))),
        ),
    )
  }

  async #execute(text: string, values: readonly Parameter[]): Promise<Answer> {
    try {
      return await new Promise<Answer>((resolve, reject) =>
        this.#connection.execute(text, values as never, (error, rows, fields) => (error ? reject(error) : resolve(toAnswer(rows, fields)))),
      )
    } catch (error) {
      if ((error as { errno?: number }).errno !== unprepared || values.length > 0) throw error
      return this.#ask(text)
    }
  }
}

/** The rows of a result as they come, with the socket standing still while nobody asks for more. */
class ResultReader {
  readonly #connection: MySQL.Connection
  #rows: Row[] = []
  #isEnded = false
  #error: unknown
  /** How many are waited for. */
  #wanted = 1
  #told: (() => void) | undefined

  constructor(connection: MySQL.Connection, text: string, values: readonly Parameter[]) {
    this.#connection = connection
    let read: ReturnType<typeof createReader> | undefined
    const command = connection.execute(text, values as never) as unknown as NodeJS.EventEmitter
    command.on('fields', (fields: readonly ResultColumn[] | undefined) => (read = fields && createReader(fields)))
    command.on('result', (row: Record<string, unknown>) => {
      // Without columns it is no row, but what became of a statement that gives none.
      if (!read) return
      read(row)
      this.#rows.push(row)
      if (this.#rows.length < this.#wanted) return
      connection.pause()
      this.#tell()
    })
    command.on('error', (error: unknown) => this.#end(error))
    command.on('end', () => this.#end())
    connection.once('error', (error) => this.#end(error))
    connection.once('end', () => this.#end(Object.assign(new Error('the connection ended'), { code: 'PROTOCOL_CONNECTION_LOST' })))
  }

  async read(most: number): Promise<FlowRecord[]> {
    if (this.#rows.length < most && !this.#isEnded) {
      this.#wanted = most
      const told = new Promise<void>((resolve) => (this.#told = resolve))
      this.#connection.resume()
      await told
    }
    if (this.#error !== undefined) throw this.#error
    const rows = this.#rows.length > most ? this.#rows.splice(0, most) : this.#rows
    if (rows === this.#rows) this.#rows = []
    return rows as FlowRecord[]
  }

  #end(error?: unknown): void {
    if (!this.#isEnded) this.#error = error
    this.#isEnded = true
    this.#tell()
  }

  #tell(): void {
    this.#told?.()
    this.#told = undefined
  }
}

function toAnswer(rows: unknown, fields: unknown): Answer {
  if (!Array.isArray(rows)) {
    const { affectedRows = 0, insertId = 0 } = (rows ?? {}) as { affectedRows?: number; insertId?: number | string }
    return { rows: [], count: affectedRows, ...(insertId !== 0 && insertId !== '0' && { insertId: Number(insertId) }) }
  }
  // A procedure gives several results: the first one with rows is meant.
  const several = Array.isArray(rows[0]) || !Array.isArray(fields) || Array.isArray((fields as unknown[])[0])
  const found = (several ? ((rows as unknown[]).find(Array.isArray) ?? []) : rows) as Record<string, unknown>[]
  const columns = (several ? ((fields as unknown[] | undefined)?.find(Array.isArray) ?? []) : fields) as readonly ResultColumn[]
  const read = createReader(columns)
  for (const row of found) read(row)
  return { rows: found, count: found.length }
}

const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``
const settingValue = (value: string): string =>
  /^-?\d+(?:\.\d+)?$/.test(value) ? value : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

const kinds: ReadonlyMap<string, Column['kind']> = new Map([
  ...['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'].map((type) => [type, 'bytes'] as const),
  ...['datetime', 'timestamp'].map((type) => [type, 'moment'] as const),
  ['json', 'json'],
])

const columnsOfTable = `select column_name as name, lower(data_type) as type from information_schema.columns
  where table_name = ? and table_schema = ? order by ordinal_position`

const keysOfTable = `select index_name as \`key\`, column_name as name from information_schema.statistics
  where table_name = ? and table_schema = ? and non_unique = 0 order by index_name, seq_in_index`

const passing: ReadonlySet<number> = new Set([1040, 1053, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1927, 4031])
const endings: ReadonlySet<number> = new Set([1053, 1158, 1159, 1160, 1161, 1317, 1927, 4031])
const refusals: ReadonlySet<number> = new Set([1045, 1698])

function toFailure(error: unknown, { host, port }: Target): unknown {
  if (error instanceof DatabaseFailure || !(error instanceof Error)) return error
  const { errno, code = '', sqlMessage, sqlState } = error as Partial<MySQL.QueryError> & { readonly sqlMessage?: string }
  if (sqlMessage !== undefined && errno !== undefined) {
    const isRefusal = refusals.has(errno)
    return new DatabaseFailure(code.startsWith('ER_') ? code : (sqlState ?? String(errno)), sqlMessage, {
      ...(isRefusal && { source: 'connection', isRefusal }),
      passing: passing.has(errno),
      endsSession: endings.has(errno),
    })
  }
  const where = `${host}:${port}`
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT')
    return new DatabaseFailure(
      'tls_missing',
      `The database at ${where} offers no encrypted connection. Where it needs none, give the connection the option sslmode with the value disable.`,
      { source: 'connection', endsSession: true },
    )
  if (code === 'HANDSHAKE_SSL_ERROR')
    return new DatabaseFailure('tls_failed', `No secure connection to ${where}: ${error.message}.`, {
      source: 'connection',
      endsSession: true,
    })
  // A value that the driver cannot write is a fault of its record.
  if (error instanceof TypeError || error instanceof RangeError) return new DatabaseFailure('invalid_value', error.message)
  const isLost = code === 'PROTOCOL_CONNECTION_LOST' || /closed state|connection closed|unexpectedly/i.test(error.message)
  return toConnectionFailure(isLost ? Object.assign(new Error(error.message), { code: 'ECONNRESET' }) : error, where)
}
