/** Writes down what stages make of the records of a run, as much as its flow says (`logging`): masked, in batches beside the commits of its pages. */
import { addLogEntries, type LogEntry } from '../../domain/flows/execution-logs.ts'
import type { World } from '../../domain/context.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import type { Run } from '../adaptor.ts'
import type { Exchange } from '../exchange.ts'
import { Recorder, type Note, type NoteTaker, type RecordedStep, type Subject } from './recorder.ts'
import { maskText, tellExchange, tellValue } from './tell-exchange.ts'

/** How long entries are gathered before they are written together. Milliseconds. */
const gatherMs = 300
/** Entries that wait to be written; those of a run, and the characters of their data. What is beyond is left out, and an entry says how much. */
const most = { waiting: 5000, entries: 200_000, characters: 50 * 1024 * 1024 } as const
/** Characters of what goes into a stage, of what comes out, and of a body. */
const longest = 16 * 1024
/** How soon a change of what is recorded is seen by the stages of a run that is under way. Milliseconds. */
const lookMs = 2000

type Logging = NonNullable<NonNullable<Run['flow']>['logging']>
type Mode = 'basic' | 'detailed' | 'debug'

/** What the flow says, at the moment. */
interface Wanted {
  /** Absent where runs of the flow are not recorded. */
  readonly mode: Mode | undefined
  /** Everything is recorded until then. Milliseconds since 1970. */
  readonly debugUntil: number
}

const readLogging = ({ mode, debugUntil }: Logging = {}): Wanted => ({
  mode: mode as Mode | undefined,
  debugUntil: debugUntil === undefined ? 0 : Date.parse(debugUntil),
})

interface Waiting extends Omit<LogEntry, 'groupId' | 'recordId'> {
  readonly subject: Subject | undefined
}

export class ExecutionLog implements NoteTaker {
  readonly #world: Pick<World, 'store' | 'vault' | 'log' | 'now' | 'newId'>
  readonly #envId: string
  readonly #of: { readonly flowId: string; readonly jobId: string }
  #wanted: Wanted = readLogging()
  #lookAt = 0
  #redact: Redact | undefined
  #waiting: Waiting[] = []
  #writing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #leftOut = { count: 0, stepId: '' }
  #left = { entries: most.entries as number, characters: most.characters as number }

  constructor(
    world: Pick<World, 'store' | 'vault' | 'log' | 'now' | 'newId'>,
    envId: string,
    of: { readonly flowId: string; readonly jobId: string },
  ) {
    this.#world = world
    this.#envId = envId
    this.#of = of
  }

  /** As the flow says it when the run begins, and as somebody changes it while it is under way. */
  recorder(logging: Logging | undefined, redact: Redact): Recorder {
    this.#wanted = readLogging(logging)
    this.#lookAt = Date.now() + lookMs
    this.#redact = redact
    return new Recorder(this, this.#world.newId)
  }

  isOn(): boolean {
    if (Date.now() >= this.#lookAt) void this.#look()
    return this.#mode() !== undefined
  }

  /** Without `debugUntil` ahead `debug` records what `detailed` does. */
  #mode(): Mode | undefined {
    const { mode, debugUntil } = this.#wanted
    if (debugUntil > 0 && debugUntil > this.#world.now().getTime()) return 'debug'
    return mode === 'debug' ? 'detailed' : mode
  }

  /** Only while records are on their way: without them there is nothing to record. */
  async #look(): Promise<void> {
    this.#lookAt = Number.POSITIVE_INFINITY
    try {
      this.#wanted = readLogging((await this.#world.store.executionLogs.readLogging(this.#envId, this.#of.flowId)) as Logging | undefined)
    } catch {
      // While the database is away it is as it was.
    }
    this.#lookAt = Date.now() + lookMs
  }

  note(step: RecordedStep, { stage, subject, input, output, errors }: Note): void {
    const failed = errors.length > 0
    const mode = this.#mode()
    if (!mode || (mode === 'basic' && stage !== 'apiCall' && !failed)) return
    const told = failed && { errors: errors.map(({ source, code, message }) => ({ source, code, message: this.#mask(message) })) }
    const data = mode === 'basic' ? told : { input: this.#tell(input), output: this.#tell(output), ...told }
    this.#add(step, stage, subject, failed, data || undefined)
  }

  exchanged(step: RecordedStep, subjects: readonly Subject[], exchange: Exchange): void {
    if (this.#mode() !== 'debug') return
    const told = tellExchange(exchange, this.#redact as Redact, longest)
    const { request, response, error } = told
    const failed = error !== undefined || (response?.status ?? 0) >= 400
    const data = { request, ...(response && { response }), ...(error && { errors: [{ source: 'connection', ...error }] }) }
    for (const subject of subjects.length > 0 ? subjects : [undefined]) this.#add(step, 'apiCall', subject, failed, data)
  }

  #mask(text: string): string {
    return maskText(text, this.#redact as Redact, longest)
  }

  /** As JSON where it fits, else the beginning of its text. */
  #tell(value: unknown): unknown {
    return value === undefined ? undefined : tellValue(this.#mask(JSON.stringify(value) ?? 'null'))
  }

  #add({ stepId }: RecordedStep, stage: string, subject: Subject | undefined, failed: boolean, data: object | undefined): void {
    if (this.#left.entries <= 0 || this.#waiting.length >= most.waiting) {
      this.#leftOut = { count: this.#leftOut.count + 1, stepId }
      return
    }
    const fits = this.#left.characters > 0
    if (data && fits) this.#left.characters -= JSON.stringify(data).length
    this.#left.entries--
    const at = this.#world.now().toISOString()
    this.#waiting.push({ at, stepId, stage, subject, status: failed ? 'error' : 'success', ...(data && fits && { data }) })
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs)
  }

  #tellLeftOut(): LogEntry | undefined {
    const { count, stepId } = this.#leftOut
    this.#leftOut = { count: 0, stepId: '' }
    if (count === 0) return undefined
    const message = `${count.toLocaleString('en')} entries were left out: they came faster than they are written, or the log of the run is full.`
    const errors = [{ source: 'internal', code: 'log_entries_left_out', message }]
    return {
      at: this.#world.now().toISOString(),
      stepId,
      stage: 'executionLog',
      status: 'error',
      groupId: '',
      recordId: '',
      data: { errors },
    }
  }

  /** Writes what waits. The trace key of a record is known by now. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = this.#waiting.map(({ subject, ...entry }): LogEntry => ({
      ...entry,
      groupId: subject?.groupId ?? '',
      recordId: subject?.recordId ?? '',
      ...(subject && { oIndex: subject.index }),
      ...(subject?.traceKey !== undefined && { traceKey: subject.traceKey }),
    }))
    this.#waiting = []
    const leftOut = this.#tellLeftOut()
    if (leftOut) entries.push(leftOut)
    if (entries.length > 0)
      this.#writing = this.#writing.then(() =>
        addLogEntries(this.#world, this.#envId, this.#of, entries).catch((error: unknown) =>
          this.#world.log.warn({ err: error, jobId: this.#of.jobId }, 'the execution log of a run could not be written'),
        ),
      )
    return this.#writing
  }
}
