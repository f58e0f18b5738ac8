/** Looks at the runs, open errors and documents of one environment for all who follow it: at what a signal is about, at most once a second and less often where much goes on, and tells each reader what changed. */
import { changeKinds, type ChangeKind, type DocumentChange, type ErrorCount } from '../ports/flows/live-changes.ts'
import type { Job } from '../ports/jobs.ts'
import type { World } from '../context.ts'
import type { Identity } from '../ports/accounts.ts'
import { formatKey } from '../keys.ts'
import { toEvent, type LiveReader } from './live-reader.ts'

/** Between two looks: what a run went on by meanwhile is one event. Milliseconds. */
const everyMs = 1000
/** And for each event of the last look, up to a longest: a page that shows a hundred runs gets fifty a second, and costs as little. Milliseconds. */
const perEventMs = 20
const longestMs = 5000
/** Without a signal, in case one was lost. Milliseconds. */
const anywayMs = 15_000
/** How far back each look reaches: clocks of workers may differ by that much. Milliseconds. */
const overlapMs = 10_000
/** Runs of one look, and steps of an environment whose errors are counted. */
const maxRuns = 1000
const maxSteps = 20_000
/** Documents of one look; past that, readers read everything anew. */
const maxDocuments = 1000

/** What was told last of each run, step, count or document. */
type Told = Map<string, string>
interface AllTold {
  readonly runs: Told
  readonly steps: Told
  readonly errors: Told
  readonly documents: Told
}
const nothingTold = (): AllTold => ({ runs: new Map(), steps: new Map(), errors: new Map(), documents: new Map() })

export class EnvironmentWatch {
  readonly readers = new Set<LiveReader>()
  readonly #envId: string
  readonly #accountId: string
  readonly #world: Pick<World, 'store' | 'changes' | 'now' | 'log'>
  readonly #unsubscribe: () => void
  readonly #anyway: NodeJS.Timeout
  #told: AllTold | undefined
  /** What is to be looked at next. */
  #heardOf = new Set<ChangeKind>(changeKinds)
  /** When each kind was looked at last. */
  #lookedAt: Readonly<Record<ChangeKind, number>> = { runs: 0, errors: 0, documents: 0 }
  /** When the last look began, and how long after it the next one does. */
  #beganAt = 0
  #pauseMs = everyMs
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(world: Pick<World, 'store' | 'changes' | 'now' | 'log'>, { envId, accountId }: Pick<Identity, 'envId' | 'accountId'>) {
    this.#world = world
    this.#envId = envId
    this.#accountId = accountId
    this.#unsubscribe = world.changes.subscribe(envId, (kind) => this.#heard(kind))
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

  #heard(kind?: ChangeKind): void {
    if (this.#isOver) return
    for (const each of kind ? [kind] : changeKinds) this.#heardOf.add(each)
    // An open error names the integration of its flow.
    if (kind === 'documents') this.#heardOf.add('errors')
    const wait = Math.max(0, this.#beganAt + this.#pauseMs - this.#now())
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      // One that is going on may have read before this was written.
      void (this.#looking ?? Promise.resolve()).then(() => this.#lookOnce())
    }, wait).unref()
  }

  async #lookOnce(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        this.#heardOf = new Set(changeKinds)
        this.#warn(error)
      })
      .finally(() => (this.#looking = undefined))
    return this.#looking
  }

  #warn(error: unknown): void {
    this.#world.log.warn({ err: error, envId: this.#envId }, 'what changed could not be read for those who watch')
  }

  async #look(): Promise<void> {
    const at = this.#now()
    this.#beganAt = at
    const kinds = this.#heardOf
    this.#heardOf = new Set()
    const before = this.#told ?? nothingTold()
    const isFirst = !this.#told
    const { runs, errors, documents } = await this.#read(kinds, at)
    const changed = (runs ?? []).filter(isOther(before.runs))
    const steps = isFirst ? [] : await this.#readSteps(changed)
    const open = runs && new Set(runs.map(({ key }) => key))
    const stepsOfOpen = open ? [...before.steps].filter(([key]) => open.has(key.split('/')[0] ?? '')) : before.steps
    this.#told = {
      runs: runs ? asTold(runs) : before.runs,
      steps: new Map([...stepsOfOpen, ...asTold(steps)]),
      errors: errors ? asTold(errors) : before.errors,
      documents: documents ? asTold(documents) : before.documents,
    }
    this.#lookedAt = { ...this.#lookedAt, ...Object.fromEntries([...kinds].map((kind) => [kind, at])) }
    if (!isFirst) {
      const counts = (errors ?? []).filter(isOther(before.errors))
      const freshSteps = steps.filter(isOther(before.steps))
      const written = (documents ?? []).filter(isOther(before.documents))
      const events = changed.length + counts.length + freshSteps.length + written.length
      this.#pauseMs = Math.min(Math.max(everyMs, events * perEventMs), longestMs)
      for (const reader of this.readers) {
        for (const each of [...changed, ...counts]) tell(reader, each)
        for (const step of freshSteps) if (reader.steps.has(step.flowId)) tell(reader, step)
        await this.#tellDocuments(reader, written).catch((error: unknown) => {
          // It counts as told: the reader reads all again instead.
          reader.resync()
          this.#warn(error)
        })
      }
    }
    const until = Math.min(...Object.values(this.#lookedAt))
    for (const reader of this.readers) reader.mark(until)
  }

  /** What there is of these kinds; nothing of the others. */
  async #read(kinds: ReadonlySet<ChangeKind>, at: number) {
    const { liveChanges } = this.#world.store
    const since = (kind: ChangeKind): string => iso((this.#lookedAt[kind] || at) - overlapMs)
    return {
      runs: kinds.has('runs') ? (await liveChanges.listRuns(this.#envId, since('runs'), maxRuns)).map(described) : undefined,
      errors: kinds.has('errors') ? (await liveChanges.countErrors(this.#envId, maxSteps)).map(describedCount) : undefined,
      documents: kinds.has('documents')
        ? (await liveChanges.listDocuments(this.#accountId, this.#envId, since('documents'), maxDocuments)).map(describedDocument)
        : undefined,
    }
  }

  async #tellDocuments(reader: LiveReader, documents: readonly DescribedDocument[]): Promise<void> {
    if (documents.length === 0) return
    if (documents.length >= maxDocuments) return reader.resync()
    const visible = new Set((await reader.keepVisible(documents)).map(formatKey))
    for (const document of documents) if (visible.has(document.key)) reader.put(document.key, document.text)
  }

  async #readSteps(runs: readonly DescribedRun[]): Promise<readonly DescribedRun[]> {
    const wanted = new Set([...this.readers].flatMap(({ steps }) => [...steps]))
    const ids = runs.flatMap(({ key, flowId }) => (wanted.has(flowId) ? [key] : []))
    if (ids.length === 0) return []
    const found = await this.#world.store.liveChanges.listSteps(this.#envId, ids)
    return found.map((job) => ({ ...described(job), key: `${job._flowJobId}/${job._id}` }))
  }

  /** How everything stands that may have changed since then. */
  async #catchUp(reader: LiveReader, since: number): Promise<void> {
    const { liveChanges } = this.#world.store
    const from = iso(since - overlapMs)
    const runs = (await liveChanges.listRuns(this.#envId, from, maxRuns)).map(described)
    if (runs.length >= maxRuns) return reader.resync()
    const ids = runs.flatMap(({ key, flowId }) => (reader.steps.has(flowId) ? [key] : []))
    const steps = ids.length > 0 ? await liveChanges.listSteps(this.#envId, ids) : []
    for (const job of [...runs, ...steps.map(described)]) tell(reader, job)
    for (const count of await liveChanges.countErrors(this.#envId, maxSteps)) tell(reader, describedCount(count))
    const documents = await liveChanges.listDocuments(this.#accountId, this.#envId, from, maxDocuments)
    await this.#tellDocuments(reader, documents.map(describedDocument))
  }
}

interface Described {
  /** What it is about. */
  readonly key: string
  readonly integrationId: string | undefined
  /** The event. */
  readonly text: string
}
interface DescribedRun extends Described {
  readonly flowId: string
}
interface DescribedDocument {
  readonly collection: string
  readonly id: string
  readonly key: string
  readonly text: string
}

const iso = (at: number): string => new Date(at).toISOString()

const described = (job: Job): DescribedRun => ({
  key: job._id,
  flowId: job._flowId,
  integrationId: job._integrationId,
  text: toEvent('job', job),
})

const describedCount = (count: ErrorCount): Described => ({
  key: `${count._flowId}/${count._expOrImpId}`,
  integrationId: count._integrationId,
  text: toEvent('errors', count),
})

const describedDocument = (change: DocumentChange): DescribedDocument => {
  const key = { collection: change.collection, id: change._id }
  return { ...key, key: formatKey(key), text: toEvent('document', change) }
}

const asTold = (all: readonly Pick<Described, 'key' | 'text'>[]): Told => new Map(all.map(({ key, text }) => [key, text]))

const isOther =
  (told: Told) =>
  ({ key, text }: Pick<Described, 'key' | 'text'>): boolean =>
    told.get(key) !== text

function tell(reader: LiveReader, { key, integrationId, text }: Described): void {
  if (reader.sees(integrationId)) reader.put(key, text)
}
