/**
 * Holds a connection's concurrency level over all workers, with PostgreSQL's session locks: one lock a slot, gone by itself when its worker dies.
 *
 * A lock per request would cost two round trips, so a worker takes every free slot at its first request and counts within itself from then on. It gives
 * back what it does not use, and its fair share when others wait; both are looked at twice a second. By that, too, the others see that it is alive: they
 * watch the sessions of all, whether they need slots or not, so that whoever takes over a run knows by then that the one before is dead.
 */
import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { createIdLocks } from './id-locks.ts'
import { lockSession, type LockSession } from './lock-session.ts'
import { createSilenceCheck } from '../queue/silent-workers.ts'
import { enter, isIdle, leave, loseSession, createSlots, giveUpSlots, setLevel, waiting, type Others, type Slots } from './held-slots.ts'
import { hearLevel, isSlot, saidLevel, saysLevel, slowDown, speedUp } from './slowed-level.ts'

/** How often a worker looks who else waits, and what it does not use. Milliseconds. */
const lookMs = 500
/** How often the sessions of others are looked at. Milliseconds. */
const watchMs = 1000
/** A holder that has not looked for so long hangs, or its machine is gone and nobody told PostgreSQL: its session is ended. Milliseconds. */
const deadAfterMs = 6000

/** Sessions that hold slots, and when they last asked for anything. */
const holders = `select distinct pid, holder.state_change::text as mark from pg_locks join pg_stat_activity holder using (pid)
  where locktype = 'advisory' and objsubid = 2 and pid <> pg_backend_pid() and holder.datname = current_database() and holder.state = 'idle'`

interface Holder {
  readonly pid: number
  readonly mark: string
}
/** Sessions that have been silent for too long, with their mark. */
type Silent = ReadonlyMap<number, string>
/** Runs a statement on any connection but that of the locks, and answers its rows. */
export type Ask = (text: string) => Promise<Holder[]>

interface Owner {
  readonly envId: string
  readonly _id: string
  /** Its level is lowered where its application says that there are too many requests. */
  readonly recovers?: boolean
}

/** An owner is the same object for all requests of a step: hashing its name for each of them took 5 % of a flow's time. */
const keys = new WeakMap<Owner, number>()

function keyOf(owner: Owner): number {
  const known = keys.get(owner)
  if (known !== undefined) return known
  const key = createHash('sha256').update(`${owner.envId}/${owner._id}`).digest().readUInt32BE(0) >>> 1
  keys.set(owner, key)
  return key
}

/** `connect` opens a connection of its own: the locks live and die with it. */
export function connectionSlots(connect: () => Promise<Client>, ask: Ask) {
  const byKey = new Map<number, Slots>()
  const session = lockSession(connect, () => [...byKey.values()].forEach(loseSession))
  const locks = createIdLocks(session)
  let silent: Silent = new Map()
  const watch = silentHolders(ask)
  const timers = [
    every(lookMs, () => look(session, silent, byKey, locks.waiting)),
    every(watchMs, async () => {
      silent = await watch()
    }),
  ]

  const slotsOf = (owner: Owner, level: number): Slots => {
    const key = keyOf(owner)
    const slots = byKey.get(key) ?? createSlots(key, session)
    slots.recovers = owner.recovers ?? false
    byKey.set(key, slots)
    setLevel(slots, level)
    return slots
  }

  return {
    async use<T>(
      owner: Owner,
      level: number,
      signal: AbortSignal,
      work: () => Promise<T>,
      yields?: () => Promise<void> | undefined,
    ): Promise<T> {
      const slots = slotsOf(owner, level)
      const entering = enter(slots, signal, yields)
      if (entering) await entering
      try {
        return await work()
      } finally {
        leave(slots)
      }
    },
    lockIds: (owner: Owner, ids: readonly string[], signal: AbortSignal): Promise<(() => void) | undefined> =>
      locks.take(keyOf(owner), ids, signal),
    /** The application of the connection has said that there are too many requests. */
    tooMany(owner: Owner, level: number): void {
      const slots = slotsOf(owner, level)
      slowDown(slots)
      setLevel(slots, level)
    },
    /** A request of it went well. */
    wentWell(owner: Owner, level: number): void {
      const slots = byKey.get(keyOf(owner))
      if (slots?.slowed.own === undefined) return
      speedUp(slots)
      setLevel(slots, level)
    },
    async close(): Promise<void> {
      timers.forEach(clearInterval)
      await session.close()
    },
  }
}

/** Calls again and again, one call at a time. A failure is the database's, which others report. */
function every(ms: number, call: () => Promise<void>): NodeJS.Timeout {
  let calling: Promise<void> | undefined
  return setInterval(() => {
    calling ??= call()
      .catch(() => undefined)
      .finally(() => (calling = undefined))
  }, ms).unref()
}

function silentHolders(ask: Ask): () => Promise<Silent> {
  const isSilent = createSilenceCheck(deadAfterMs)
  return async () => {
    const seen = new Map((await ask(holders)).map(({ pid, mark }) => [pid, mark]))
    const dead = new Set(isSilent([...seen].map(([pid, mark]) => ({ id: String(pid), mark, ageMs: 0 }))))
    return new Map([...seen].filter(([pid]) => dead.has(String(pid))))
  }
}

const nobody: Others = { waiting: 0, holding: 0 }

async function look(session: LockSession, silent: Silent, byKey: Map<number, Slots>, locked: ReadonlySet<number>): Promise<void> {
  if (session.isOpen && locked.size > 0) await endDead(session, silent, [...locked])
  if (!session.isOpen || byKey.size === 0) return
  const others = await session.query<{ key: number; waiting: number; holding: number; said: number | null }>(
    `select classid::bigint::int as key, count(*) filter (where objid = $2)::int as waiting, count(distinct pid) filter (where ${isSlot})::int as holding,
       ${saidLevel} as said from pg_locks
     where locktype = 'advisory' and objsubid = 2 and (objid = $2 or ${isSlot} or ${saysLevel}) and classid::bigint::int = any($1) and pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database())
     group by 1`,
    [[...byKey.keys()], waiting],
  )
  const short = [...byKey.values()].filter(({ waiters }) => waiters.length > 0)
  if (short.length > 0)
    await endDead(
      session,
      silent,
      short.map(({ key }) => key),
    )
  const heard = new Map(others.map((each) => [each.key, each]))
  for (const slots of byKey.values()) {
    hearLevel(slots, heard.get(slots.key)?.said ?? undefined)
    setLevel(slots, slots.target)
    giveUpSlots(slots, heard.get(slots.key) ?? nobody)
    if (isIdle(slots)) byKey.delete(slots.key)
  }
}

async function endDead(session: LockSession, silent: Silent, keys: readonly number[]): Promise<void> {
  const holding = await session.query<Holder>(`${holders} and classid::bigint::int = any($1)`, [keys])
  const gone = holding.filter(({ pid, mark }) => silent.get(pid) === mark)
  if (gone.length === 0) return
  // Only the very session that was looked at: the number may be another one's by now.
  await session.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where (pid, state_change::text) in (select * from unnest($1::int[], $2::text[])) and state = 'idle'`,
    [gone.map(({ pid }) => pid), gone.map(({ mark }) => mark)],
  )
}
