/** What was acknowledged, and what has come through; after each fault the two are compared. */
import { setTimeout as pause } from 'node:timers/promises'

export const records = 600
export const pageSize = 10
export const pagesInFlight = 4
/** After a fault, an event waits for a run and the run for a worker. Later ones are told of, with where they are. Milliseconds. */
const lateMs = 180_000
const lookMs = 250

interface Acknowledged {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Of an event: when it came through its flow. */
  arrivedAt?: number
}

export interface Run {
  readonly flow: string
  readonly number: number
  readonly jobId: string
  readonly status: string
  readonly numSuccess: number
}

export interface Comparison {
  /** Acknowledged since the comparison before. */
  readonly writes: number
  readonly events: number
  readonly runs: number
  /** From an event's acknowledgement until it came through, of the slowest one. Seconds. */
  readonly slowestEvent: number
  /** Records and events that were sent more than once, as promised of pages in flight. */
  readonly twice: number
  /** What is missing or too much, in words; nothing where all is well. */
  readonly wrong: readonly string[]
}

export type Ask = (text: string) => Promise<readonly Record<string, unknown>[]>

export class Ledger {
  readonly #writes = new Map<string, Acknowledged>()
  readonly #events = new Map<number, Acknowledged>()
  /** Of writes and events before the comparison at hand. */
  readonly #counted = { writes: 0, events: 0 }
  readonly #lost = new Set<string>()
  #ended: Run[] = []
  /** Runs that were asked for and have not ended, as flow and number. */
  readonly #open = new Set<string>()
  /** What each sink took, by its name and the id, and how often. */
  readonly #taken = new Map<string, number>()
  #eventsTwice = 0
  #unexpected: string[] = []
  #eventFlow = ''

  /** Its runs may send again what was in flight. */
  setEventFlow(_id: string): void {
    this.#eventFlow = _id
  }

  acknowledgeWrite(_id: string): void {
    this.#writes.set(_id, { at: Date.now() })
  }

  acknowledgeEvent(id: number): void {
    this.#events.set(id, { at: Date.now(), ...(this.#taken.has(`events/${id}`) && { arrivedAt: Date.now() }) })
  }

  beginRun(flow: string, number: number): void {
    this.#open.add(`${flow}/${number}`)
  }

  endRun(run: Run): void {
    this.#open.delete(`${run.flow}/${run.number}`)
    this.#ended.push(run)
  }

  take(sink: string, id: string | number): void {
    const key = `${sink}/${id}`
    const times = this.#taken.get(key) ?? 0
    this.#taken.set(key, times + 1)
    if (sink !== 'events') return
    if (times > 0) this.#eventsTwice += 1
    const event = this.#events.get(Number(id))
    if (event) event.arrivedAt ??= Date.now()
  }

  /** An answer that says neither «done» nor «come again». */
  noteUnexpected(what: string): void {
    this.#unexpected.push(what)
  }

  /** Waits for what was acknowledged so far, within bounds. `ask` asks the primary. */
  async compare(ask: Ask): Promise<Comparison> {
    const [writes, events] = [[...this.#writes.keys()], [...this.#events.keys()]]
    const open = [...this.#open]
    const isWaiting = (): boolean =>
      open.some((run) => this.#open.has(run)) ||
      events.some((id) => this.#events.get(id)?.arrivedAt === undefined && !this.#lost.has(`${id}`))
    for (const end = Date.now() + lateMs; isWaiting() && Date.now() < end;) await pause(lookMs)
    // A request of a worker that has lost its run may still be under way.
    await pause(2000)
    const runs = this.#ended
    this.#ended = []
    const wrong = this.#unexpected.splice(0).slice(0, 20)
    for (const run of open.filter((each) => this.#open.has(each)))
      wrong.push(`the run ${run} has not ended ${lateMs / 1000} s after the fault`)
    wrong.push(...(await this.#findLostWrites(ask, writes)), ...(await this.#findLateEvents(ask, events)))
    let twice = 0
    for (const run of runs) {
      const [row] = await ask(`select epoch from sluice.jobs where _id = '${run.jobId}'`)
      const { more, sentences } = this.#checkRun(run, (Number(row?.['epoch']) - 1) * pagesInFlight * pageSize)
      twice += more
      wrong.push(...sentences)
    }
    const eventsTwice = this.#eventsTwice
    this.#eventsTwice = 0
    const [again] = await ask(
      `select coalesce(sum(epoch - 1), 0) as n from sluice.jobs where _flow_id = '${this.#eventFlow}' and _flow_job_id is null and epoch > 1`,
    )
    const allowed = (Number(again?.['n']) + 1) * pagesInFlight * pageSize
    if (eventsTwice > allowed) wrong.push(`${eventsTwice} events were sent twice, and ${allowed} may be`)
    const slowest = events.slice(this.#counted.events).map((id) => {
      const { at, arrivedAt = Date.now() } = this.#events.get(id) as Acknowledged
      return arrivedAt - at
    })
    const told = {
      writes: writes.length - this.#counted.writes,
      events: events.length - this.#counted.events,
      runs: runs.length,
      slowestEvent: Math.max(0, ...slowest) / 1000,
      twice: twice + eventsTwice,
      wrong,
    }
    Object.assign(this.#counted, { writes: writes.length, events: events.length })
    return told
  }

  async #findLostWrites(ask: Ask, writes: readonly string[]): Promise<string[]> {
    const found = new Set((await ask(`select _id from sluice.documents where collection = 'scripts'`)).map(({ _id }) => _id))
    const lost = writes.filter((_id) => !found.has(_id) && !this.#lost.has(_id))
    for (const _id of lost) this.#lost.add(_id)
    return lost.map((_id) => `the write ${_id}, acknowledged at ${told(this.#writes.get(_id))}, is lost`)
  }

  async #findLateEvents(ask: Ask, events: readonly number[]): Promise<string[]> {
    const late = events.filter((id) => this.#events.get(id)?.arrivedAt === undefined && !this.#lost.has(`${id}`))
    if (late.length === 0) return []
    const rows = await ask(`select records from sluice.webhook_events`)
    const waiting = new Set(rows.flatMap((row) => (JSON.parse(String(row['records'])) as { id: number }[]).map(({ id }) => id)))
    const queues = await ask(
      `select q.*, j.status, j.epoch, j.ended_at from sluice.webhook_queues q left join sluice.jobs j on j._id = q.job_id`,
    )
    const tell = (id: number): string => {
      const where = waiting.has(id) ? 'waits in the database' : 'is lost: neither in the database nor with the application'
      return `the event ${id}, acknowledged at ${told(this.#events.get(id))}, ${where}`
    }
    for (const id of late) if (!waiting.has(id)) this.#lost.add(`${id}`)
    return [...late.map(tell), `the queue of the events: ${JSON.stringify(queues)}`]
  }

  #checkRun(run: Run, allowed: number): { readonly more: number; readonly sentences: readonly string[] } {
    const counts = Array.from({ length: records }, (_, n) => this.#taken.get(`${run.flow}/${run.number}-${n}`) ?? 0)
    const never = counts.filter((count) => count === 0).length
    const more = counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0)
    for (let n = 0; n < records; n++) this.#taken.delete(`${run.flow}/${run.number}-${n}`)
    const isDone = run.status === 'completed' && run.numSuccess === records
    const sentences = [
      ...(isDone ? [] : [`the run ${run.jobId} ended as ${run.status} with ${run.numSuccess} records`]),
      ...(never > 0 ? [`${never} records of the run ${run.jobId} were not sent`] : []),
      ...(more > allowed ? [`the run ${run.jobId} sent ${more} records twice, and ${allowed} may be`] : []),
    ]
    return { more, sentences }
  }
}

const told = (each: Acknowledged | undefined): string => new Date(each?.at ?? 0).toISOString()
