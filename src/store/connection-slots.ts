/**
 * Holds a connection's concurrency level over all workers, with PostgreSQL's session locks: one lock a slot, gone by itself when its worker dies.
 *
 * A lock per request would cost two round trips, so a worker takes every free slot at its first request and counts within itself from then on. It gives
 * back what it does not use, and its fair share when others wait; both are looked at twice a second.
 */
import { createHash } from 'node:crypto'
import type { Client } from 'pg'

const lookMs = 500
/** How often a worker without a slot asks for one, and how long one that gave its last slot to another stays back. */
const askMs = 50
const stayBackMs = 2 * askMs + 50
/** The lock that says «I wait», held shared. Slots count up from 0 and never get here. */
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
  /** How many of them are at work, or promised to a waiter. */
  inUse: number
  /** How many go back as soon as their work is done: others wait. */
  owed: number
  waiters: (() => void)[]
  asking: boolean
  saysWaiting: boolean
  backUntil: number
}

/** `connect` opens a connection of its own: the locks live and die with it. */
export function connectionSlots(connect: () => Promise<Client>) {
  const byKey = new Map<number, Slots>()
  let session: Promise<Client> | undefined
  let isClosed = false

  const open = async (): Promise<Client> => {
    const client = await connect()
    const lose = (): void => {
      session = undefined
      for (const slots of byKey.values()) Object.assign(slots, { held: [], owed: 0, saysWaiting: false })
    }
    client.on('error', lose)
    client.on('end', lose)
    return client
  }
  const query = async <R extends object>(text: string, values: unknown[]): Promise<R[]> =>
    (await (await (session ??= open())).query<R>(text, values)).rows

  const wake = (slots: Slots): void => {
    while (slots.inUse < slots.held.length && slots.waiters.length > 0) {
      slots.inUse += 1
      slots.waiters.shift()?.()
    }
  }

  /** Asks until every waiter has a slot or the worker holds the whole level. */
  async function ask(slots: Slots): Promise<void> {
    if (slots.asking) return
    slots.asking = true
    try {
      while (!isClosed && slots.waiters.length > 0 && slots.held.length < slots.level) {
        // A database that is away for a moment must not fail the waiters: they wait on, as long as their own signals let them.
        if (Date.now() >= slots.backUntil) await take(slots).catch(() => undefined)
        wake(slots)
        if (slots.waiters.length > 0) await new Promise((resolve) => setTimeout(resolve, askMs))
      }
    } finally {
      slots.asking = false
    }
  }

  async function take(slots: Slots): Promise<void> {
    const rows = await query<{ slot: number }>(
      `select slot from generate_series(0, $2::int - 1) slot where slot <> all($3::int[]) and pg_try_advisory_lock($1, slot)`,
      [slots.key, slots.level, slots.held],
    )
    slots.held.push(...rows.map(({ slot }) => slot))
    const shouldSay = slots.held.length === 0
    if (shouldSay === slots.saysWaiting) return
    slots.saysWaiting = shouldSay
    await query(shouldSay ? `select pg_try_advisory_lock_shared($1, $2)` : `select pg_advisory_unlock_shared($1, $2)`, [slots.key, waiting])
  }

  async function giveBack(slots: Slots, number: number): Promise<void> {
    const given = slots.held.splice(0, Math.min(number, slots.held.length - slots.inUse))
    if (given.length === 0) return
    if (slots.held.length === 0) slots.backUntil = Date.now() + stayBackMs
    await query(`select pg_advisory_unlock($1, slot) from unnest($2::int[]) slot`, [slots.key, given])
  }

  async function look(): Promise<void> {
    if (!session || byKey.size === 0) return
    const others = await query<{ key: number; waiters: number }>(
      `select classid::bigint::int as key, count(*)::int as waiters from pg_locks
       where locktype = 'advisory' and objsubid = 2 and objid = $2 and classid::bigint::int = any($1) and pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database())
       group by 1`,
      [[...byKey.keys()], waiting],
    )
    const waitersOf = new Map(others.map(({ key, waiters }) => [key, waiters]))
    for (const slots of byKey.values()) {
      const waiters = waitersOf.get(slots.key) ?? 0
      const share = waiters > 0 ? Math.floor(slots.level / (waiters + 1)) : slots.inUse + slots.waiters.length
      await giveBack(slots, slots.held.length - share)
      slots.owed = waiters > 0 ? Math.max(0, slots.held.length - share) : 0
      if (slots.inUse === 0 && slots.held.length === 0 && slots.waiters.length === 0 && !slots.asking) byKey.delete(slots.key)
    }
  }
  const timer = setInterval(() => void look().catch(() => undefined), lookMs).unref()

  const slotsOf = ({ accountId, _id }: Owner, level: number): Slots => {
    const key = createHash('sha256').update(`${accountId}/${_id}`).digest().readUInt32BE(0) >>> 1
    const slots = byKey.get(key) ?? {
      key,
      level,
      held: [],
      inUse: 0,
      owed: 0,
      waiters: [],
      asking: false,
      saysWaiting: false,
      backUntil: 0,
    }
    slots.level = level
    byKey.set(key, slots)
    return slots
  }

  return {
    async use<T>(owner: Owner, level: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
      const slots = slotsOf(owner, level)
      if (slots.inUse < slots.held.length && slots.waiters.length === 0) slots.inUse += 1
      else await turn(slots, signal, ask)
      try {
        return await work()
      } finally {
        slots.inUse -= 1
        if (slots.owed > 0) {
          slots.owed -= 1
          await giveBack(slots, 1)
        }
        wake(slots)
        if (slots.waiters.length > 0) void ask(slots)
      }
    },
    async close(): Promise<void> {
      isClosed = true
      clearInterval(timer)
      await (await session?.catch(() => undefined))?.end()
    },
  }
}

/** Waits until a slot is promised, in the order of asking. */
async function turn(slots: Slots, signal: AbortSignal, ask: (slots: Slots) => Promise<void>): Promise<void> {
  signal.throwIfAborted()
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
