/** Looks at the runs and open errors of one environment for all who follow it: after each signal, at most once a second, and tells each reader what changed. */
import type { ErrorCount } from '../ports/flows/live-changes.ts'
import type { Job } from '../ports/jobs.ts'
import type { World } from '../context.ts'
import { toEvent, type LiveReader } from './live-reader.ts'

/** Between two looks: what a run went on by meanwhile is one event. Milliseconds. */
const everyMs = 1000
/** Without a signal, in case one was lost. Milliseconds. */
const anywayMs = 15_000
/** How far back each look reaches: clocks of workers may differ by that much. Milliseconds. */
const overlapMs = 10_000
/** Runs of one look, and steps of an environment whose errors are counted. */
const maxRuns = 1000
const maxSteps = 20_000

/** What was told last of each run, step or count. */
type Told = Map<string, string>

export class EnvironmentWatch {
  readonly readers = new Set<LiveReader>()
  readonly #envId: string
  readonly #world: Pick<World, 'store' | 'changes' | 'now' | 'log'>
  readonly #unsubscribe: () => void
  readonly #anyway: NodeJS.Timeout
  #told: { runs: Told; steps: Told; errors: Told } | undefined
  #lookedAt = 0
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(world: Pick<World, 'store' | 'changes' | 'now' | 'log'>, envId: string) {
    this.#world = world
    this.#envId = envId
    this.#unsubscribe = world.changes.subscribe(envId, () => this.#heard())
    this.#anyway = setInterval(() => this.#heard(), anywayMs).unref()
  }

  /** From then on the reader is told everything. `since` is where they were: what is another thing by now is told first. */
  async add(reader: LiveReader, since: number | undefined): Promise<void> {
    if (!this.#told) await this.#lookOnce()
    this.readers.add(reader)
    const at = this.#now()
    if (since !== undefined) await this.#catchUp(reader, since)
    reader.mark(at)
  }

  /** Answers whether anybody is left. */
  remove(reader: LiveReader): boolean {
    this.readers.delete(reader)
    if (this.readers.size === 0) this.close()
    return this.readers.size > 0
  }

  close(): void {
    this.#isOver = true
    this.#unsubscribe()
    clearInterval(this.#anyway)
    clearTimeout(this.#timer)
    for (const reader of this.readers) reader.end()
  }

  #now(): number {
    return this.#world.now().getTime()
  }

  #heard(): void {
    if (this.#isOver) return
    const wait = Math.max(0, this.#lookedAt + everyMs - this.#now())
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      // One that is going on may have read before this was written.
      void (this.#looking ?? Promise.resolve()).then(() => this.#lookOnce())
    }, wait).unref()
  }

  async #lookOnce(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        this.#world.log.warn({ err: error, envId: this.#envId }, 'what changed could not be read for those who watch')
      })
      .finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #look(): Promise<void> {
    const { liveChanges } = this.#world.store
    const at = this.#now()
    const before = this.#told ?? { runs: new Map<string, string>(), steps: new Map<string, string>(), errors: new Map<string, string>() }
    const isFirst = !this.#told
    const runs = await liveChanges.listRuns(this.#envId, iso((this.#lookedAt || at) - overlapMs), maxRuns)
    const changed = runs.map(described).filter(({ _id, text }) => before.runs.get(_id) !== text)
    const steps = isFirst ? [] : await this.#readSteps(changed)
    const errors = await liveChanges.countErrors(this.#envId, maxSteps)
    const counts = errors.map(describedCount).filter(({ key, text }) => before.errors.get(key) !== text)
    const open = new Set(runs.map(({ _id }) => _id))
    this.#told = {
      runs: new Map(runs.map(described).map(({ _id, text }) => [_id, text])),
      steps: new Map([
        ...[...before.steps].filter(([key]) => open.has(key.split('/')[0] ?? '')),
        ...steps.map(({ key, text }) => [key, text] as const),
      ]),
      errors: new Map(errors.map(describedCount).map(({ key, text }) => [key, text])),
    }
    this.#lookedAt = at
    const freshSteps = steps.filter(({ key, text }) => before.steps.get(key) !== text)
    for (const reader of this.readers) {
      if (!isFirst) {
        for (const run of changed) tellRun(reader, run)
        for (const step of freshSteps) if (reader.steps.has(step.flowId)) tellRun(reader, step)
        for (const count of counts) tellCount(reader, count)
      }
      reader.mark(at)
    }
  }

  async #readSteps(runs: readonly DescribedRun[]): Promise<readonly DescribedStep[]> {
    const wanted = new Set([...this.readers].flatMap(({ steps }) => [...steps]))
    const ids = runs.flatMap(({ _id, flowId }) => (wanted.has(flowId) ? [_id] : []))
    if (ids.length === 0) return []
    const found = await this.#world.store.liveChanges.listSteps(this.#envId, ids)
    return found.map((job) => ({ ...described(job), key: `${job._flowJobId}/${job._id}` }))
  }

  /** How everything stands that may have changed since then. */
  async #catchUp(reader: LiveReader, since: number): Promise<void> {
    const { liveChanges } = this.#world.store
    const runs = (await liveChanges.listRuns(this.#envId, iso(since - overlapMs), maxRuns)).map(described)
    if (runs.length >= maxRuns) return reader.resync()
    const ids = runs.flatMap(({ _id, flowId }) => (reader.steps.has(flowId) ? [_id] : []))
    const steps = ids.length > 0 ? await liveChanges.listSteps(this.#envId, ids) : []
    for (const job of [...runs, ...steps.map(described)]) tellRun(reader, job)
    for (const count of await liveChanges.countErrors(this.#envId, maxSteps)) tellCount(reader, describedCount(count))
  }
}

interface DescribedRun {
  readonly _id: string
  readonly flowId: string
  readonly integrationId: string | undefined
  /** The event. */
  readonly text: string
}
interface DescribedStep extends DescribedRun {
  readonly key: string
}

const iso = (at: number): string => new Date(at).toISOString()

const described = (job: Job): DescribedRun => ({
  _id: job._id,
  flowId: job._flowId,
  integrationId: job._integrationId,
  text: toEvent('job', job),
})

const describedCount = (count: ErrorCount): { key: string; integrationId: string | undefined; text: string } => ({
  key: `${count._flowId}/${count._expOrImpId}`,
  integrationId: count._integrationId,
  text: toEvent('errors', count),
})

function tellRun(reader: LiveReader, { _id, integrationId, text }: DescribedRun): void {
  if (reader.sees(integrationId)) reader.put(_id, text)
}

function tellCount(reader: LiveReader, { key, integrationId, text }: ReturnType<typeof describedCount>): void {
  if (reader.sees(integrationId)) reader.put(key, text)
}
