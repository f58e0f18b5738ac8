/**
 * A program's place at the server, held by advisory locks on a connection of its own: they vanish with the program, however it ends.
 *
 * Everyone at the server shares the lock `present`; the server program also holds `exclusive`, so there is one. Who leaves tries to take
 * `present` for himself: that succeeds for the last one only, who then stops the server, and nobody can come in meanwhile.
 */
import pg from 'pg'
import { SetupError } from '../../domain/errors.ts'
import { serverUser } from './data-directory.ts'

/** The first half of our advisory locks: "SLUI" in ASCII. */
const ourLocks = 0x534c5549
const exclusive = 1
const present = 2

/** A server that is there answers within this, also while it writes a checkpoint; it is on the same machine. In milliseconds. */
const answerTimeoutMs = 10_000

export interface Address {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

export const toAddress = (server: { host: string; port: number }, password: string): Address => ({
  host: server.host,
  port: server.port,
  user: serverUser,
  password,
  database: 'postgres',
})

export interface ServerLease {
  readonly port: number
  /** Settles when the server goes away under us; never after `leave`. */
  readonly lost: Promise<void>
  /** Answers whether we were the last one, who has to stop the server. It lets nobody in until `release`. */
  leave(): Promise<boolean>
  release(): Promise<void>
}

/** Comes in; or answers why not: the server is not there yet or not any more, or another program holds it. */
export async function acquireLease(
  address: Address,
  alone: boolean,
): Promise<ServerLease | 'unavailable' | { holder: number | undefined }> {
  const bounds = { connectionTimeoutMillis: answerTimeoutMs, query_timeout: answerTimeoutMs }
  const client = new pg.Client({ ...address, ...bounds, application_name: `sluice ${process.pid}` })
  const { lost, expectEnd } = watch(client)
  try {
    await client.connect()
    if (!(await tryLock(client, 'pg_try_advisory_lock_shared', present))) return await away(client, 'unavailable')
    if (alone && !(await tryLock(client, 'pg_try_advisory_lock', exclusive))) {
      return await away(client, { holder: await findHolder(client) })
    }
  } catch (error) {
    await client.end().catch(() => {})
    if (isPassing(error)) return 'unavailable'
    throw explained(error)
  }
  return {
    port: address.port,
    lost,
    async leave() {
      expectEnd()
      await client.query('select pg_advisory_unlock_all()')
      return tryLock(client, 'pg_try_advisory_lock', present)
    },
    async release() {
      expectEnd()
      await client.end().catch(() => {})
    },
  }
}

function watch(client: pg.Client) {
  const { promise: lost, resolve } = Promise.withResolvers<void>()
  let expected = false
  const end = () => {
    if (!expected) resolve()
  }
  client.on('error', end)
  client.on('end', end)
  return { lost, expectEnd: () => void (expected = true) }
}

async function away<T>(client: pg.Client, answer: T): Promise<T> {
  await client.end()
  return answer
}

async function tryLock(client: pg.Client, lock: 'pg_try_advisory_lock' | 'pg_try_advisory_lock_shared', key: number): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(`select ${lock}($1, $2) as taken`, [ourLocks, key])
  return rows[0]?.taken === true
}

/** The process that holds the lock; undefined when it has just let go. */
async function findHolder(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ application_name: string }>(
    `select a.application_name from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2 and l.objsubid = 2`,
    [ourLocks, exclusive],
  )
  const pid = Number(rows[0]?.application_name.split(' ')[1])
  return Number.isInteger(pid) ? pid : undefined
}

/** What goes away by itself: no server yet, one that is starting or stopping, one that stopped while we were talking. */
function isPassing(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  const passing = ['EAGAIN', 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '53300', '57P01', '57P02', '57P03']
  return passing.includes(code ?? '') || /terminated|not queryable|timeout/i.test(message ?? '')
}

function explained(error: unknown): unknown {
  const { code } = error as { code?: string }
  return code === '28P01'
    ? new SetupError(
        'The embedded PostgreSQL refuses the password in the file postgres-password of the data folder: bring that file back from your backup.',
      )
    : error
}
