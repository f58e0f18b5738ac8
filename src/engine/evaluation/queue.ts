/** Who gets a process, and when: accounts take turns, and none of them has all processes. */
import { availableParallelism } from 'node:os'
import type { Log } from '../../domain/context.ts'
import { idleMs, maxWaiting, queueMs, tiredBytes } from './bounds.ts'
import { EvaluatingProcess, type Page, type Report } from './process.ts'

/** At least two, so that one that is stuck leaves another; more than the machine has cores would only take turns. */
const size = Math.min(8, Math.max(2, availableParallelism()))

export type Turn = Report | 'full' | 'late'

interface Waiting {
  readonly page: Page
  readonly done: (turn: Turn) => void
}

/** When a process is ended although nothing is wrong with it. */
export interface ProcessLimits {
  readonly idleMs: number
  readonly tiredBytes: number
}

export class Queue {
  readonly #log: Log
  readonly #processes = new Set<EvaluatingProcess>()
  readonly #idle = new Map<EvaluatingProcess, NodeJS.Timeout>()
  /** By account, in the order of their turns: whoever had one goes to the end. */
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #busy = new Map<string, number>()
  #isClosed = false

  readonly #limits: ProcessLimits

  constructor(log: Log, limits: ProcessLimits = { idleMs, tiredBytes }) {
    this.#log = log
    this.#limits = limits
  }

  get pids(): readonly number[] {
    return [...this.#processes].flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  /** `full` where the account has too much waiting, `late` where no process was free in time. */
  run(accountId: string, page: Page): Promise<Turn> {
    const own = this.#waiting.get(accountId) ?? []
    if (own.length >= maxWaiting) return Promise.resolve('full')
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#remove(accountId, entry)
        resolve('late')
      }, queueMs)
      const entry: Waiting = {
        page,
        done: (turn) => {
          clearTimeout(timer)
          resolve(turn)
        },
      }
      if (this.#isClosed) return entry.done('late')
      this.#waiting.set(accountId, [...own, entry])
      this.#turn()
    })
  }

  close(): void {
    this.#isClosed = true
    for (const process of this.#processes) process.kill()
    for (const { done } of [...this.#waiting.values()].flat()) done('late')
    this.#waiting.clear()
  }

  #remove(accountId: string, entry: Waiting): void {
    const left = (this.#waiting.get(accountId) ?? []).filter((each) => each !== entry)
    if (left.length > 0) this.#waiting.set(accountId, left)
    else this.#waiting.delete(accountId)
  }

  #mayRun(accountId: string): boolean {
    return (this.#busy.get(accountId) ?? 0) < size - 1
  }

  #turn(): void {
    if (this.#isClosed) return
    for (const [accountId, entries] of this.#waiting) {
      if (!this.#mayRun(accountId)) continue
      const process = [...this.#processes].find(({ state }) => state === 'idle')
      const next = entries[0]
      if (!process || !next) break
      this.#waiting.delete(accountId)
      if (entries.length > 1) this.#waiting.set(accountId, entries.slice(1))
      void this.#give(process, accountId, next)
    }
    const starting = [...this.#processes].filter(({ state }) => state === 'starting').length
    const wanted = [...this.#waiting].filter(([accountId]) => this.#mayRun(accountId)).length
    if (wanted > starting && this.#processes.size < size) this.#add()
  }

  async #give(process: EvaluatingProcess, accountId: string, { page, done }: Waiting): Promise<void> {
    this.#busy.set(accountId, (this.#busy.get(accountId) ?? 0) + 1)
    clearTimeout(this.#idle.get(process))
    const report = await process.run(page)
    const left = (this.#busy.get(accountId) ?? 1) - 1
    if (left > 0) this.#busy.set(accountId, left)
    else this.#busy.delete(accountId)
    done(report)
    this.#turn()
  }

  #add(): void {
    let hasStarted = false
    const process = new EvaluatingProcess(this.#limits.tiredBytes, (changed) => {
      hasStarted ||= changed.state === 'idle'
      if (changed.state === 'gone') {
        clearTimeout(this.#idle.get(changed))
        this.#idle.delete(changed)
        this.#processes.delete(changed)
        if (!hasStarted && !this.#isClosed) return this.#failToStart(changed.complaint)
      }
      this.#turn()
      if (changed.state === 'idle') this.#rest(changed)
    })
    this.#processes.add(process)
  }

  /** Nobody needs it now. The last one stays for the next page. */
  #rest(process: EvaluatingProcess): void {
    clearTimeout(this.#idle.get(process))
    const timer = setTimeout(() => {
      if (process.state !== 'idle' || this.#processes.size <= 1) return
      // Before it is gone: others whose time is over see that it does not count.
      this.#processes.delete(process)
      process.kill()
    }, this.#limits.idleMs)
    this.#idle.set(process, timer.unref())
  }

  /** The next one would not start either: whoever waits is told. */
  #failToStart(complaint: string): void {
    this.#log.error({ complaint }, 'no process for templates and mappings could be started')
    const all = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    for (const { done } of all)
      done({ end: 'broken', message: 'no process for templates and mappings could be started', results: [], asked: [], tookMs: 0 })
  }
}
