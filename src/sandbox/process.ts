/** One process that runs scripts, as its parent sees it: takes one call at a time, and is killed where a call does not end in time. Nothing that it sends is believed. */
import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { parseBounded } from '../domain/limits/parse-json.ts'
import type { LogLine, ScriptApi } from '../domain/ports/scripts.ts'
import * as bounds from './bounds.ts'
import { encodeFrame, frameReader, type Frame } from './pipe-protocol.ts'
import { launch } from './launch.ts'
import { moduleTexts } from './modules.ts'
import { setYielding } from './os-isolation.ts'

/** How long a process may take to start; on a machine that is busy it takes a second. Milliseconds. */
const startMs = 30_000
const maxFrame = bounds.maxResult * 4 + 1024 * 1024
/** Bytes of what a process writes to stderr that are kept: why it could not start. */
const maxComplaint = 2000

export interface Job {
  readonly accountId: string
  readonly envId: string
  readonly hash: string
  readonly scriptName: string
  readonly source: string
  readonly functionName: string
  readonly each: boolean
  readonly options: string
  readonly runMs: number
  readonly totalMs: number
  readonly api: ScriptApi
  readonly log: ((line: LogLine) => void) | undefined
}

/** Is told when a call begins and ends to wait for integrator-api. */
type OnWait = (isWaiting: boolean) => void

export type Report =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'time' | 'total' | 'memory' | 'gone' }
  | { readonly kind: 'broken'; readonly message: string; readonly stack: string }

interface Running {
  readonly job: Job
  readonly onWait: OnWait
  apiCalls: number
  /** Ends the process when the script's own time is over and the process did not say so. */
  deadline: NodeJS.Timeout | undefined
  /** Makes it yield to the server: most scripts are over by then, and wait for nobody. */
  patience: NodeJS.Timeout | undefined
  isSlow: boolean
  left: number
  since: number
  readonly total: NodeJS.Timeout
  readonly done: (report: Report) => void
}

type Child = ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable }

export class ScriptProcess {
  /** `ending` is one that was killed and is not gone yet: it takes no call. */
  state: 'starting' | 'idle' | 'busy' | 'ending' | 'gone' = 'starting'
  /** The environments that have an isolate in it, as far as can be told. */
  readonly environments = new Set<string>()
  readonly #child: Child
  readonly #onChange: (process: ScriptProcess) => void
  readonly #start: NodeJS.Timeout
  #running: Running | undefined
  #complaint = ''

  /** `onChange` is called whenever it has become idle or is gone. */
  constructor(onChange: (process: ScriptProcess) => void) {
    this.#onChange = onChange
    this.#child = launch() as Child
    this.#start = setTimeout(() => this.kill(), startMs)
    this.#listen()
    this.#send({ kind: 'modules' }, moduleTexts())
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** What it wrote to stderr: where it could not even start, that says why. */
  get complaint(): string {
    return this.#complaint
  }

  /** `done` is told before the process counts as idle or gone, so that whoever is next can have the place of this call. */
  run(job: Job, onWait: OnWait, done: (report: Report) => void): void {
    this.state = 'busy'
    const total = setTimeout(() => this.#giveUp({ kind: 'total' }), job.totalMs)
    const timers = { deadline: undefined, patience: undefined, left: job.runMs, since: 0, total }
    this.#running = { job, onWait, apiCalls: 0, isSlow: false, ...timers, done }
    this.#count(this.#running)
    this.#sendCall(job, false)
  }

  kill(): void {
    if (this.state === 'idle') this.state = 'ending'
    this.#child.kill('SIGKILL')
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#child
    const read = frameReader(maxFrame)
    stdout.on('data', (chunk: Buffer) => {
      try {
        for (const frame of read(chunk)) this.#take(frame)
      } catch {
        // It says what no process of ours says: whoever speaks there has got out of the isolate.
        this.kill()
      }
    })
    stderr.on('data', (chunk: Buffer) => (this.#complaint = (this.#complaint + String(chunk)).slice(-maxComplaint)))
    this.#child.on('error', (error) => {
      this.#complaint ||= error.message
      this.#gone()
    })
    this.#child.on('close', () => this.#gone())
    // Its other end is gone: `close` says so too.
    stdin.on('error', () => undefined)
  }

  #send(head: object, body?: string): void {
    this.#child.stdin.write(encodeFrame(head, body))
  }

  #sendCall({ envId, hash, scriptName, functionName, each, runMs, source, options, log }: Job, withSource: boolean): void {
    const head = { kind: 'call', envId, script: { hash, name: scriptName }, functionName, each, listens: log !== undefined, runMs }
    this.#send({ ...head, withSource: withSource ? source.length : 0 }, withSource ? source + options : options)
  }

  #take({ head, body }: Frame): void {
    if (this.state === 'starting' && head['kind'] === 'ready') return this.#idle()
    const running = this.#running
    if (!running) return this.kill()
    if (head['kind'] === 'api') return void this.#answerApi(running, head['n'], String(head['name']), body)
    if (head['kind'] === 'log') return running.job.log?.({ level: levelOf(head['level']), message: shownLine(body) })
    if (head['kind'] === 'source-needed') return this.#sendCall(running.job, true)
    const report = reportOf(head, body)
    const isTired = head['isTired'] !== false || (running.isSlow && !setYielding(this.#child.pid as number, false))
    if (isTired) return this.#giveUp(report)
    this.environments.add(running.job.envId)
    this.#finish(report)
    this.#idle()
  }

  async #answerApi(of: Running, n: unknown, name: string, body: string): Promise<void> {
    this.#stop(of)
    of.left -= performance.now() - of.since
    of.onWait(true)
    const isTooOften = ++of.apiCalls > bounds.maxApiCalls
    const answer = isTooOften ? refusal('integrator-api was called too often.') : await answered(of.job.api, name, body)
    if (this.#running !== of) return
    of.onWait(false)
    this.#send({ kind: 'api', n }, answer)
    this.#count(of)
  }

  #count(of: Running): void {
    of.since = performance.now()
    of.deadline = setTimeout(() => this.#giveUp({ kind: 'time' }), of.left + bounds.graceMs)
    of.patience = setTimeout(() => {
      of.isSlow = true
      setYielding(this.#child.pid as number, true)
    }, bounds.slowMs)
  }

  #stop(of: Running): void {
    clearTimeout(of.deadline)
    clearTimeout(of.patience)
  }

  #finish(report: Report): void {
    const ended = this.#running
    this.#running = undefined
    if (ended) this.#stop(ended)
    clearTimeout(ended?.total)
    ended?.done(report)
  }

  #giveUp(report: Report): void {
    this.#finish(report)
    this.kill()
  }

  #idle(): void {
    clearTimeout(this.#start)
    this.state = 'idle'
    this.#onChange(this)
  }

  #gone(): void {
    if (this.state === 'gone') return
    this.state = 'gone'
    clearTimeout(this.#start)
    this.#finish({ kind: 'gone' })
    this.#onChange(this)
  }
}

const refusal = (message: string, code?: string): string => JSON.stringify({ error: { message, ...(code !== undefined && { code }) } })

async function answered(api: ScriptApi, name: string, body: string): Promise<string> {
  try {
    const args = parseBounded(body)
    const text = JSON.stringify({ value: await api(name, Array.isArray(args) ? args : []) })
    return text.length > bounds.maxOptions ? refusal(`${name} answered more than ${bounds.maxOptions / 1024 / 1024} MB.`) : text
  } catch (error) {
    const { message, problems, code } = error as Error & { problems?: readonly { code: string }[]; code?: unknown }
    return refusal(message, problems?.[0]?.code ?? (typeof code === 'string' ? code : undefined))
  }
}

const levels: readonly LogLine['level'][] = ['debug', 'info', 'warn', 'error']
const levelOf = (level: unknown): LogLine['level'] => levels.find((each) => each === level) ?? 'info'

/** The frames of a stack that are not the script's are nobody's business. */
const shownLine = (text: string): string => text.slice(0, bounds.maxLogLine).replaceAll(/\n\s+at (?:[^\n(]*\()?sluice:[^\n]*/g, '')

function reportOf(head: Frame['head'], body: string): Report {
  if (head['kind'] === 'answer') return { kind: 'answer', text: body }
  if (head['kind'] === 'time' || head['kind'] === 'memory') return { kind: head['kind'] }
  if (head['kind'] !== 'broken') throw new Error('not a report')
  return {
    kind: 'broken',
    message: String(head['message']).slice(0, bounds.maxMessage),
    stack: String(head['stack']).slice(0, bounds.maxStack),
  }
}
