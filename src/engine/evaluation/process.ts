/** One process that evaluates, as the server sees it: takes a page at a time, hands on results as they come, and is ended where none comes in time. */
import { parseExact } from '../../domain/limits/exact-number.ts'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { getPriority, setPriority } from 'node:os'
import { basename, extname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Failure } from '../adaptor.ts'
import { heapMegabytes, largestLine, recordMs, slowMs, startMs } from './bounds.ts'
import { lineReader, type Asked, type Known, type WhatIsAsked } from './line-protocol.ts'
import { processorMs } from './processor-time.ts'
import type { Stage } from './stage.ts'

/** How much a process that takes long yields to the server: it gets a ninth of what the server gets. */
const nice = 10
/** Of what a process writes to stderr, kept to say why it could not start. Characters. */
const maxComplaint = 2_000
/** Stages that a process is thought to have. It says itself which it does not have any more. */
const maxKnown = 10_000

export interface Page {
  readonly key: string
  readonly stage: Stage
  readonly inputs: readonly unknown[]
  readonly parents: readonly unknown[]
  readonly known: Known
  /** Milliseconds that all of it may take, at most. */
  readonly mostMs: number
  /** As in `Asked`. */
  readonly oneByOne?: boolean
}

/** `tookMs` is how long the process was at it. */
export type Report = { readonly results: readonly unknown[]; readonly asked: WhatIsAsked; readonly tookMs: number } & (
  | { readonly end: 'done' }
  /** It took too long, or too much memory, at the result after the last one; or ahead of the first, at compiling. */
  | { readonly end: 'stopped'; readonly why: 'time' | 'gone'; readonly isCompiled: boolean }
  | { readonly end: 'failed'; readonly failure: Failure }
  | { readonly end: 'broken'; readonly message: string }
)

interface Running {
  readonly page: Page
  readonly results: unknown[]
  isCompiled: boolean
  isSlow: boolean
  /** It has a small share of the processor. */
  hasYielded: boolean
  /** What the process had had of a processor when it was last heard of, or was seen to be slow. Milliseconds. */
  had: number | undefined
  deadline: NodeJS.Timeout
  readonly began: number
  readonly latest: number
  patience: NodeJS.Timeout
  readonly done: (report: Report) => void
}

type Child = ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable }

const source = fileURLToPath(new URL('../../', import.meta.url))
/** Where Node looks for packages: beside the sources, or above them where several programs share them. */
const packages = (createRequire(import.meta.url).resolve.paths('typebox') ?? []).filter(
  (path) => basename(path) === 'node_modules' && existsSync(path),
)
/** What Node makes of the sources; not the server's own, since this one a process may write. A start takes a third of the time with it: 0.2 s of a processor. */
const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/sluice-evaluation', import.meta.url))

/** Nothing of the server's own settings reaches it. Node's permissions are a seat belt: what runs there is this program, and no code of users. */
function launch(): Child {
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${heapMegabytes}`,
      '--no-warnings',
      '--permission',
      `--allow-fs-read=${source}*`,
      ...packages.map((path) => `--allow-fs-read=${join(path, '*')}`),
      `--allow-fs-write=${compileCache}*`,
      fileURLToPath(new URL(`process-program${extname(import.meta.url)}`, import.meta.url)),
    ],
    { env: { TZ: 'UTC', NODE_COMPILE_CACHE: compileCache }, cwd: source, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true },
  ) as Child
  try {
    // Where memory is short it goes before the server does.
    if (child.pid !== undefined) writeFileSync(`/proc/${child.pid}/oom_score_adj`, '1000')
  } catch {
    // There is no such thing on this system.
  }
  return child
}

/** In pages of 4 KB, the second word; nothing where the system does not tell. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4096
  } catch {
    return 0
  }
}

export class EvaluatingProcess {
  state: 'starting' | 'idle' | 'busy' | 'gone' = 'starting'
  readonly #child: Child
  readonly #tiredBytes: number
  readonly #onChange: (process: EvaluatingProcess) => void
  readonly #start: NodeJS.Timeout
  readonly #stages = new Set<string>()
  #running: Running | undefined
  #complaint = ''

  /** `onChange` is called whenever it has become idle or is gone. Above `tiredBytes` it ends with its page. */
  constructor(tiredBytes: number, onChange: (process: EvaluatingProcess) => void) {
    this.#tiredBytes = tiredBytes
    this.#onChange = onChange
    this.#child = launch()
    this.#start = setTimeout(() => this.kill(), startMs)
    const read = lineReader(largestLine, (line) => this.#take(line))
    this.#child.stdout.on('data', (chunk: Buffer) => {
      try {
        read(chunk)
      } catch {
        this.kill()
      }
    })
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#complaint = (this.#complaint + String(chunk)).slice(-maxComplaint)))
    this.#child.on('error', (error) => {
      this.#complaint ||= error.message
      this.#gone()
    })
    this.#child.on('close', () => this.#gone())
    this.#child.stdin.on('error', () => undefined)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get complaint(): string {
    return this.#complaint
  }

  run(page: Page): Promise<Report> {
    return new Promise((done) => {
      this.state = 'busy'
      const patience = this.#patience()
      const began = performance.now()
      const latest = began + page.mostMs
      this.#running = {
        page,
        results: [],
        isCompiled: false,
        isSlow: false,
        hasYielded: false,
        had: undefined,
        deadline: this.#deadline(latest),
        began,
        latest,
        patience,
        done,
      }
      this.#send(page, !this.#stages.has(page.key))
    })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #deadline(latest: number, mostMs = recordMs): NodeJS.Timeout {
    return setTimeout(() => this.#judge(), Math.max(1, Math.min(mostMs, latest - performance.now())))
  }

  /** What a busy machine kept from it is no time that it took: it has what is left, up to half the time of its page, so that the records after it have theirs. */
  #judge(): void {
    const running = this.#running
    const has = processorMs(this.#child.pid)
    const left = running?.had === undefined || has === undefined ? 0 : recordMs - (has - running.had)
    const half = running ? (running.began + running.latest) / 2 : 0
    if (running && left > slowMs && performance.now() < half) {
      this.#share(false)
      running.deadline = this.#deadline(half, left)
      return
    }
    this.#finish('time')
    this.kill()
  }

  #send({ key, stage, inputs, parents, known, oneByOne }: Page, withStage: boolean): void {
    if (this.#stages.size > maxKnown) this.#stages.clear()
    this.#stages.add(key)
    this.#child.stdin.write(
      `${JSON.stringify({ key, ...(withStage && { stage }), inputs, parents, known, ...(oneByOne && { oneByOne }) } satisfies Asked)}\n`,
    )
  }

  #take(line: string): void {
    if (this.state === 'starting') return this.#idle()
    const running = this.#running
    if (!running) return this.kill()
    const letter = line[0]
    const said = (): unknown => parseExact(line.slice(1))
    clearTimeout(running.deadline)
    if (letter === 'D') return this.#end({ end: 'done', results: running.results, asked: said() as WhatIsAsked, tookMs: 0 })
    if (letter === 'F') {
      this.#stages.delete(running.page.key)
      return this.#end({ end: 'failed', failure: said() as Failure, results: [], asked: [], tookMs: 0 })
    }
    if (letter === 'B') return this.#end({ end: 'broken', message: String(said()), results: [], asked: [], tookMs: 0 })
    running.deadline = this.#deadline(running.latest)
    // Asking costs some 30 µs, so it is asked only where something has taken long.
    if (running.isSlow) running.had = processorMs(this.#child.pid)
    if (letter === 'C') running.isCompiled = true
    else if (letter === 'R') for (const result of said() as unknown[]) running.results.push(result)
    else if (letter === 'N') this.#send(running.page, true)
  }

  /** `had` is what it had had of the processor when it was first seen to be slow, in milliseconds. */
  #patience(had?: number): NodeJS.Timeout {
    return setTimeout(() => this.#lookHowSlow(had), slowMs)
  }

  /** One that is kept from the processor is not slow: with a small share it would be kept from it until its time is over. */
  #lookHowSlow(had?: number): void {
    const running = this.#running
    if (!running) return
    const has = processorMs(this.#child.pid)
    if (!running.isSlow) {
      running.isSlow = true
      running.had = has
    }
    if (has === undefined || (had !== undefined && has - had >= slowMs)) running.hasYielded = this.#share(true)
    else running.patience = this.#patience(had ?? has)
  }

  /** Its own share of the processor, or a small one. Only root can give back what it took, so elsewhere a process that was slow is not used again. */
  #share(isSmall: boolean): boolean {
    try {
      setPriority(this.#child.pid as number, Math.min(19, getPriority() + (isSmall ? nice : 0)))
      return true
    } catch {
      return false
    }
  }

  #end(report: Report): void {
    const isTired = (this.#running?.hasYielded === true && !this.#share(false)) || residentBytes(this.#child.pid) > this.#tiredBytes
    this.#settle(report)
    if (isTired) this.kill()
    else this.#idle()
  }

  #finish(why: 'time' | 'gone'): void {
    const { isCompiled = false, results = [] } = this.#running ?? {}
    this.#settle({ end: 'stopped', why, isCompiled, results, asked: [], tookMs: 0 })
  }

  #settle(report: Report): void {
    const ended = this.#running
    this.#running = undefined
    clearTimeout(ended?.deadline)
    clearTimeout(ended?.patience)
    ended?.done({ ...report, tookMs: performance.now() - ended.began })
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
    this.#finish('gone')
    this.#onChange(this)
  }
}
