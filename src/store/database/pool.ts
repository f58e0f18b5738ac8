/** The pool of connections and its transactions. It retries nothing: who knows that work may run twice says so. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { StoreUnavailable, SetupError } from '../../domain/errors.ts'
import { readOnlyCode, toClientConfig } from './client-config.ts'
import { type DatabaseConfig, splitHosts } from './database-hosts.ts'
import { explain } from './explain-connection-error.ts'
import { watchPrimary } from './primary-watch.ts'
import { WritingClient, type WritingConfig } from './writing-client.ts'

/** The pool or one connection in a transaction: what a function that runs one statement needs. */
export type Client = Pick<pg.ClientBase, 'query'>

export interface Database {
  readonly pool: pg.Pool
  /** Of the pool, at the most. */
  readonly connections: number
  /** All of `work` or nothing. */
  transaction<T>(work: (client: Client) => Promise<T>): Promise<T>
  /** Whether a connection is to be had and answers, soon. Those who ask at the same time share one answer. */
  isThere(): Promise<boolean>
  close(): Promise<void>
}

export interface Limits {
  /** Connections of this pool at the most. The embedded server has 100 for all programs; a server of one's own has 100 by default. */
  readonly connections?: number
  /** What its sessions are called. */
  readonly name?: string
  /** Longest a statement may run, in milliseconds. */
  readonly statementTimeoutMs?: number
  /** A commit is answered before it is on disk. It never gets there later than one that follows it, so a crash loses the last ones or none. */
  readonly lazyCommits?: boolean
  /** A database that takes no writes does, too. */
  readonly onlyReads?: boolean
}

/** More would only queue inside PostgreSQL: statements take a millisecond or two. */
const defaultConnections = 20
/** The API answers or gives up within a minute, and no statement of ours comes near this. In milliseconds. */
const defaultStatementTimeoutMs = 30_000
/** A transaction that waits for us longer than this holds locks for nothing, such as on a run that another worker is to take over. In milliseconds. */
const idleInTransactionMs = 10_000
/** To make a connection, or to get one while all are busy, in milliseconds. */
const connectionTimeoutMs = 10_000
/** Beyond what PostgreSQL itself lets a statement take: its machine is gone, or stands still, and nobody told us. In milliseconds. */
const silenceMs = 5_000
/** Whoever asks whether the database is there wants to know it now. In milliseconds. */
const isThereMs = 2_000
/** A connection not needed this long is closed, in milliseconds. */
const idleMs = 30_000
/** The oldest PostgreSQL that has all we use, and that its makers still mend. */
const oldestMajor = 15

const int8 = 20

export async function openDatabase(config: DatabaseConfig, limits: Limits = {}): Promise<Database> {
  const statementMs = limits.statementTimeoutMs ?? defaultStatementTimeoutMs
  const { connections = defaultConnections } = limits
  const pool = new pg.Pool({
    ...toWritingConfig(config, limits.onlyReads),
    Client: WritingClient,
    max: connections,
    statement_timeout: statementMs,
    query_timeout: statementMs + silenceMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    connectionTimeoutMillis: connectionTimeoutMs,
    idleTimeoutMillis: idleMs,
    application_name: limits.name ?? 'sluice',
    ...(limits.lazyCommits && { options: '-c synchronous_commit=off' }),
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        type === int8 ? Number : pg.types.getTypeParser(type, format ?? 'text'),
    },
  } as pg.PoolConfig)
  // A connection that breaks is replaced at the next query, and whoever was using it is told by his own. Unheard, the event would end the program.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  try {
    await checkServer(pool)
  } catch (error) {
    await pool.end()
    throw explain(error, config)
  }
  return { pool, connections, transaction: (work) => transaction(pool, work), isThere: asksWhetherThere(pool), close: () => pool.end() }
}

/** A connection by itself, for what lives and dies with it. */
export async function connect(config: DatabaseConfig, name: string, { onlyReads }: Pick<Limits, 'onlyReads'> = {}): Promise<pg.Client> {
  const client = new WritingClient({
    ...toWritingConfig(config, onlyReads),
    application_name: name,
    connectionTimeoutMillis: connectionTimeoutMs,
  })
  await client.connect()
  return client
}

function toWritingConfig(config: DatabaseConfig, onlyReads = false): WritingConfig {
  const primary = watchPrimary(config)
  return { ...toClientConfig(splitHosts(config)[0]), ...(primary && { primary }), onlyReads }
}

async function checkServer(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ version: string }>(`select current_setting('server_version_num') as version`)
  const major = Math.floor(Number(rows[0]?.version) / 10_000)
  if (major < oldestMajor) throw new SetupError(`This database is PostgreSQL ${major}, and Sluice needs ${oldestMajor} or newer.`)
}

function asksWhetherThere(pool: pg.Pool): () => Promise<boolean> {
  let asking: Promise<boolean> | undefined
  const ask = async (): Promise<boolean> => {
    const answer = pool.query('select').then(
      () => true,
      () => false,
    )
    const late = new AbortController()
    const isLate = pause(isThereMs, false, { signal: late.signal, ref: false }).catch(() => false)
    return Promise.race([answer, isLate]).finally(() => late.abort())
  }
  return () => (asking ??= ask().finally(() => (asking = undefined)))
}

async function transaction<T>(pool: pg.Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = false
  const breaks = () => (broken = true)
  client.on('error', breaks)
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that did not answer is closed, which ends its transaction too. Asked once more, it would only be silent once more. So is one that cannot write.
    if (isOver(error)) breaks()
    else await client.query('rollback').catch(breaks)
    throw error
  } finally {
    client.off('error', breaks)
    client.release(broken)
  }
}

function isOver(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return isOver(error.cause)
  const { code, message } = error as { code?: unknown; message?: unknown }
  return message === 'Query read timeout' || code === readOnlyCode
}
