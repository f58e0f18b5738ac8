/** The slots of one connection as one worker has them: held by session locks, handed to its own requests in the order of asking. */
import type { LockSession } from './lock-session.ts'
import { askLevel, createSlowed, lowestLevel, type Slowed } from './slowed-level.ts'
import { WaitingLine } from './waiting-line.ts'

/** How often a worker without a slot asks for one, and one that has too few for more. Milliseconds. */
const askMs = 50
const askMoreMs = 250
/** How long a worker that gave slots to another one stays back, so that it is not the first to ask for them again: with none left, and with some. Milliseconds. */
const stayBackMs = 2 * askMs + 50
const stayBackFromMoreMs = askMoreMs + 50
/** The lock that says «I wait and have none», held shared. Slots count up from 0 and never get here. */
export const waiting = 2 ** 31 - 1

export interface Slots {
  readonly key: number
  readonly session: LockSession
  /** What the connection allows. */
  target: number
  /** What its application takes at the moment. */
  level: number
  readonly slowed: Slowed
  recovers: boolean
  /** The slots whose lock this worker has. */
  held: number[]
  /** How many of them are at work, or promised to a waiter. More than are held only after the locks were lost. */
  inUse: number
  /** How many go back as soon as their work is done: others wait. */
  owed: number
  readonly waiters: WaitingLine
  asking: boolean
  saysWaiting: boolean
  backUntil: number
}

export const createSlots = (key: number, session: LockSession): Slots => ({
  key,
  session,
  target: 1,
  level: 1,
  slowed: createSlowed(),
  recovers: false,
  held: [],
  inUse: 0,
  owed: 0,
  waiters: new WaitingLine(),
  asking: false,
  saysWaiting: false,
  backUntil: 0,
})

/** Whoever waits goes on where there may be more at once now. */
export function setLevel(slots: Slots, target: number): void {
  slots.target = target
  const level = lowestLevel(target, slots.slowed)
  if (level === slots.level) return
  slots.level = level
  wake(slots)
  if (slots.waiters.length > 0) void askForSlot(slots)
}

/** Resolves when a slot is promised, in the order of asking; rejects with the signal's reason when that comes first. Undefined where one is free now. */
export function enter(slots: Slots, signal: AbortSignal, yields?: () => Promise<void> | undefined): Promise<void> | undefined {
  signal.throwIfAborted()
  if (hasFree(slots) && slots.waiters.length === 0) {
    slots.inUse += 1
    return undefined
  }
  return new Promise<void>((resolve, reject) => {
    const begin = (): void => {
      signal.removeEventListener('abort', giveUp)
      resolve()
    }
    const giveUp = (): void => {
      slots.waiters.remove(begin)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    slots.waiters.add(begin, yields?.())
    void askForSlot(slots)
  })
}

export function leave(slots: Slots): void {
  slots.inUse -= 1
  if (slots.owed > 0) slots.owed -= giveToOthers(slots, 1)
  wake(slots)
  if (slots.waiters.length > 0) void askForSlot(slots)
}

/** The session with all locks is gone. What is at work goes on; what waits asks anew. */
export function loseSession(slots: Slots): void {
  Object.assign(slots, { held: [], owed: 0, saysWaiting: false })
  slots.slowed.says = undefined
  if (slots.waiters.length > 0) void askForSlot(slots)
}

/** Workers besides this one: those that wait and have no slot, and those that have some. */
export interface Others {
  readonly waiting: number
  readonly holding: number
}

/** Gives back what is not used, and what is more than the fair share where others wait. */
export function giveUpSlots(slots: Slots, { waiting, holding }: Others): void {
  // All workers count from 0, so those beyond the level are nobody's any more.
  const beyond = slots.held.filter((slot) => slot >= slots.level).length
  if (beyond > 0) slots.owed = Math.max(slots.owed, beyond - giveBack(slots, beyond))
  const unused = slots.held.length - slots.inUse - slots.waiters.length
  if (waiting > 0) {
    // Of all who have or want some: with the shares of those who wait alone, two that have half of the level each would give nothing to a third.
    const share = Math.floor(slots.level / (waiting + holding + 1))
    const surplus = Math.max(slots.held.length - share, unused)
    // What is owed stays owed: others stop saying that they wait with the first slot they get.
    if (surplus > 0) slots.owed = Math.max(slots.owed, surplus - giveToOthers(slots, surplus))
  } else {
    giveBack(slots, Math.max(slots.held.length - slots.level, unused))
  }
  slots.owed = Math.min(slots.owed, slots.inUse)
}

export const isIdle = ({ inUse, held, waiters, asking, saysWaiting, slowed }: Slots): boolean =>
  slowed.own === undefined && inUse === 0 && held.length === 0 && waiters.length === 0 && !asking && !saysWaiting

/** A level that was lowered holds at once for what begins from then on. */
const hasFree = (slots: Slots): boolean => slots.inUse < Math.min(slots.held.length, slots.level)

function wake(slots: Slots): void {
  while (hasFree(slots) && slots.waiters.length > 0) {
    slots.inUse += 1
    slots.waiters.take()?.()
  }
}

/** Asks until every waiter has a slot or the worker holds the whole level. */
async function askForSlot(slots: Slots): Promise<void> {
  if (slots.asking) return
  slots.asking = true
  while (!slots.session.isClosed && slots.waiters.length > 0 && slots.held.length < slots.level) {
    // A database that is away for a moment must not fail the waiters: they wait on, as long as their own signals let them.
    if (performance.now() >= slots.backUntil) await takeSlot(slots).catch(() => undefined)
    wake(slots)
    if (slots.waiters.length > 0) await new Promise((resolve) => setTimeout(resolve, slots.held.length > 0 ? askMoreMs : askMs))
  }
  slots.asking = false
  sayWaiting(slots, false)
}

/** The slots that are held are left out before any lock is tried: PostgreSQL would grant them again, and would want them unlocked twice. */
async function takeSlot(slots: Slots): Promise<void> {
  if (slots.recovers && !slots.slowed.isKnown) {
    await askLevel(slots)
    slots.level = lowestLevel(slots.target, slots.slowed)
  }
  const rows = await slots.session.query<{ slot: number }>(
    `with free as materialized (select slot from generate_series(0, $2::int - 1) slot where slot <> all($3::int[]))
     select slot from free where pg_try_advisory_lock($1, slot)`,
    [slots.key, slots.level, [...slots.held]],
  )
  slots.held.push(...rows.map(({ slot }) => slot))
  sayWaiting(slots, slots.held.length === 0)
}

function sayWaiting(slots: Slots, isWaiting: boolean): void {
  if (slots.saysWaiting === isWaiting || slots.session.isClosed) return
  slots.saysWaiting = isWaiting
  const text = isWaiting ? `select pg_try_advisory_lock_shared($1, $2)` : `select pg_advisory_unlock_shared($1, $2)`
  slots.session.query(text, [slots.key, waiting]).catch(() => undefined)
}

/** At most those that are not at work. Where it fails, the session is given up, and every lock with it. */
function giveBack(slots: Slots, number: number): number {
  slots.held.sort((a, b) => b - a)
  const given = slots.held.splice(0, Math.max(0, Math.min(number, slots.held.length - slots.inUse)))
  if (given.length > 0)
    slots.session.query(`select pg_advisory_unlock($1, slot) from unnest($2::int[]) slot`, [slots.key, given]).catch(() => undefined)
  return given.length
}

function giveToOthers(slots: Slots, number: number): number {
  const given = giveBack(slots, number)
  if (given > 0) slots.backUntil = performance.now() + (slots.held.length === 0 ? stayBackMs : stayBackFromMoreMs)
  return given
}
