/**
 * The level of a connection whose application has said that there are too many requests: one at once, and twice as many whenever as many went well as may be
 * at once. A worker says the level that it has come to with a session lock, which all workers see; the lowest one holds. It is gone with its worker.
 */
import type { LockSession } from './lock-session.ts'

/** Locks from here on say a level, held shared: no level and no slot gets here. */
const said = 2 ** 30
/** Levels that can be said. */
const highestSaid = 1000
/** A level that no request has tried for so long is forgotten. Milliseconds. */
const forgetMs = 60_000

/** Of a lock that is a slot: they count up from 0, and no level is higher. */
export const isSlot = `objid < ${highestSaid}`
export const saysLevel = `objid between ${said + 1} and ${said + highestSaid}`
/** The lowest level that rows of pg_locks say, null where none does. */
export const saidLevel = `min(objid::bigint::int - ${said}) filter (where ${saysLevel})`

/** What of a connection's level has been lowered. */
export interface Slowed {
  /** By this worker; absent where it has not, or has come back. */
  own: number | undefined
  /** By other workers. */
  others: number | undefined
  /** Whether others were asked for theirs since the connection was taken up. */
  isKnown: boolean
  /** Requests that went well since the level was last changed. */
  well: number
  changedAt: number
  /** The level whose lock is held. */
  says: number | undefined
}

interface Slots {
  readonly key: number
  readonly session: LockSession
  readonly target: number
  readonly inUse: number
  readonly slowed: Slowed
}

export const createSlowed = (): Slowed => ({ own: undefined, others: undefined, isKnown: false, well: 0, changedAt: 0, says: undefined })

/** Never more than the connection's own level. */
export const lowestLevel = (target: number, { own = target, others = target }: Slowed): number => Math.min(target, own, others)

export function slowDown(slots: Slots): void {
  change(slots, 1)
}

export function speedUp(slots: Slots): void {
  const { slowed, target } = slots
  if (slowed.own === undefined || ++slowed.well < slowed.own) return
  change(slots, slowed.own * 2 < target ? slowed.own * 2 : undefined)
}

function change(slots: Slots, own: number | undefined): void {
  Object.assign(slots.slowed, { own, well: 0, changedAt: performance.now() })
  sayLevel(slots)
}

/** Looked at twice a second: what others say, and whether what this one says still counts. */
export function hearLevel(slots: Slots, others: number | undefined): void {
  const { slowed } = slots
  slowed.others = others
  if (slowed.own !== undefined && slots.inUse === 0 && performance.now() - slowed.changedAt > forgetMs) slowed.own = undefined
  sayLevel(slots)
}

/** Where it fails, the session is given up, and every lock with it: it is said anew. */
function sayLevel({ key, session, slowed }: Slots): void {
  if (slowed.own === slowed.says || session.isClosed) return
  const { own, says } = slowed
  slowed.says = own
  if (own !== undefined) session.query('select pg_try_advisory_lock_shared($1, $2)', [key, said + own]).catch(() => undefined)
  if (says !== undefined) session.query('select pg_advisory_unlock_shared($1, $2)', [key, said + says]).catch(() => undefined)
}

/** What other workers have said, for one that begins with the connection. */
export async function askLevel({ key, session, slowed }: Slots): Promise<void> {
  const [heard] = await session.query<{ said: number | null }>(
    `select ${saidLevel} as said from pg_locks where locktype = 'advisory' and objsubid = 2 and classid::bigint::int = $1 and ${saysLevel}
     and pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database())`,
    [key],
  )
  slowed.others = heard?.said ?? undefined
  slowed.isKnown = true
}
