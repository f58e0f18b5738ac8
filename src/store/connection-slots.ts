/**
 * Holds a connection's concurrency level over all workers, with PostgreSQL's session locks: one lock a slot, gone by itself when its worker dies.
 *
 * A lock per request would cost two round trips, so a worker takes every free slot at its first request and counts within itself from then on. It gives
 * back what it does not use, and its fair share when others wait; both are looked at twice a second. By that, too, the others see that it is alive.
 */
import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { lockSession } from './lock-session.ts'

/** How often a worker looks who else waits, and what it does not use. Milliseconds. */
const lookMs = 500
/** How often a worker without a slot asks for one, and one that has too few for more. Milliseconds. */
const askMs = 50
const askMoreMs = 250
/** How long a worker that gave its last slot to another one stays back, so that it is not the first to ask for it again. Milliseconds. */
const stayBackMs = 2 * askMs + 50
/** A holder that has not looked for so long hangs, or its machine is gone and nobody told PostgreSQL: its session is ended. Milliseconds. */
const deadAfterMs = 6000
/** The lock that says «I wait and have none», held shared. Slots count up from 0 and never get here. */
const waiting = 2 ** 31 - 1

interface Owner {
  readonly accountId: string
  readonly _id: string
}

interface Slots {
  readonly key: number
  level: number
  /** The slots whose lock this worker has. */
  held: number[]
  /** How many of them are at work, or promised to a waiter. More than are held only after the locks were lost. */
  inUse: number
  /** How many go back as soon as their work is done: others wait. */
  owed: number
  waiters: (() => void)[]
  asking: boolean
  saysWaiting: boolean
  backUntil: number
}

/** An owner is the same object for all requests of a step: hashing its name for each of them took 3 % of a flow's time. */
const keys = new WeakMap<Owner, number>()

function keyOf(owner: Owner): number {
  const known = keys.get(owner)
  if (known !== undefined) return known
  const key = createHash('sha256').update(`${owner.accountId}/${owner._id}`).digest().readUInt32BE(0) >>> 1
  keys.set(owner, key)
  return key
}

/** `connect` opens a connection of its own: the locks live and die with it. */
export function connectionSlots(connect: () => Promise<Client>) {
  const byKey = new Map<number, Slots>()
  let isClosed = false
  let looking: Promise<void> | undefined

  const session = lockSession(connect, () => {
    for (const slots of byKey.values()) {
      Object.assign(slots, { held: [], owed: 0, saysWaiting: false })
      if (slots.waiters.length > 0) void ask(slots)
    }
  })

  /** Asks until every waiter has a slot or the worker holds the whole level. */
  async function ask(slots: Slots): Promise<void> {
    if (slots.asking) return
    slots.asking = true
    while (!isClosed && slots.waiters.length > 0 && slots.held.length < slots.level) {
      // A database that is away for a moment must not fail the waiters: they wait on, as long as their own signals let them.
      if (Date.now() >= slots.backUntil) await take(slots).catch(() => undefined)
      wake(slots)
      if (slots.waiters.length > 0) await new Promise((resolve) => setTimeout(resolve, slots.held.length > 0 ? askMoreMs : askMs))
    }
    slots.asking = false
    say(slots, false)
  }

  /** The slots that are held are left out before any lock is tried: PostgreSQL would grant them again, and would want them unlocked twice. */
  async function take(slots: Slots): Promise<void> {
    const rows = await session.query<{ slot: number }>(
      `with free as materialized (select slot from generate_series(0, $2::int - 1) slot where slot <> all($3::int[]))
       select slot from free where pg_try_advisory_lock($1, slot)`,
      [slots.key, slots.level, [...slots.held]],
    )
    slots.held.push(...rows.map(({ slot }) => slot))
    say(slots, slots.held.length === 0)
  }

  function say(slots: Slots, isWaiting: boolean): void {
    if (slots.saysWaiting === isWaiting || isClosed) return
    slots.saysWaiting = isWaiting
    const text = isWaiting ? `select pg_try_advisory_lock_shared($1, $2)` : `select pg_advisory_unlock_shared($1, $2)`
    session.query(text, [slots.key, waiting]).catch(() => undefined)
  }

  /** At most those that are not at work. Where it fails, the session is given up, and every lock with it. */
  function giveBack(slots: Slots, number: number): number {
    const given = slots.held.splice(0, Math.max(0, Math.min(number, slots.held.length - slots.inUse)))
    if (given.length > 0)
      session.query(`select pg_advisory_unlock($1, slot) from unnest($2::int[]) slot`, [slots.key, given]).catch(() => undefined)
    return given.length
  }

  function giveToOthers(slots: Slots, number: number): number {
    const given = giveBack(slots, number)
    if (slots.held.length === 0) slots.backUntil = Date.now() + stayBackMs
    return given
  }

  async function look(): Promise<void> {
    if (!session.isOpen || byKey.size === 0) return
    const others = await session.query<{ key: number; waiters: number }>(
      `select classid::bigint::int as key, count(*)::int as waiters from pg_locks
       where locktype = 'advisory' and objsubid = 2 and objid = $2 and classid::bigint::int = any($1) and pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database())
       group by 1`,
      [[...byKey.keys()], waiting],
    )
    const short = [...byKey.values()].filter(({ waiters }) => waiters.length > 0)
    if (short.length > 0) await endDead(short.map(({ key }) => key))
    const waitersOf = new Map(others.map(({ key, waiters }) => [key, waiters]))
    for (const slots of byKey.values()) share(slots, waitersOf.get(slots.key) ?? 0)
  }

  async function endDead(keys: readonly number[]): Promise<void> {
    await session.query(
      `select pg_terminate_backend(pid) from (
         select distinct pid from pg_locks join pg_stat_activity holder using (pid)
         where locktype = 'advisory' and objsubid = 2 and classid::bigint::int = any($1) and pid <> pg_backend_pid() and holder.datname = current_database()
           and holder.state = 'idle' and holder.state_change < now() - make_interval(secs => $2 / 1000.0)) dead`,
      [keys, deadAfterMs],
    )
  }

  function share(slots: Slots, others: number): void {
    if (others > 0) {
      const surplus = slots.held.length - Math.floor(slots.level / (others + 1))
      // What is owed stays owed: others stop saying that they wait with the first slot they get.
      if (surplus > 0) slots.owed = Math.max(slots.owed, surplus - giveToOthers(slots, surplus))
    } else {
      giveBack(slots, Math.max(slots.held.length - slots.level, slots.held.length - slots.inUse - slots.waiters.length))
    }
    slots.owed = Math.min(slots.owed, slots.inUse)
    const isIdle = slots.inUse === 0 && slots.held.length === 0 && slots.waiters.length === 0
    if (isIdle && !slots.asking && !slots.saysWaiting) byKey.delete(slots.key)
  }

  const timer = setInterval(() => {
    looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = undefined))
  }, lookMs).unref()

  const slotsOf = (owner: Owner, level: number): Slots => {
    const key = keyOf(owner)
    const slots = byKey.get(key) ?? unused(key)
    slots.level = level
    byKey.set(key, slots)
    return slots
  }

  const done = (slots: Slots): void => {
    slots.inUse -= 1
    if (slots.owed > 0) slots.owed -= giveToOthers(slots, 1)
    wake(slots)
    if (slots.waiters.length > 0) void ask(slots)
  }

  return {
    async use<T>(owner: Owner, level: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
      signal.throwIfAborted()
      const slots = slotsOf(owner, level)
      if (hasFree(slots) && slots.waiters.length === 0) slots.inUse += 1
      else await turn(slots, signal, ask)
      try {
        return await work()
      } finally {
        done(slots)
      }
    },
    async close(): Promise<void> {
      isClosed = true
      clearInterval(timer)
      await session.close()
    },
  }
}

const unused = (key: number): Slots => ({
  key,
  level: 1,
  held: [],
  inUse: 0,
  owed: 0,
  waiters: [],
  asking: false,
  saysWaiting: false,
  backUntil: 0,
})

/** A level that was lowered holds at once for what begins from then on. */
const hasFree = (slots: Slots): boolean => slots.inUse < Math.min(slots.held.length, slots.level)

function wake(slots: Slots): void {
  while (hasFree(slots) && slots.waiters.length > 0) {
    slots.inUse += 1
    slots.waiters.shift()?.()
  }
}

/** Waits until a slot is promised, in the order of asking. */
async function turn(slots: Slots, signal: AbortSignal, ask: (slots: Slots) => Promise<void>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const mine = (): void => {
      signal.removeEventListener('abort', leave)
      resolve()
    }
    const leave = (): void => {
      slots.waiters = slots.waiters.filter((waiter) => waiter !== mine)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', leave, { once: true })
    slots.waiters.push(mine)
    void ask(slots)
  })
}
