/** Feeds the pages of the page generators into the flow: one generator after the other, or several at the same time where the flow says so. */
import { StepFailure, type Cursor, type Page } from '../adaptor.ts'
import type { Generator, RefinedPage, PageResult } from '../plan/plan.ts'
import { readPlaces, writePlaces, type Place } from './checkpoint.ts'
import { PagesInFlight, type PageToCarry } from './pages-in-flight.ts'
import { Pipeline } from './pipeline.ts'
import { prefetchNext } from './prefetch.ts'
import { maxPagesOf, type RunEnd, type Running } from './run-outcome.ts'

/** Pages that are fetched and refined ahead of the flow by one generator: an answer that is waited for must not leave the steps idle. */
const pagesAhead = 3
/** Page generators that work at the same time: each keeps an answer of its application and its pages ahead in memory. */
const generatorsAtOnce = 5

/** The step that a run cannot go on with. */
class GeneratorFailed extends Error {
  readonly failed: StepFailure
  readonly stepId: string
  constructor(failed: StepFailure, stepId: string) {
    super(failed.message)
    this.failed = failed
    this.stepId = stepId
  }
}

function toRunEnd({ failed: { failure, exchange }, stepId }: GeneratorFailed): RunEnd {
  return { kind: 'failed', failure, stepId, ...(exchange && { exchange }) }
}

/** One of the generators, its place among them, and where each of them stands. */
interface Feed {
  readonly generator: Generator
  readonly position: number
  readonly places: Place[]
}

export async function runGenerators(running: Running): Promise<RunEnd> {
  const { plan, run, lease, pageCommit } = running
  const places = readPlaces(run.checkpoint, plan.generators.length)
  const flight = new PagesInFlight({ pipeline: new Pipeline(plan.path), pageCommit, lease, most: maxPagesOf(running) })
  const left = plan.generators
    .map((generator, position): Feed => ({ generator, position, places }))
    .filter(({ position }) => places[position] !== 'done')
    .values()
  const work = async (): Promise<void> => {
    for (const feed of left) {
      await feedPages(running, flight, feed)
      // What one generator gave is through before the next one begins: it may count on it.
      if (!plan.generatorsInParallel) await flight.settle()
    }
  }
  try {
    await Promise.all(Array.from({ length: plan.generatorsInParallel ? generatorsAtOnce : 1 }, work))
    const end = await flight.settle()
    return { kind: end === 'left' || places.some((place) => place !== 'done') ? 'left' : 'completed' }
  } catch (error) {
    if (error instanceof GeneratorFailed) return toRunEnd(error)
    throw error
  }
}

/** Whatever the generator fails with ends the run after the pages in flight. */
async function feedPages(running: Running, flight: PagesInFlight, feed: Feed): Promise<void> {
  const { leaving, signal } = running.lease
  const ending = AbortSignal.any([leaving, flight.closed])
  const { generator, places, position } = feed
  const place = places[position]
  const ahead = maxPagesOf(running) > 1 ? pagesAhead : 1
  try {
    const pages = refinePages(running, generator, typeof place === 'object' ? place.cursor : undefined)
    for await (const page of prefetchNext(pages, ahead, ending)) {
      signal.throwIfAborted()
      if (!(await flight.admit(() => toCarry(running, feed, page), page.page.bytes))) return
      if (places[position] === 'done') return
    }
    if (!ending.aborted) places[position] = 'done'
  } catch (error) {
    flight.close(error instanceof StepFailure ? new GeneratorFailed(error, generator.stepId) : error)
  }
}

interface RefinedBatch extends RefinedPage {
  readonly page: Page
  readonly pageResult: PageResult
}

async function* refinePages(
  { pageCommit }: Running,
  generator: Generator,
  from: Cursor | undefined,
): AsyncGenerator<RefinedBatch, void, void> {
  for await (const page of generator.pages(from)) {
    const pageResult = pageCommit.openPage(generator.keepsRetryData)
    const { items, abort } = await generator.refine(page, pageResult)
    for (const failure of page.failures ?? []) pageResult.failStep(generator.stepId, failure)
    yield { page, pageResult, items, abort }
    if (abort) return
  }
}

/** The generator is done with a page that is the last one, or whose hook wants no other. Pages enter and are committed in the same order. */
function toCarry({ plan }: Running, { generator, position, places }: Feed, { page, pageResult, items, abort }: RefinedBatch): PageToCarry {
  places[position] = page.next && !abort ? { cursor: page.next } : 'done'
  pageResult.add(generator.stepId, {
    numExport: page.records.length,
    numSuccess: items.length,
    numPagesGenerated: 1,
    numPagesProcessed: 1,
  })
  // Not the page itself: its records are nobody's while it waits for its commit.
  const { ack } = page
  const acknowledge = async (): Promise<void> => {
    await ack?.().catch((error: unknown) => {
      throw error instanceof StepFailure ? new GeneratorFailed(error, generator.stepId) : error
    })
  }
  return {
    pageResult,
    bytes: page.bytes,
    arrivals: items.length > 0 ? [{ path: plan.path, position: 0, items }] : [],
    checkpoint: writePlaces(places),
    ...(ack && { ack: acknowledge }),
  }
}
