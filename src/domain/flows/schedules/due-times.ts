/**
 * When the schedules of a flow are looked at next, so that a minute costs what is due in it. The time that is kept is never later than the next one that
 * they name, and may be earlier; what changes a flow takes it away.
 */
import { findNotDueBefore, ScheduleError } from '../../rules/schedule.ts'
import type { DueTime, FlowToCheck } from '../../ports/jobs.ts'

const minuteMs = 60_000
/** Each flow is looked at within a day, though it runs once a month: a newer Node may know of other time zones. Milliseconds. */
const longestMs = 24 * 60 * minuteMs
/** Flows that were made together are looked at in minutes of their own, by this share of a day. Minutes. */
const spreadMinutes = 12 * 60

export interface Schedules {
  /** Those that the flow runs by. */
  readonly schedules: readonly string[]
  readonly flow: FlowToCheck
}

/**
 * `makeUpMs` is how long a minute may still come that was not carried out: what is due in one of them keeps its time until then, since later minutes come
 * meanwhile.
 */
export class DueTimes {
  readonly #minute: number
  readonly #makeUpMs: number
  readonly #known = new Map<string, number>()

  constructor(minute: Date, makeUpMs: number) {
    this.#minute = minute.getTime()
    this.#makeUpMs = makeUpMs
  }

  /** Undefined where the flow keeps the time that it has. */
  find({ schedules, flow }: Schedules): DueTime | undefined {
    const { envId, _id, version, notDueBefore } = flow
    const oldest = this.#minute - this.#makeUpMs
    if (notDueBefore !== undefined && notDueBefore < this.#minute && notDueBefore >= oldest) return undefined
    // One that was overdue may have minutes left that are made up for.
    const after = notDueBefore === undefined || notDueBefore < oldest ? oldest - 1 : this.#minute
    const latest = this.#minute + longestMs - (sum(_id) % spreadMinutes) * minuteMs
    const times = schedules.map((schedule) => this.#next(schedule, flow.timezone, after))
    return { envId, _id, version, notDueBefore: Math.min(latest, ...times) }
  }

  /** Many flows share few schedules. */
  #next(schedule: string, timezone: string | undefined, after: number): number {
    const key = `${after} ${timezone ?? ''} ${schedule}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const found = readable(() => findNotDueBefore(schedule, timezone, after, this.#minute + longestMs))
    this.#known.set(key, found)
    return found
  }
}

const sum = (id: string): number => Buffer.from(id).reduce((all, byte) => (all * 31 + byte) % 1_000_003, 0)

/** What cannot be read is never due. */
function readable(find: () => number): number {
  try {
    return find()
  } catch (error) {
    if (error instanceof ScheduleError) return Number.POSITIVE_INFINITY
    throw error
  }
}
