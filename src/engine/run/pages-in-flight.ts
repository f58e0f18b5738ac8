/**
 * The pages of a run that are in the flow at once. They are let in one after the other while there is room, go through the pipeline, and are committed and
 * acknowledged in their order, those that are through together in one transaction. So what a crash can send twice is what is in flight.
 */
import { traced } from '../../domain/observability/tracing.ts'
import type { RunOwnership } from '../../domain/ports/jobs.ts'
import { RunLost, type Lease } from './lease.ts'
import { RecentCount } from './recent-count.ts'
import type { PageCommit, PageDone } from './page-commit.ts'
import type { Arrival, Passing, Pipeline } from './pipeline.ts'

/** Room that there always is, where the run may have so many: a run gets to its speed with these, and what moves slowly has little more. */
const minPages = 25
/** Besides there is room for as many pages as went through in this time: so long a run takes to be left, or a canceled one to stop. Milliseconds. */
const recentMs = 10_000
/** Bytes of the pages in flight of one run, with what was answered to their records; a page alone may have more. */
const maxBytes = 64 * 1024 * 1024
/** Commits of a run follow each other no faster, so that pages of a fast one are written together: a commit takes as long as hundreds of records. Milliseconds. */
const betweenCommitsMs = 20
/** A transaction holds pages until they have so many errors. */
const maxErrors = 1000

export interface PageToCarry extends PageDone {
  readonly bytes: number
  readonly arrivals: readonly Arrival[]
  /** Follows its commit, also where a canceled run ends with it. */
  ack?(): Promise<void>
}

interface InFlight {
  readonly page: Omit<PageToCarry, 'arrivals'>
  readonly number: number
  /** Answered bytes. */
  grown: number
  /** A step has begun with it. */
  hasBegun: boolean
  /** An import has begun with it. */
  isSent: boolean
  isThrough: boolean
}

/** A page that no import has begun with when the run is left: another worker sends it, or nobody. */
class PageLeft extends Error {}

interface Parts {
  readonly pipeline: Pipeline
  readonly pageCommit: PageCommit
  readonly lease: Lease
  /** Pages at once. */
  readonly most: number
}

export class PagesInFlight {
  readonly #parts: Parts
  /** In the order of their numbers. */
  readonly #pages: InFlight[] = []
  readonly #carried = new Set<Promise<void>>()
  readonly #recent = new RecentCount(recentMs)
  #next = 0
  /** Of the pages in flight as they came. */
  #bytes = 0
  /** The most that was answered to a page of this run. */
  #largestGrowth = 0
  #admitting: Promise<unknown> = Promise.resolve()
  #committing: Promise<void> | undefined
  /** When the last commit began. */
  #committedAt = Number.NEGATIVE_INFINITY
  /** A page waits for room, or no other one comes. */
  #isFull = false
  #isSettling = false
  /** Whoever waits for something to happen here. */
  #changed = Promise.withResolvers<void>()
  /** What keeps any other page from being let in. */
  #failure: { readonly error: unknown } | undefined
  #standing: RunOwnership = 'ours'
  /** What became of the last commit is not known, or another worker has the run. */
  #cannotCommit = false
  #hasLeft = false
  #failedAck = false
  readonly #closed = new AbortController()

  constructor(parts: Parts) {
    this.#parts = parts
    const giveUp = (): void => this.#fail(parts.lease.signal.reason)
    if (parts.lease.signal.aborted) giveUp()
    else parts.lease.signal.addEventListener('abort', giveUp, { once: true })
    parts.lease.leaving.addEventListener('abort', () => this.#change(), { once: true })
  }

  /**
   * Lets a page in when there is room, in the order of asking; resolves once its first step has begun with it, so the next one is prepared while this one is
   * sent. False where the run is to be left instead, or another page has failed: `settle` tells.
   */
  admit(make: () => PageToCarry, bytes: number): Promise<boolean> {
    const admitted = this.#admitting.then(async () => {
      while (!this.#isClosing && !this.#hasRoom(bytes)) {
        if (!this.#isFull) {
          this.#isFull = true
          this.#change()
        }
        await this.#changed.promise
      }
      this.#isFull = false
      if (this.#isClosing) return false
      // Its records are nobody's once it is through, though it may wait for its commit.
      const { arrivals, ...page } = make()
      const entry: InFlight = { page, number: this.#next++, grown: 0, hasBegun: false, isSent: false, isThrough: false }
      this.#pages.push(entry)
      this.#bytes += entry.page.bytes
      const carrying = this.#carry(entry, arrivals).finally(() => this.#carried.delete(carrying))
      this.#carried.add(carrying)
      while (!entry.hasBegun && !entry.isThrough && this.#pages.includes(entry) && !this.#failure) await this.#changed.promise
      return true
    })
    this.#admitting = admitted.catch(() => undefined)
    return admitted
  }

  /** Aborted when no other page is let in: whoever makes pages need not wait for the next one. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** Lets no other page in: the run ends after those in flight. */
  close(error: unknown): void {
    this.#failure ??= { error }
    this.#closed.abort()
    this.#change()
  }

  /**
   * Resolves when all pages are through and committed, and answers whether the last ones were left before any import had begun with them. Throws what any
   * page failed with, after those before it were committed.
   */
  async settle(): Promise<'through' | 'left'> {
    await this.#admitting
    this.#isSettling = true
    this.#change()
    while (!this.#isCut && (this.#committing || this.#carried.size > 0)) await this.#changed.promise
    this.#isSettling = false
    if (this.#failure) throw this.#failure.error
    if (this.#standing !== 'ours') throw new RunLost()
    return this.#hasLeft ? 'left' : 'through'
  }

  /** Nothing more can be written. */
  get #isCut(): boolean {
    return this.#cannotCommit || this.#parts.lease.signal.aborted
  }

  get #isClosing(): boolean {
    return this.#failure !== undefined || this.#isLeaving
  }

  get #isLeaving(): boolean {
    return this.#standing !== 'ours' || this.#parts.lease.leaving.aborted
  }

  #hasRoom(bytes: number): boolean {
    if (this.#pages.length === 0) return true
    if (this.#pages.length >= Math.min(this.#parts.most, minPages + this.#recent.count())) return false
    // Each may still be answered as much as the page that was answered most.
    return this.#bytes + bytes + (this.#pages.length + 1) * this.#largestGrowth <= maxBytes
  }

  async #carry(entry: InFlight, arrivals: readonly Arrival[]): Promise<void> {
    const { page, number } = entry
    try {
      const passing: Passing = {
        number,
        arrivals,
        pageResult: page.pageResult,
        starts: (step) => {
          if (this.#isLeaving) this.#leaveUnsent(entry)
          entry.isSent ||= step.kind === 'import'
          entry.hasBegun = true
          this.#change()
        },
        received: (bytes) => this.#grow(entry, bytes),
        gather: ({ stepId }, part) => {
          page.pageResult.gather(stepId, part)
          this.#grow(entry, part.content.length)
        },
      }
      await traced(
        'page',
        'internal',
        () => ({ 'sluice.page.number': number }),
        () => this.#parts.pipeline.carry(passing),
      )
      entry.isThrough = true
    } catch (error) {
      if (!(error instanceof PageLeft)) this.#fail(error)
    }
    this.#change()
    this.#committing ??= this.#commitThrough().finally(() => {
      this.#committing = undefined
      this.#change()
    })
  }

  #grow(entry: InFlight, bytes: number): void {
    entry.grown += bytes
    this.#largestGrowth = Math.max(this.#largestGrowth, entry.grown)
  }

  /** A page that no import has begun with, nor with any after it, goes no further, and neither do those after it. */
  #leaveUnsent(entry: InFlight): void {
    const after = this.#pages.filter(({ number }) => number >= entry.number)
    if (after.some(({ isSent }) => isSent)) return
    const reason = new PageLeft()
    this.#hasLeft = true
    this.#takeOut(this.#pages.length - after.length, after.length)
    this.#parts.pipeline.close(entry.number, reason)
    throw reason
  }

  /** Pages on their way end where they wait for each other; what was sent is answered first. */
  #fail(error: unknown): void {
    this.#parts.pipeline.close(0, error as Error)
    this.close(error)
  }

  #takeOut(first: number, count: number): void {
    for (const { page } of this.#pages.splice(first, count)) this.#bytes -= page.bytes
  }

  #change(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers()
    resolve()
  }

  async #commitThrough(): Promise<void> {
    try {
      for (let group = this.#through(); group.length > 0 && !this.#isCut; group = this.#through()) {
        await this.#waitForOthers()
        group = this.#through()
        if (group.length === 0 || this.#isCut) return
        this.#committedAt = performance.now()
        this.#standing = worse(this.#standing, await this.#parts.pageCommit.commit(group.map(({ page }) => page)))
        if (this.#standing === 'lost') throw new RunLost()
        if (this.#standing === 'over') this.#closed.abort()
        for (const { page } of group) await this.#acknowledge(page)
        this.#takeOut(0, group.length)
        this.#recent.add(group.length)
        this.#change()
      }
    } catch (error) {
      this.#cannotCommit = true
      this.#fail(error)
    }
  }

  /** Until the next commit is due; no longer where somebody waits for it. */
  async #waitForOthers(): Promise<void> {
    const left = this.#committedAt + betweenCommitsMs - performance.now()
    let isDue = left <= 0
    const fall = (): void => {
      isDue = true
      this.#change()
    }
    const timer = isDue ? undefined : setTimeout(fall, left)
    while (!isDue && !this.#isWaitedFor()) await this.#changed.promise
    clearTimeout(timer)
  }

  #isWaitedFor(): boolean {
    return this.#isFull || this.#isSettling || this.#isClosing || this.#isCut || this.#through().some(({ page }) => page.ack)
  }

  /** The pages that are through, as far as none before them is not. */
  #through(): readonly InFlight[] {
    const group: InFlight[] = []
    let errors = 0
    for (const entry of this.#pages) {
      if (!entry.isThrough || (group.length > 0 && errors >= maxErrors)) break
      group.push(entry)
      errors += entry.page.pageResult.errors.length
    }
    return group
  }

  /** After one that failed there is no other: what it was to tell is told by the next run, which exports those pages again. */
  async #acknowledge({ ack }: Pick<PageToCarry, 'ack'>): Promise<void> {
    if (!ack || this.#failedAck) return
    await ack().catch((error: unknown) => {
      this.#failedAck = true
      this.close(error)
    })
  }
}

/** What a run has come to does not get better. */
const worse = (before: RunOwnership, now: RunOwnership): RunOwnership => (before === 'over' && now === 'ours' ? before : now)
