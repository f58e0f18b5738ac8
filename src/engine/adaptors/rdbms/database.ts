/** What a database is to exports and imports, whichever it is: sessions that run statements, read results as they come, and write many rows at a time. */
import type { ConnectionDoc, FlowRecord } from '../../adaptor.ts'
import type { PrivateNetwork } from '../../outgoing/address-guard.ts'
import type { Send } from '../../outgoing/message.ts'
import type { Dialect } from '../../template/sql-dialects.ts'
import type { Statement } from '../../template/statement.ts'
import type { DatabaseFailure } from '../database-failure.ts'
import type { Target } from './target.ts'

/** How databases are reached: over sockets that are guarded, or by requests. */
export interface Ways {
  readonly privateNetwork: PrivateNetwork
  readonly send: Send
  /** Where an interface over HTTP is, for tests; `https://` and its host where it is not said. */
  readonly originOf?: ((host: string) => string) | undefined
}

export interface Database {
  /** As people call it. */
  readonly name: string
  readonly dialect: Dialect
  readonly port: number
  /** How dates of templates are written where the export does not say it: the database has to read them. */
  readonly dateFormat?: string
  /** A statement that failed has ended its transaction, but for savepoints before it. */
  readonly failureEndsTransaction: boolean
  /** Nothing of a page can be taken back: each statement stands by itself, and is told by an id, so that it is done once. */
  readonly standsAlone?: boolean
  /** It is shown on its protocol, and was not run against a real server. */
  readonly isUnproven?: boolean
  /** Of its protocol only how a session is opened is shown. */
  readonly isShownInPart?: boolean
  /** What a ping asks; `select 1` where it is absent. */
  readonly pingStatement?: string
  /** Throws `StepFailure` where the connection is not filled in. The usual fields are looked at where it is absent. */
  readTarget?(connection: ConnectionDoc): Target
  /** Throws `StepFailure` where its driver is not installed. */
  check?(): void
  /** Throws `DatabaseFailure`, or the signal's reason. */
  connect(target: Target, ways: Ways, signal: AbortSignal): Promise<Session>
}

export type Row = Readonly<Record<string, unknown>>

export interface Answer {
  /** What a statement gave back, as records. */
  readonly rows: readonly Row[]
  /** Rows that were written, or given back. */
  readonly count: number
  /** The number that the database gave a new row, where its driver says so. */
  readonly insertId?: unknown
}

/** Ends of transactions, and of parts of them. */
export type Control = 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'back'

/** One at a time. Everything throws `DatabaseFailure`, or the signal's reason. */
export interface Session {
  /** Nothing has been done in it that would show to whoever has it next. */
  readonly isClean: boolean
  /** Bytes that came over its socket. */
  readonly received: number
  /** Ends it where this comes first. */
  setSignal(signal: AbortSignal | undefined): void
  /** Of a database whose statements stand alone, one with the same id (a UUID) is done once, however often it is sent. */
  run(statement: Statement, id?: string): Promise<Answer>
  /** One after the other, without waiting for each answer where the database lets that be. What failed stands in its place; where that ends the transaction, it may be the last. */
  runAll(statements: readonly Statement[]): Promise<readonly (Answer | DatabaseFailure)[]>
  control(word: Control): Promise<void>
  /** A result that is read as it comes. The session is for nothing else afterwards. */
  open(statement: Statement): Promise<Cursor>
  /** Undefined where there is no such table. */
  describe(table: string): Promise<Table | undefined>
  insert(table: Pick<Table, 'quoted'>, rows: readonly TableRow[], columns: readonly Column[], id?: string): Promise<void>
  /** How many of the rows, from the first on, one statement of `insert` writes. Where statements can stand outside a transaction. */
  countInsertedAtOnce?(rows: readonly TableRow[], columns: readonly Column[]): number
  /** An empty table of these columns, for as long as the session. */
  createStaging(table: Table, columns: readonly Column[]): Promise<string>
  /** From one into the other: rows whose keys are there are updated. */
  merge(table: Table, staging: string, columns: readonly Column[], keys: readonly Column[]): Promise<void>
  dropStaging(staging: string): Promise<void>
  /** The same with rows, where the database needs no table beside. */
  mergeRows?(table: Table, rows: readonly TableRow[], columns: readonly Column[], keys: readonly Column[], id?: string): Promise<void>
  /** Of an idle one, so that it keeps no program from ending. */
  hold(isBusy: boolean): void
  close(): void
}

export interface Cursor {
  /** The next rows, `most` at the most; none at the end. */
  read(most: number): Promise<FlowRecord[]>
}

export interface Table {
  /** Its name as a statement writes it. */
  readonly quoted: string
  readonly columns: readonly Column[]
  /** Columns that tell its rows apart. */
  readonly keys: readonly (readonly string[])[]
}

export interface Column {
  readonly name: string
  readonly quoted: string
  /** What becomes of a value on its way in: lists and bytes are written as the column has them. */
  readonly kind: 'plain' | 'json' | 'bytes' | 'list' | 'moment'
  /** As a statement calls its type, where values are cast to it. */
  readonly type?: string
}

/** By the names of columns; a column that it does not name has its default. */
export type TableRow = Readonly<Record<string, unknown>>
