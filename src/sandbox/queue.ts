/** Who gets a process, and when. One environment never has all of them, so that its endless loops leave the others a way. */
import type { Log } from '../domain/ports.ts'
import * as bounds from './bounds.ts'
import { ScriptProcess, type Job, type Report } from './process.ts'
import type { Wall } from './wall.ts'

interface Waiting {
  readonly job: Job
  readonly done: (report: Report | 'late') => void
}

export class Queue {
  readonly #log: Log
  readonly #size: number
  readonly #processes = new Set<ScriptProcess>()
  /** Calls at work, by environment. */
  readonly #busy = new Map<string, number>()
  #waiting: Waiting[] = []
  #isClosed = false
  readonly #walled: () => Wall
  #hasWarned = false

  constructor(log: Log, walled: () => Wall, size: number) {
    this.#log = log
    this.#walled = walled
    this.#size = size
  }

  get pids(): readonly number[] {
    return [...this.#processes].flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  get length(): number {
    return this.#waiting.length
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** `late` where no process was free in time. */
  run(job: Job): Promise<Report | 'late'> {
    return new Promise((resolve) => {
      const entry: Waiting = {
        job,
        done: (report) => {
          clearTimeout(timer)
          resolve(report)
        },
      }
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== entry)
        resolve('late')
      }, bounds.queueMs)
      this.#waiting.push(entry)
      this.#turn()
    })
  }

  /** A script that another one waits for must not wait for that one's process: it gets one of its own, which ends with it. */
  async runAlone(job: Job): Promise<Report> {
    const { promise: ready, resolve } = Promise.withResolvers<void>()
    const process = new ScriptProcess(() => resolve())
    await ready
    const report: Report = process.state === 'gone' ? { kind: 'gone' } : await process.run(job)
    process.kill()
    return report
  }

  close(): void {
    this.#isClosed = true
    for (const process of this.#processes) process.kill()
    for (const { done } of this.#waiting.splice(0)) done('late')
  }

  #mayRun({ envId }: Job): boolean {
    return (this.#busy.get(envId) ?? 0) < this.#size - 1
  }

  /** Gives free processes to those who wait, and starts more where there are too few. */
  #turn(): void {
    if (this.#isClosed) return
    const inOrder = this.#waiting
    for (const next of inOrder) {
      if (!this.#mayRun(next.job)) continue
      const process = this.#free(next.job)
      if (!process) break
      this.#waiting = this.#waiting.filter((each) => each !== next)
      void this.#give(process, next)
    }
    const wanted = this.#waiting.filter(({ job }) => this.#mayRun(job)).length
    const starting = [...this.#processes].filter(({ state }) => state === 'starting').length
    if (wanted > starting && this.#processes.size < this.#size) this.#add()
  }

  /** One that knows the environment already, if there is one. */
  #free({ envId }: Job): ScriptProcess | undefined {
    const free = [...this.#processes].filter(({ state }) => state === 'idle')
    return free.find(({ environments }) => environments.has(envId)) ?? free[0]
  }

  async #give(process: ScriptProcess, { job: { envId, ...job }, done }: Waiting): Promise<void> {
    this.#busy.set(envId, (this.#busy.get(envId) ?? 0) + 1)
    const report = await process.run({ envId, ...job })
    const left = (this.#busy.get(envId) ?? 1) - 1
    if (left > 0) this.#busy.set(envId, left)
    else this.#busy.delete(envId)
    done(report)
    this.#turn()
  }

  #add(): void {
    this.#warn()
    let hasStarted = false
    const process = new ScriptProcess((changed) => {
      hasStarted ||= changed.state === 'idle'
      if (changed.state === 'gone') {
        this.#processes.delete(changed)
        if (!hasStarted && !this.#isClosed) return this.#failToStart(changed.complaint)
      }
      this.#turn()
    })
    this.#processes.add(process)
  }

  #warn(): void {
    if (this.#hasWarned || !this.#walled().hasNetwork) return
    this.#hasWarned = true
    this.#log.warn(
      {},
      'the processes that run scripts have the network of their user: this machine gives them none that is empty (unshare --net). Scripts do not reach it; code that breaks out of its isolate could.',
    )
  }

  /** The next one would not start either: whoever waits is told. */
  #failToStart(complaint: string): void {
    this.#log.error({ complaint }, 'no process for scripts could be started')
    for (const { done } of this.#waiting.splice(0)) done({ kind: 'gone' })
  }
}
