/** Oracle, over `oracledb` in its mode without Oracle's own libraries: statements with their values beside them, results read as they come. */
import type { FlowRecord } from '../../../../adaptor.ts'
import type { Statement } from '../../../../template/statement.ts'
import type { Answer, Column, Control, Cursor, Database, Session, Table, TableRow, Ways } from '../../database.ts'
import type { DatabaseFailure } from '../../../database-failure.ts'
import { optionalPackage } from '../../../optional-package.ts'
import type { Target } from '../../target.ts'
import { PortForwards } from './port-forwards.ts'
import { toFailure } from './oracle-failure.ts'
import { describeTarget, readOracleTarget } from './oracle-target.ts'
import { createReader, formOf, forms, writeColumn, writeValue, type Parameter, type ResultColumn } from './oracle-values.ts'
import { runInTurn } from '../run-in-turn.ts'
import { bindNulls, isOrdinary, joinStatement, quoteList, stagingName } from '../sql-text.ts'
import { maxAnswer, Watch } from '../watch.ts'
import { startSession, WatchedSession } from '../watched-session.ts'

/** The driver, as much of it as is used here. */
interface Driver {
  readonly STRING: unknown
  readonly BUFFER: unknown
  readonly OUT_FORMAT_ARRAY: number
  getConnection(login: object): Promise<Connection>
}
interface Result {
  readonly metaData?: readonly ResultColumn[]
  readonly rows?: readonly (readonly unknown[])[]
  readonly rowsAffected?: number
  readonly resultSet?: { getRows(most: number): Promise<readonly (readonly unknown[])[]> }
}
interface Connection {
  execute(text: string, values: readonly Parameter[], options: object): Promise<Result>
  executeMany(text: string, rows: readonly (readonly unknown[])[], options: object): Promise<Result>
  commit(): Promise<void>
  rollback(): Promise<void>
  close(options?: object): Promise<void>
}

const driver = optionalPackage<Driver>('oracledb', '26', 'Oracle')

/** Rows that the driver asks for at once. */
const rowsAtOnce = 500

export const oracle: Database = {
  name: 'Oracle',
  port: 1521,
  dialect: 'oracle',
  /** As sessions read a date, and a moment too: what is below a second is read once more. */
  dateFormat: 'YYYY-MM-DDTHH:mm:ss',
  failureEndsTransaction: false,
  isUnproven: true,
  isShownInPart: true,
  pingStatement: 'select 1 from dual',
  readTarget: readOracleTarget,
  check: () => driver.check(),
  connect,
}

async function connect(target: Target, ways: Ways, signal: AbortSignal): Promise<Session> {
  const forwards = new PortForwards(ways.privateNetwork)
  try {
    return await startSession(new OracleSession(forwards, target), signal)
  } finally {
    forwards.shut()
  }
}

/** Where it is encrypted the driver looks at who answers, by name; so it knows the name, and comes there through a proxy. */
async function sessionAt(forwards: PortForwards, target: Target): Promise<Connection> {
  const { host, port, user, password, tls } = target
  const encrypts = tls.mode.startsWith('verify')
  const at = encrypts ? { host, port, encrypts } : { host: '127.0.0.1', port: await forwards.open(host, port), encrypts }
  const wallet = [tls.cert, tls.key, tls.ca].filter((part) => part !== undefined).join('\n')
  return driver.load().getConnection({
    user,
    password,
    connectString: describeTarget(target, at),
    ...(encrypts && {
      httpsProxy: '127.0.0.1',
      httpsProxyPort: await forwards.openProxy(),
      sslServerDNMatch: tls.mode === 'verify-full',
      ...(wallet !== '' && { walletContent: wallet }),
      ...(tls.passphrase !== undefined && { walletPassword: tls.passphrase }),
    }),
  })
}

class OracleSession extends WatchedSession implements Session {
  readonly #forwards: PortForwards
  readonly #target: Target
  #opened: Connection | undefined
  /** Each statement stands by itself where there is none. */
  #inTransaction = false
  #staged = 0

  constructor(forwards: PortForwards, target: Target) {
    super(forwards, new Watch(forwards, target.queryMs), (error) => toFailure(error, target, forwards.failure))
    this.#forwards = forwards
    this.#target = target
  }

  async start(): Promise<void> {
    const { settings, connectMs } = this.#target
    const late = setTimeout(() => this.#forwards.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })), connectMs)
    try {
      this.#opened = await this.do(() => sessionAt(this.#forwards, this.#target))
    } finally {
      clearTimeout(late)
    }
    const all = [...forms, ['time_zone', '+00:00'], ...settings]
    await this.#ask(`alter session set ${all.map(([name, value]) => `${name} = ${settingValue(value ?? '')}`).join(' ')}`)
  }

  get #connection(): Connection {
    if (!this.#opened) throw new Error('a session that is not open was asked')
    return this.#opened
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
      ({ passing, endsSession }) => passing || endsSession,
    )
  }

  /** A transaction begins with its first statement. */
  async control(word: Control): Promise<void> {
    if (word === 'begin') this.#inTransaction = true
    else if (word === 'savepoint') await this.#ask('savepoint sluice')
    else if (word === 'back') await this.#ask('rollback to savepoint sluice')
    else if (word !== 'release') {
      this.#inTransaction = false
      await this.do(() => (word === 'commit' ? this.#connection.commit() : this.#connection.rollback()))
    }
  }

  async open(statement: Statement): Promise<Cursor> {
    this.spoil()
    const bound = bindNulls(statement)
    const { resultSet, metaData = [] } = await this.do(() =>
      this.#connection.execute(joinStatement(bound, placeholder), bound.values.map(writeValue), { ...this.#options(), resultSet: true }),
    )
    const toRecord = createReader(metaData)
    return { read: (most) => this.do(async () => ((await resultSet?.getRows(most)) ?? []).map(toRecord) as FlowRecord[]) }
  }

  async describe(table: string): Promise<Table | undefined> {
    const names = readNames(table)
    const [name = '', owner] = names.toReversed()
    const { rows } = await this.run({
      parts: [
        'select column_name as name, data_type as type from all_tab_columns where table_name = ',
        ' and owner = coalesce(',
        ", sys_context('userenv', 'current_schema')) order by column_id",
      ],
      values: [name, owner],
    })
    if (rows.length === 0) return undefined
    const columns = rows.map(({ NAME, TYPE }) => toColumn(String(NAME), String(TYPE)))
    return { quoted: names.map(quoteName).join('.'), columns, keys: [] }
  }

  async insert({ quoted }: Pick<Table, 'quoted'>, rows: readonly TableRow[], columns: readonly Column[]): Promise<void> {
    const places = columns.map((_column, i) => placeholder(i)).join(', ')
    await this.#forRows(`insert into ${quoted} (${quoteList(columns)}) values (${places})`, rows, columns)
  }

  async mergeRows({ quoted }: Table, rows: readonly TableRow[], columns: readonly Column[], keys: readonly Column[]): Promise<void> {
    const isKey = new Set(keys.map(({ name }) => name))
    const rest = columns.filter(({ name }) => !isKey.has(name))
    const source = columns.map((column, i) => `${placeholder(i)} as ${column.quoted}`).join(', ')
    const same = keys.map((key) => `t.${key.quoted} = s.${key.quoted}`).join(' and ')
    const set = rest.map((column) => `t.${column.quoted} = s.${column.quoted}`).join(', ')
    const update = rest.length > 0 ? ` when matched then update set ${set}` : ''
    const values = columns.map((column) => `s.${column.quoted}`).join(', ')
    const insert = ` when not matched then insert (${quoteList(columns)}) values (${values})`
    await this.#forRows(`merge into ${quoted} t using (select ${source} from dual) s on (${same})${update}${insert}`, rows, columns)
  }

  /** Such a table does not end the transaction. */
  async createStaging({ quoted }: Table, columns: readonly Column[]): Promise<string> {
    const name = `ora$ptt_${stagingName(this.#staged++)}`
    const list = quoteList(columns)
    await this.#ask(`create private temporary table ${name} on commit preserve definition as select ${list} from ${quoted} where 1 = 0`)
    return name
  }

  /** Rows that come with their keys are merged without a table beside. */
  async merge(): Promise<void> {
    throw new Error('rows of Oracle are merged by themselves')
  }

  async dropStaging(staging: string): Promise<void> {
    await this.#ask(`drop table ${staging}`)
  }

  hold(isBusy: boolean): void {
    this.#forwards.hold(isBusy)
  }

  close(): void {
    this.spoil()
    this.#opened?.close({ drop: true }).catch(() => undefined)
    this.#forwards.destroy()
  }

  #ask(text: string): Promise<Result> {
    return this.do(() => this.#connection.execute(text, [], this.#options()))
  }

  #options(): object {
    const { STRING, BUFFER, OUT_FORMAT_ARRAY } = driver.load()
    return {
      outFormat: OUT_FORMAT_ARRAY,
      autoCommit: !this.#inTransaction,
      maxRows: 0,
      fetchArraySize: rowsAtOnce,
      prefetchRows: rowsAtOnce,
      fetchTypeHandler: ({ dbTypeName }: ResultColumn) => {
        const form = formOf(dbTypeName)
        return form && { type: form === 'text' ? STRING : BUFFER }
      },
    }
  }

  async #execute(text: string, values: readonly Parameter[]): Promise<Answer> {
    const { rows = [], metaData = [], rowsAffected } = await this.#connection.execute(text, values, this.#options())
    const records = rows.map(createReader(metaData))
    return { rows: records, count: rowsAffected ?? records.length }
  }

  /** All of them at once. Where one is refused, those before it are written; the caller rolls back to its savepoint. */
  async #forRows(text: string, rows: readonly TableRow[], columns: readonly Column[]): Promise<void> {
    const values = rows.map((row) => columns.map((column) => writeColumn(row[column.name], column)))
    const { STRING, BUFFER } = driver.load()
    const bindDefs = columns.map((_column, i) => {
      const given = values.map((row) => row[i])
      const maxSize = Math.max(1, ...given.map((value) => (value ? Buffer.byteLength(value) : 0)))
      return { type: given.some((value) => Buffer.isBuffer(value)) ? BUFFER : STRING, maxSize }
    })
    await this.do(() => this.#connection.executeMany(text, values, { autoCommit: !this.#inTransaction, bindDefs }))
  }
}

const placeholder = (place: number): string => `:${place + 1}`

/** The parts of a name: in quotes, or without, and then in capitals. */
function readNames(name: string): string[] {
  const parts = name.match(/"(?:[^"]|"")*"|[^.]+/g) ?? []
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.trim().toUpperCase()))
}

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`
const settingValue = (value: string): string => (/^\w+$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`)

function toColumn(name: string, said: string): Column {
  const type = said.toUpperCase()
  const isMoment = type === 'DATE' || type.startsWith('TIMESTAMP')
  const kind = /^(?:BLOB|RAW|LONG RAW)$/.test(type) ? 'bytes' : isMoment ? 'moment' : 'plain'
  return { name, quoted: quoteName(name), kind, type }
}
