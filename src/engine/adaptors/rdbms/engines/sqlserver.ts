/** SQL Server and what speaks its protocol (Azure SQL, Azure Synapse), over `tedious`: statements with their values beside them, results read as they come. */
import type { Socket } from 'node:net'
import type * as Tedious from 'tedious'
import type { FlowRecord } from '../../../adaptor.ts'
import { openGuardedSocket } from '../../../outgoing/guarded-socket.ts'
import type { Statement } from '../../../template/statement.ts'
import type { Answer, Column, Control, Cursor, Database, Session, Table, TableRow, Ways } from '../database.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import { optionalPackage } from '../../optional-package.ts'
import type { Target } from '../target.ts'
import { toFailure } from './sqlserver-failure.ts'
import { readSqlServerTarget } from './sqlserver-target.ts'
import { onRecords, readResult } from './sqlserver-rows.ts'
import { writeColumn, writeValue, type Parameter } from './sqlserver-values.ts'
import { bindNulls, isOrdinary, joinStatement, quoteList, stagingName, writeRows } from './sql-text.ts'
import { maxAnswer, Watch } from './watch.ts'
import { startSession, WatchedSession } from './watched-session.ts'
import { runInTurn } from './run-in-turn.ts'

const driver = optionalPackage<typeof Tedious>('tedious', '20', 'SQL Server')

/** How often a server may send on to another one. */
const mostRoutes = 3
/** Parameters of one statement, and rows of one list of values: what SQL Server takes is 2,100 and 1,000. */
const bounds = { parameters: 2_000, rows: 1_000, hasNulls: true } as const

type Kind = 'mssql' | 'azuresynapse'

export const mssql: Database = database('mssql', 'SQL Server')
/** It has no savepoints, so what is refused could not be told from the rest of a transaction. */
export const azuresynapse: Database = { ...database('azuresynapse', 'Azure Synapse'), standsAlone: true }

function database(kind: Kind, name: string): Database {
  return {
    name,
    port: 1433,
    dialect: 'sqlserver',
    dateFormat: 'YYYY-MM-DDTHH:mm:ss.SSS',
    failureEndsTransaction: true,
    isUnproven: true,
    readTarget: readSqlServerTarget,
    check: () => driver.check(),
    connect: (target, ways, signal) => connect(kind, target, ways, signal),
  }
}

/** Where the server sends a login on to: that address is judged like any other. */
class SentOn extends Error {
  readonly host: string
  readonly port: number
  constructor(host: string, port: number) {
    super('sent on')
    this.host = host
    this.port = port
  }
}

/** What the driver tells of where it wants to be connected to. */
type Connector = (to: { readonly host: string; readonly port: number }) => Promise<Socket>

async function connect(kind: Kind, target: Target, ways: Ways, signal: AbortSignal): Promise<Session> {
  let at = target
  let encrypts = target.tls.mode !== 'disable'
  for (let routes = 0; ;) {
    try {
      return await open(kind, at, ways, signal, encrypts)
    } catch (error) {
      const isPlain = encrypts && target.tls.mode === 'prefer' && error instanceof DatabaseFailure && error.code === 'tls_missing'
      if (isPlain) encrypts = false
      else if (!(error instanceof SentOn)) throw error
      else if (++routes > mostRoutes) throw inRing(target)
      else at = { ...at, host: error.host, port: error.port }
    }
  }
}

const inRing = ({ host, port }: Target): DatabaseFailure =>
  new DatabaseFailure('redirect_refused', `The database at ${host}:${port} sends logins on to other servers again and again.`, {
    source: 'connection',
    endsSession: true,
  })

async function open(kind: Kind, target: Target, ways: Ways, signal: AbortSignal, encrypts: boolean): Promise<Session> {
  const { host, port, user, password, connectMs, queryMs, tls, own = {} } = target
  const socket = openGuardedSocket(host, port, ways.privateNetwork)
  const { ca, cert, key, passphrase } = tls
  let isUsed = false
  let sentOn: SentOn | undefined
  const connector: Connector = async (to) => {
    if (isUsed) throw (sentOn = new SentOn(to.host, to.port))
    isUsed = true
    return connected(socket)
  }
  const connection = new (driver.load().Connection)({
    server: host,
    authentication: { type: 'default', options: { userName: user, password } },
    options: {
      port,
      database: target.database,
      encrypt: encrypts,
      trustServerCertificate: !tls.mode.startsWith('verify'),
      cryptoCredentialsDetails: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(passphrase && { passphrase }) },
      ...(own.tdsVersion && { tdsVersion: own.tdsVersion as '7_4' }),
      connector: connector as unknown as () => Promise<Socket>,
      connectTimeout: connectMs,
      requestTimeout: queryMs,
      maxRetriesOnTransientErrors: 0,
      useUTC: true,
      appName: 'Sluice',
    },
  })
  try {
    return await startSession(new SqlServerSession(kind, connection, socket, target), signal)
  } catch (error) {
    socket.destroy()
    throw sentOn ?? error
  }
}

const connected = (socket: Socket): Promise<Socket> =>
  new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  })

const controls: Readonly<Record<Control, string | undefined>> = {
  begin: 'begin transaction',
  commit: 'commit transaction',
  rollback: 'if @@trancount > 0 rollback transaction',
  savepoint: 'save transaction sluice',
  release: undefined,
  back: 'rollback transaction sluice',
}

class SqlServerSession extends WatchedSession implements Session {
  readonly #kind: Kind
  readonly #connection: Tedious.Connection
  readonly #socket: Socket
  readonly #target: Target
  #inTransaction = false
  /** The last one that was sent. */
  #request: Tedious.Request | undefined
  #staged = 0

  constructor(kind: Kind, connection: Tedious.Connection, socket: Socket, target: Target) {
    let told: number | undefined
    const watched = {
      get bytesRead() {
        return socket.bytesRead
      },
      destroy: (error?: Error) => {
        this.#holdStill()
        return socket.destroy(error)
      },
    }
    super(connection, new Watch(watched, target.queryMs), (error) => this.#explain(error, told))
    connection.on('errorMessage', ({ number }) => (told = number))
    this.#kind = kind
    this.#connection = connection
    this.#socket = socket
    this.#target = target
  }

  async start(): Promise<void> {
    await this.do(() => new Promise<void>((resolve, reject) => this.#connection.connect((error) => (error ? reject(error) : resolve()))))
    for (const [name, value] of this.#target.settings) await this.#batch(`set ${name} ${value}`)
  }

  async run(statement: Statement): Promise<Answer> {
    const bound = bindNulls(statement)
    const text = joinStatement(bound, placeholder)
    if (!isOrdinary(text)) this.spoil()
    return this.do(() => this.#execute(text, bound.values.map(writeValue)), maxAnswer)
  }

  runAll(statements: readonly Statement[]): Promise<readonly (Answer | DatabaseFailure)[]> {
    return runInTurn(
      statements,
      (statement) => this.run(statement),
      () => true,
    )
  }

  async control(word: Control): Promise<void> {
    const text = controls[word]
    if (text === undefined) return
    this.#inTransaction = false
    await this.#batch(text)
    this.#inTransaction = word !== 'commit' && word !== 'rollback'
  }

  async open(statement: Statement): Promise<Cursor> {
    this.spoil()
    const bound = bindNulls(statement)
    const { Request } = driver.load()
    const request = new Request(joinStatement(bound, placeholder), (error) => rows.end(error ?? undefined))
    const rows = readResult(request)
    // It stands still while the flow is at work: a bound of time would count that.
    request.setTimeout(0)
    this.#bind(request, bound.values.map(writeValue))
    this.#request = request
    this.#connection.once('end', () => rows.end(Object.assign(new Error('connection lost'), { code: 'ECLOSE' })))
    this.#connection.execSql(request)
    return { read: (most) => this.do(() => rows.next(most)) }
  }

  async describe(table: string): Promise<Table | undefined> {
    const names = readNames(table)
    const [name = '', schema = '', catalog] = names.toReversed()
    const from = `${catalog === undefined ? '' : `${quoteName(catalog)}.`}information_schema.columns`
    const { rows } = await this.run({
      parts: [
        `select column_name as name, data_type as type from ${from} where table_name = `,
        ' and table_schema = coalesce(nullif(',
        ", ''), schema_name()) order by ordinal_position",
      ],
      values: [name, schema],
    })
    if (rows.length === 0) return undefined
    return {
      quoted: names.map(quoteName).join('.'),
      columns: rows.map((row) => toColumn(row as unknown as Described)),
      keys: [],
    }
  }

  async insert({ quoted }: Pick<Table, 'quoted'>, rows: readonly TableRow[], columns: readonly Column[]): Promise<void> {
    for (const { text, values } of this.#writeInserts(quoted, rows, columns)) await this.do(() => this.#execute(text, values))
  }

  countInsertedAtOnce(rows: readonly TableRow[], columns: readonly Column[]): number {
    return this.#writeInserts('', rows, columns).next().value?.rows ?? 0
  }

  #writeInserts(quoted: string, rows: readonly TableRow[], columns: readonly Column[]) {
    return writeRows(`insert into ${quoted}`, rows, columns, writeColumn, placeholder, {
      ...bounds,
      isUnion: this.#kind === 'azuresynapse',
    })
  }

  /** The join with nothing takes from its columns that they may not be null, and that they number themselves. */
  async createStaging({ quoted }: Table, columns: readonly Column[]): Promise<string> {
    const name = quoteName(`#${stagingName(this.#staged++)}`)
    const list = columns.map((column) => `t.${column.quoted}`).join(', ')
    if (this.#kind === 'azuresynapse')
      await this.#batch(`create table ${name} with (distribution = round_robin, heap) as select ${list} from ${quoted} as t where 1 = 0`)
    else await this.#batch(`select ${list} into ${name} from (select 1 as one) as o left join ${quoted} as t on 1 = 0 where 1 = 0`)
    return name
  }

  async merge({ quoted }: Table, staging: string, columns: readonly Column[], keys: readonly Column[]): Promise<void> {
    const isKey = new Set(keys.map(({ name }) => name))
    const rest = columns.filter(({ name }) => !isKey.has(name))
    const list = quoteList(columns)
    const same = keys.map((key) => `t.${key.quoted} = s.${key.quoted}`).join(' and ')
    const set = rest.map(({ quoted: column }) => `${column} = s.${column}`).join(', ')
    if (rest.length > 0) await this.#batch(`update t set ${set} from ${quoted} as t join ${staging} as s on ${same}`)
    await this.#batch(
      `insert into ${quoted} (${list}) select ${list} from ${staging} as s where not exists (select 1 from ${quoted} as t where ${same})`,
    )
  }

  async dropStaging(staging: string): Promise<void> {
    await this.#batch(`drop table ${staging}`)
  }

  hold(isBusy: boolean): void {
    if (isBusy) this.#socket.ref()
    else this.#socket.unref()
  }

  close(): void {
    this.spoil()
    this.#holdStill()
    this.#connection.close()
  }

  /** What has come of an answer is not read on: the driver falls over the end of one whose connection is closed. */
  #holdStill(): void {
    this.#request?.pause()
  }

  /** What took its transaction along says so. */
  #explain(error: unknown, told: number | undefined): unknown {
    const failure = toFailure(error, this.#target, told)
    const { inTransaction } = this.#connection as unknown as { readonly inTransaction: boolean }
    if (!(failure instanceof DatabaseFailure) || !this.#inTransaction || inTransaction) return failure
    this.#inTransaction = false
    const { source, passing, endsSession, isRefusal } = failure
    return new DatabaseFailure(failure.code, failure.message, { source, passing, endsSession, isRefusal, endsTransaction: true })
  }

  #bind(request: Tedious.Request, parameters: readonly Parameter[]): void {
    const { TYPES } = driver.load()
    for (const [i, { type, value }] of parameters.entries()) request.addParameter(`p${i + 1}`, TYPES[type], value)
  }

  /** Outside of a procedure, so that what it makes stays for the session. */
  #batch(text: string): Promise<void> {
    return this.do(
      () =>
        new Promise((resolve, reject) => {
          const { Request } = driver.load()
          this.#request = new Request(text, (error) => (error ? reject(error) : resolve()))
          this.#connection.execSqlBatch(this.#request)
        }),
    )
  }

  #execute(text: string, parameters: readonly Parameter[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const rows: FlowRecord[] = []
      let failure: unknown
      const { Request } = driver.load()
      const request = new Request(text, (error, count = 0) => {
        if (error ?? failure) reject(error ?? (failure as Error))
        else resolve({ rows: rows as Answer['rows'], count })
      })
      this.#request = request
      this.#bind(request, parameters)
      onRecords(
        request,
        (record) => rows.push(record),
        (error) => (failure ??= error),
      )
      this.#connection.execSql(request)
    })
  }
}

const placeholder = (place: number): string => `@p${place + 1}`

/** The parts of a name: in square brackets, in quotes, or without. */
function readNames(name: string): string[] {
  const parts = name.match(/\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"|[^.]+/g) ?? []
  return parts.map((part) => {
    if (part.startsWith('[')) return part.slice(1, -1).replaceAll(']]', ']')
    return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.trim()
  })
}

const quoteName = (name: string): string => `[${name.replaceAll(']', ']]')}]`

const kinds: ReadonlyMap<string, Column['kind']> = new Map([
  ...['binary', 'varbinary', 'image'].map((type) => [type, 'bytes'] as const),
  ...['datetime', 'datetime2', 'smalldatetime'].map((type) => [type, 'moment'] as const),
])

interface Described {
  readonly name: string
  readonly type: string
}

const toColumn = ({ name, type }: Described): Column => ({
  name,
  quoted: quoteName(name),
  kind: kinds.get(type.toLowerCase()) ?? 'plain',
  type: type.toLowerCase(),
})
