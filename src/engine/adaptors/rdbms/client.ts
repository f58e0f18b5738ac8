/** What the steps of a database share: its sessions, with the slots of the connection and retries around what is done in them. Made once a step. */
import { skipsRetries, StepFailure, type ConnectionDoc, type Failure, type Run, type WatchedStep } from '../../adaptor.ts'
import { retrying } from '../../around/retry.ts'
import { toSlotOwner, type ConnectionSlots } from '../../around/slots.ts'
import type { Evaluate, Evaluator } from '../../evaluation/evaluator.ts'
import type { Exchange } from '../../exchange.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { PrivateNetwork } from '../../outgoing/address-guard.ts'
import type { Statement } from '../../template/statement.ts'
import type { Answer, Database, Session } from './database.ts'
import { findDatabase } from './engines/index.ts'
import { joinStatement } from './engines/sql-text.ts'
import { DatabaseFailure } from './failure.ts'
import type { Sessions } from './sessions.ts'
import { readTarget, type Target } from './target.ts'

export interface DatabasePorts {
  readonly slots: ConnectionSlots
  readonly evaluator: Evaluator
  /** Whether databases may be on private networks; refused where it is not said. */
  readonly privateNetwork?: PrivateNetwork
  /** Of one statement, where the connection allows more. Milliseconds. */
  readonly requestMs?: number
  /** Milliseconds before the first retry, for tests. */
  readonly firstWait?: number
}

/** Tries of one piece of work, the first one included. */
const maxTries = 4
/** However many an import asks for. */
const mostTries = 10
/** integrator.io's default for databases. */
const defaultConcurrencyLevel = 5

export interface WorkOptions {
  /** What other runs want of the connection goes first until then. */
  readonly yields?: (() => Promise<void> | undefined) | undefined
  /** Tries at the most, where that is not the usual number. */
  readonly maxTries?: number | undefined
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
  again<T>(act: () => Promise<T>): Promise<T>
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
      `Databases of the kind ${type ?? 'that is not said'} cannot be used by this server: postgresql, redshift, mysql and mariadb can.`,
    )
  return { database, target: readTarget(connection, database.port) }
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
  const level = concurrencyLevel(known)
  const { level: _level, ...owner } = toSlotOwner(run.envId, known, level)
  const skips = skipsRetries(run)
  const toStepFailure = (failed: DatabaseFailure): StepFailure => {
    if (failed.isRefusal) run.refused?.(known)
    return new StepFailure(failed.failure)
  }
  const again = async <T>(act: () => Promise<T>, most = maxTries): Promise<T> => {
    const attempt = retrying(tryOnce<T>, {
      mostTries: (_act, done) => (done instanceof DatabaseFailure && done.passing && !skips ? Math.min(most, mostTries) : 1),
      ...(ports.firstWait !== undefined && { firstWait: ports.firstWait }),
    })
    const done = await attempt(act, run.signal)
    if (done instanceof DatabaseFailure) throw toStepFailure(done)
    return done.value
  }
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
    work: (act, { yields, maxTries: most } = {}) =>
      again(() => ports.slots.use(owner, level, run.signal, () => inSession(act), yields), most),
    take: () => sessions.take(database, target, run.signal),
    inSlot: (act) => ports.slots.use(owner, level, run.signal, act),
    again,
    describe(statement, answer, at, begun) {
      const exchange = toExchange(origin, statement, answer, at, performance.now() - begun)
      if (isWatched()) run.debug?.tell(known, step, exchange)
      return exchange
    },
  }
}

type Done<T> = { readonly value: T } | DatabaseFailure

async function tryOnce<T>(act: () => Promise<T>, signal: AbortSignal): Promise<Done<T>> {
  signal.throwIfAborted()
  try {
    return { value: await act() }
  } catch (error) {
    if (error instanceof DatabaseFailure) return error
    throw error
  }
}

const concurrencyLevel = ({ rdbms, autoRecoverRateLimitErrors }: ConnectionDoc): number =>
  (autoRecoverRateLimitErrors ? rdbms?.targetConcurrencyLevel : undefined) ?? rdbms?.concurrencyLevel ?? defaultConcurrencyLevel

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
