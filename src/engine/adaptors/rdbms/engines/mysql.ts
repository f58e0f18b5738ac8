/** MySQL and MariaDB, over `mysql2`: every statement is prepared by the server, and results are read as they come. */
import type * as MySQL from 'mysql2'
import { lazyLoad } from '../../../../domain/lazy-load.ts'
import type { FlowRecord } from '../../../adaptor.ts'
import { openGuardedSocket } from '../../../outgoing/guarded-socket.ts'
import type { Statement } from '../../../template/statement.ts'
import type { Answer, Column, Control, Cursor, Database, Session, Table, TableRow, Ways } from '../database.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import type { Target } from '../target.ts'
import { ArrivingRows } from './arriving-rows.ts'
import { toFailure } from './mysql-failure.ts'
import { readByOwn } from './mysql-rows.ts'
import { executeTogether } from './mysql-together.ts'
import { createReader, writeColumn, writeValue, type Parameter, type Parameters, type ResultColumn } from './mysql-values.ts'
import { isOrdinary, joinStatement, quoteList, stagingName, writeRows } from './sql-text.ts'
import { readTls } from './tls.ts'
import { averageAnswer, maxAnswer, maxOnTheWay, Watch } from './watch.ts'
import { startSession, WatchedSession } from './watched-session.ts'
import { runInTurn } from './run-in-turn.ts'

const mysql2 = lazyLoad<typeof MySQL>('mysql2')

/** Statements that a session keeps prepared; the server has a bound over all of its sessions. */
const maxPrepared = 50
/** How long a server keeps a result that nobody goes on reading: as long as a flow may take over a page. Seconds. */
const writeSeconds = 86_400

/** MariaDB reads statements that it is sent ahead; of MySQL and of what stands before one nobody says so. */
export const mysql: Database = database('MySQL', 1)
export const mariadb: Database = database('MariaDB', maxOnTheWay)

function database(name: string, ahead: number): Database {
  return {
    name,
    port: 3306,
    dialect: 'mysql',
    dateFormat: 'YYYY-MM-DD HH:mm:ss.SSS',
    failureEndsTransaction: false,
    connect: (target, ways, signal) => connect(ahead, target, ways, signal),
  }
}

async function connect(ahead: number, target: Target, ways: Ways, signal: AbortSignal): Promise<Session> {
  const { mode } = target.tls
  try {
    return await open(ahead, target, ways, signal, mode !== 'disable')
  } catch (error) {
    if (mode !== 'prefer' || !(error instanceof DatabaseFailure) || error.code !== 'tls_missing') throw error
    return open(ahead, target, ways, signal, false)
  }
}

/** Field by field, and without what reads files. Readers of rows are not made as code: a server chooses the names of its columns. */
async function open(ahead: number, target: Target, ways: Ways, signal: AbortSignal, encrypts: boolean): Promise<Session> {
  const { host, port, user, password, connectMs } = target
  const socket = openGuardedSocket(host, port, ways.privateNetwork)
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
  return startSession(new MySQLSession(connection, new Watch(socket, target.queryMs), target, ahead), signal)
}

/** Without autocommit, what comes after a deadlock in statements that were sent ahead is a transaction, too, and is taken back with it. */
const controls: Readonly<Record<Control, string>> = {
  begin: 'set autocommit = 0',
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
  /** Statements that are sent before the first of them is answered. */
  readonly #ahead: number
  #staged = 0

  constructor(connection: MySQL.Connection, watch: Watch, target: Target, ahead: number) {
    super(connection, watch, (error) => toFailure(error, target))
    this.#ahead = ahead
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

  async runAll(statements: readonly Statement[]): Promise<readonly (Answer | DatabaseFailure)[]> {
    const answers: (Answer | DatabaseFailure)[] = []
    for (let from = 0; from < statements.length; from += this.#ahead) {
      const together = statements.slice(from, from + this.#ahead)
      answers.push(...(await (this.#canGoTogether(together) ? this.#sendTogether(together) : this.#oneByOne(together))))
      const last = answers.at(-1)
      if (last instanceof DatabaseFailure && (last.passing || last.endsSession)) break
    }
    return answers
  }

  #oneByOne(statements: readonly Statement[]): Promise<readonly (Answer | DatabaseFailure)[]> {
    return runInTurn(
      statements,
      (statement) => this.run(statement),
      ({ passing, endsSession }) => passing || endsSession,
    )
  }

  /** Where none of them ends the transaction by itself, and all of them stay prepared meanwhile. */
  #canGoTogether(statements: readonly Statement[]): boolean {
    if (statements.length < 2) return false
    const texts = new Set(statements.map((statement) => joinStatement(statement, () => '?')))
    return texts.size < maxPrepared && [...texts].every(isOrdinary)
  }

  async #sendTogether(statements: readonly Statement[]): Promise<readonly (Answer | DatabaseFailure)[]> {
    const executions = statements.map(({ parts, values }) => ({
      text: joinStatement({ parts, values }, () => '?'),
      values: values.map((value) => writeValue(value, this.#typed)),
    }))
    const answers: (Answer | DatabaseFailure)[] = []
    await this.do(
      () =>
        executeTogether(this.#connection, executions, readByOwn, (place, error, rows, fields) => {
          this.goesOn()
          const failure = error && toFailure(error, this.#target)
          answers[place] = failure instanceof DatabaseFailure ? failure : toAnswer(rows, fields)
        }),
      maxOnTheWay * averageAnswer,
    )
    const ending = answers.find((answer) => answer instanceof DatabaseFailure && answer.endsSession)
    if (ending) this.spoil()
    return answers
  }

  async control(word: Control): Promise<void> {
    await this.#ask(controls[word])
    // What comes of it is of no concern to the transaction that has ended.
    if (word === 'commit' || word === 'rollback') await this.#ask('set autocommit = 1').catch(() => this.spoil())
  }

  async open(statement: Statement): Promise<Cursor> {
    const text = joinStatement(statement, () => '?')
    this.spoil()
    await this.#ask(`set @sluice = 1 /*M!100101 , max_statement_time = 0 */ /*!50708 , max_execution_time = 0 */`)
    const values = statement.values.map((value) => writeValue(value, this.#typed))
    const rows = readResult(this.#connection, text, values)
    return { read: (most) => this.do(() => rows.next(most)) }
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
          this.#connection.query(text, (error, rows, fields) => (error ? reject(error) : resolve(toAnswer(rows, fields, createReader)))),
        ),
    )
  }

  async #execute(text: string, values: readonly Parameter[]): Promise<Answer> {
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const command = this.#connection.execute(text, values as never, (error, rows, fields) =>
          error ? reject(error) : resolve(toAnswer(rows, fields)),
        )
        readByOwn(command)
      })
    } catch (error) {
      if ((error as { errno?: number }).errno !== unprepared || values.length > 0) throw error
      return this.#ask(text)
    }
  }
}

function readResult(connection: MySQL.Connection, text: string, values: readonly Parameter[]): ArrivingRows<FlowRecord> {
  const arriving = new ArrivingRows<FlowRecord>(connection)
  let hasRows = false
  const command = connection.execute(text, values as never) as unknown as NodeJS.EventEmitter
  readByOwn(command)
  command.on('fields', (fields: unknown) => (hasRows = fields !== undefined))
  command.on('result', (row: FlowRecord) => {
    // Without columns it is no row, but what became of a statement that gives none.
    if (hasRows) arriving.add(row)
  })
  command.on('error', (error: unknown) => arriving.end(error))
  command.on('end', () => arriving.end())
  connection.once('error', (error) => arriving.end(error))
  connection.once('end', () => arriving.end(Object.assign(new Error('the connection ended'), { code: 'PROTOCOL_CONNECTION_LOST' })))
  return arriving
}

/** `read` makes records of rows that are as the driver reads them. */
function toAnswer(rows: unknown, fields: unknown, read?: typeof createReader): Answer {
  if (!Array.isArray(rows)) {
    const { affectedRows = 0, insertId = 0 } = (rows ?? {}) as { affectedRows?: number; insertId?: number | string }
    return { rows: [], count: affectedRows, ...(insertId !== 0 && insertId !== '0' && { insertId: Number(insertId) }) }
  }
  // A procedure gives several results: the first one with rows is meant.
  const several = Array.isArray(rows[0]) || !Array.isArray(fields) || Array.isArray((fields as unknown[])[0])
  const found = (several ? ((rows as unknown[]).find(Array.isArray) ?? []) : rows) as Record<string, unknown>[]
  if (read) {
    const columns = (several ? ((fields as unknown[] | undefined)?.find(Array.isArray) ?? []) : fields) as readonly ResultColumn[]
    found.forEach(read(columns))
  }
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
