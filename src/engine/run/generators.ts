/** The loop of a run: each page generator in turn, page by page, one page in flight. */
import { StepFailure, type Page } from '../adaptor.ts'
import { prefetchNext } from './prefetch.ts'
import { runPath } from './pipeline.ts'
import type { Generator, RefinedPage, PageResult } from '../plan/plan.ts'
import type { RunEnd, Running } from './running.ts'

/** Where a run stands: the generator it is at, and where that one goes on. */
interface Checkpoint {
  readonly generator: number
  readonly cursor?: Page['next']
}

export async function runGenerators(running: Running): Promise<RunEnd> {
  const { plan, run } = running
  const from = (run.checkpoint as Checkpoint | undefined) ?? { generator: 0 }
  for (const [position, generator] of plan.generators.entries()) {
    if (position < from.generator) continue
    const end = await drain(running, generator, position, position === from.generator ? from.cursor : undefined)
    if (end.kind !== 'completed') return end
  }
  return { kind: 'completed' }
}

async function drain(running: Running, generator: Generator, position: number, from: Page['next']): Promise<RunEnd> {
  const { leaving, signal } = running.lease
  let isDone = false
  try {
    // The next page is fetched and refined while this one is on its way; it enters the flow only after the commit of this one.
    const pages = refinePages(running, generator, from)
    for await (const page of prefetchNext(pages, leaving)) {
      signal.throwIfAborted()
      if (leaving.aborted) return { kind: 'left' }
      isDone = await processPage(running, generator, page, position)
      if (isDone) break
    }
  } catch (error) {
    if (error instanceof StepFailure) return { kind: 'failed', failure: error.failure, stepId: generator.stepId }
    throw error
  }
  return leaving.aborted && !isDone ? { kind: 'left' } : { kind: 'completed' }
}

interface RefinedBatch extends RefinedPage {
  readonly page: Page
  readonly pageResult: PageResult
}

async function* refinePages({ pageCommit }: Running, generator: Generator, from: Page['next']): AsyncGenerator<RefinedBatch, void, void> {
  for await (const page of generator.pages(from)) {
    const pageResult = pageCommit.openPage(generator.keepsRetryData)
    const { items, abort } = await generator.refine(page.records, pageResult, page.index)
    yield { page, pageResult, items, abort }
    if (abort) return
  }
}

/** Answers whether the generator is done: it has no further page, or its hook wants none. */
async function processPage(
  { plan, pageCommit }: Running,
  generator: Generator,
  { page, pageResult, items, abort }: RefinedBatch,
  position: number,
): Promise<boolean> {
  pageResult.add(generator.stepId, { numExport: page.records.length, numSuccess: items.length, numPagesGenerated: 1 })
  await runPath(plan.path, items, pageResult)
  pageResult.add(generator.stepId, { numPagesProcessed: 1 })
  const isDone = abort || !page.next
  const checkpoint: Checkpoint = page.next && !abort ? { generator: position, cursor: page.next } : { generator: position + 1 }
  await pageCommit.commit(pageResult, checkpoint, { afterwards: () => page.ack?.() })
  return isDone
}
