/** What the steps of a database share: its sessions, with the slots of the connection and retries around what is done in them. Made once a step. */
import { StepFailure, type ConnectionDoc, type Failure, type Run, type WatchedStep } from '../../adaptor.ts'
import type { Evaluate, Evaluator } from '../../evaluation/evaluator.ts'
import type { Exchange } from '../../exchange.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { Statement } from '../../template/statement.ts'
import type { Answer, Database, Session, Ways } from './database.ts'
import { findDatabase, usableKinds } from './engines/index.ts'
import { joinStatement } from './engines/sql-text.ts'
import { databaseWork, type WorkOptions, type WorkPorts } from '../database-work.ts'
import type { Sessions } from './sessions.ts'
import { readTarget, type Target } from './target.ts'

export interface DatabasePorts extends WorkPorts, Omit<Ways, 'privateNetwork'> {
  readonly evaluator: Evaluator
  /** Whether databases may be on private networks; refused where it is not said. */
  readonly privateNetwork?: Ways['privateNetwork']
  /** Of one statement, where the connection allows more. Milliseconds. */
  readonly requestMs?: number
}

export interface DatabaseClient {
  readonly connection: ConnectionDoc
  readonly database: Database
  readonly level: number
  readonly evaluate: Evaluate
  /** Whether somebody wants to know what is asked. */
  readonly isWatched: boolean
  /** Work in a session that is handed back after it, in a slot; again from its beginning where what failed passes. Throws `StepFailure`. */
  work<T>(act: (session: Session) => Promise<T>, options?: WorkOptions): Promise<T>
  /** A session that is kept, in no slot, and has to be closed; work in it takes one each time. */
  take(): Promise<Session>
  inSlot<T>(act: () => Promise<T>): Promise<T>
  /** Again where it passes: `act` begins anew by itself. Throws `StepFailure`. */
  again<T>(act: () => Promise<T>, maxTries?: number): Promise<T>
  describe(statement: Statement, answer: Answer | Failure | undefined, at: number, begun: number): Exchange
}

/** Throws `StepFailure` where no step can work over the connection. */
export function readConnection(connection: ConnectionDoc | undefined): { readonly database: Database; readonly target: Target } {
  if (connection?.type !== 'rdbms') throw refuse('connection_missing', 'The step has no connection to a database.')
  refuseFields('connections', connection)
  const type = connection.rdbms?.type
  const database = findDatabase(type)
  if (!database)
    throw refuse(
      'database_unsupported',
      `Databases of the kind ${type ?? 'that is not said'} cannot be used by this server: ${usableKinds} can.`,
    )
  database.check?.()
  return { database, target: database.readTarget?.(connection) ?? readTarget(connection, database.port) }
}

const refuse = (code: string, message: string): StepFailure => new StepFailure({ source: 'connection', code, message })

export function databaseClient(
  ports: DatabasePorts,
  sessions: Sessions,
  connection: ConnectionDoc | undefined,
  run: Run,
  step: WatchedStep = {},
): DatabaseClient {
  const { database, target: full } = readConnection(connection)
  const known = connection as ConnectionDoc
  const target = ports.requestMs === undefined ? full : { ...full, queryMs: Math.min(full.queryMs, ports.requestMs) }
  const { level, inSlot, again } = databaseWork(ports, known, known.rdbms, run)
  const inSession = async <T>(act: (session: Session) => Promise<T>): Promise<T> => {
    const session = await sessions.take(database, target, run.signal)
    try {
      return await act(session)
    } finally {
      sessions.giveBack(database, target, session)
    }
  }
  const origin = `${known.rdbms?.type}://${target.host}:${target.port}/${target.database}`
  const isWatched = (): boolean => run.debug?.isWatched(known, step) ?? false
  return {
    connection: known,
    database,
    level,
    evaluate: (stage, caches) => ports.evaluator.stage(run.accountId, stage, caches),
    get isWatched() {
      return isWatched()
    },
    work: (act, { yields, maxTries } = {}) => again(() => inSlot(() => inSession(act), yields), maxTries),
    take: () => sessions.take(database, target, run.signal),
    inSlot,
    again,
    describe(statement, answer, at, begun) {
      const exchange = toExchange(origin, statement, answer, at, performance.now() - begun)
      if (isWatched()) run.debug?.tell(known, step, exchange)
      return exchange
    },
  }
}

/** Rows of an answer that are told. */
const maxTold = 20

/** A statement as requests are told: its text with places, and its values beside it. */
function toExchange(url: string, statement: Statement, answer: Answer | Failure | undefined, at: number, ms: number): Exchange {
  const body = JSON.stringify({ statement: joinStatement(statement, (place) => `:${place + 1}`), values: statement.values })
  const request = { method: 'SQL', url, headers: { 'content-type': 'application/json' }, body }
  if (!answer) return { request, at, ms }
  if ('message' in answer) return { request, result: { kind: 'unreachable', code: answer.code, message: answer.message }, at, ms }
  const told = Buffer.from(JSON.stringify({ count: answer.count, rows: answer.rows.slice(0, maxTold) }))
  return { request, result: { kind: 'answer', statusCode: 200, headers: { 'content-type': 'application/json' }, body: told }, at, ms }
}

export const stepFailure = (code: string, message: string): StepFailure => new StepFailure({ source: 'internal', code, message })
