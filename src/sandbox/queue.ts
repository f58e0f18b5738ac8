/** Who gets a process, and when: the accounts take turns, and none has all processes, so that its endless loops leave the others a way. */
import type { Log } from '../domain/context.ts'
import { maxNesting } from '../domain/ports/scripts.ts'
import * as bounds from './bounds.ts'
import { DepthQuota } from './depth-quota.ts'
import { ScriptProcess, type Job, type Report } from './process.ts'
import { WaitingLimit, type Waits } from './account-turns.ts'
import type { OsIsolation } from './os-isolation.ts'

/** What a call came to that no process ran: it waited too long, or its account has too many that wait. */
type Unrun = 'late' | 'full'

interface Waiting extends Waits {
  readonly job: Job
  readonly lane: DepthQuota<Waiting>
  readonly done: (report: Report | Unrun) => void
}

export class Queue {
  readonly #log: Log
  readonly #size: number
  readonly #processes = new Set<ScriptProcess>()
  readonly #room = new WaitingLimit<Waiting>()
  /** By depth. */
  readonly #lanes: readonly DepthQuota<Waiting>[]
  #isClosed = false
  readonly #walled: () => OsIsolation
  #hasWarned = false
  readonly #idle = new Map<ScriptProcess, NodeJS.Timeout>()

  constructor(log: Log, walled: () => OsIsolation, size: number) {
    this.#log = log
    this.#walled = walled
    this.#size = size
    const first = { running: size, waiting: bounds.waitingProcesses, waitingOfAccount: bounds.waitingOfAccount }
    const nested = { running: bounds.nestedProcesses, waiting: bounds.waitingNested, waitingOfAccount: bounds.waitingNestedOfAccount }
    this.#lanes = Array.from({ length: maxNesting + 1 }, (_, depth) => new DepthQuota<Waiting>(depth === 0 ? first : nested))
  }

  get pids(): readonly number[] {
    return [...this.#processes].flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  run(job: Job, depth: number): Promise<Report | Unrun> {
    const lane = this.#lanes[depth] as DepthQuota<Waiting>
    return new Promise((resolve) => {
      const end = (report: Report | Unrun): void => {
        clearTimeout(timer)
        this.#forget(entry)
        resolve(report)
      }
      const timer = setTimeout(() => end('late'), bounds.queueMs)
      const bytes = job.options.length + job.source.length
      const entry: Waiting = { accountId: job.accountId, envId: job.envId, bytes, job, lane, done: end }
      lane.turns.add(entry)
      this.#room.enter(entry)?.done('full')
      this.#turn()
    })
  }

  close(): void {
    this.#isClosed = true
    for (const process of this.#processes) process.kill()
    this.#endAll('late')
  }

  #endAll(report: Report | Unrun): void {
    for (const { turns } of this.#lanes) for (const { done } of turns.all()) done(report)
  }

  #forget(entry: Waiting): void {
    entry.lane.turns.remove(entry)
    this.#room.leave(entry)
  }

  /** Gives free processes to those who wait, the deepest first since others wait for them, and starts more where there are too few. */
  #turn(): void {
    if (this.#isClosed) return
    let wanted = 0
    for (const lane of this.#lanes.toReversed()) {
      for (;;) {
        const next = lane.turns.next((entry) => lane.may(entry))
        if (!next) break
        const process = this.#free(next)
        if (!process) {
          wanted += lane.wanted
          break
        }
        lane.turns.take(next)
        this.#room.leave(next)
        this.#give(process, next)
      }
    }
    const starting = [...this.#processes].filter(({ state }) => state === 'starting').length
    if (wanted > starting) this.#add()
  }

  /** One that knows the environment already, if there is one. */
  #free({ envId }: Waiting): ScriptProcess | undefined {
    const free = [...this.#processes].filter(({ state }) => state === 'idle')
    return free.find(({ environments }) => environments.has(envId)) ?? free[0]
  }

  #give(process: ScriptProcess, { job, lane, done, ...waits }: Waiting): void {
    clearTimeout(this.#idle.get(process))
    const place = lane.enter(waits)
    const onWait = (isWaiting: boolean): void => {
      place.wait(isWaiting)
      // It needs no processor meanwhile: somebody else may have one.
      if (isWaiting) this.#turn()
    }
    process.run(job, onWait, (report) => {
      place.leave()
      done(report)
    })
  }

  #add(): void {
    this.#warn()
    let hasStarted = false
    const process = new ScriptProcess((changed) => {
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

  /** Nobody needs it now. What goes beyond those that run at once ends soon, the others after a while; the last one stays for the next call. */
  #rest(process: ScriptProcess): void {
    const isMoreThan = (most: number): boolean => [...this.#processes].filter(({ state }) => state !== 'ending').length > most
    const restFor = (ms: number, most: number, then?: () => void): void => {
      const timer = setTimeout(() => {
        if (process.state === 'idle' && isMoreThan(most)) process.kill()
        else then?.()
      }, ms)
      this.#idle.set(process, timer.unref())
    }
    clearTimeout(this.#idle.get(process))
    restFor(bounds.spareMs, this.#size, () => restFor(bounds.idleMs, 1))
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
    this.#endAll({ kind: 'gone' })
  }
}
