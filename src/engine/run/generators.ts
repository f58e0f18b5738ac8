/** The loop of a run: each page generator in turn, page by page, one page in flight. */
import { StepFailure, type Page } from '../adaptor.ts'
import { ahead } from './prefetch.ts'
import { runPath } from './pipeline.ts'
import type { Generator, RefinedPage, Tally } from '../plan/plan.ts'
import type { End, Running } from './running.ts'

/** Where a run stands: the generator it is at, and where that one goes on. */
interface Checkpoint {
  readonly generator: number
  readonly cursor?: Page['next']
}

export async function runGenerators(running: Running): Promise<End> {
  const { plan, run } = running
  const from = (run.checkpoint as Checkpoint | undefined) ?? { generator: 0 }
  for (const [position, generator] of plan.generators.entries()) {
    if (position < from.generator) continue
    const end = await drain(running, generator, position, position === from.generator ? from.cursor : undefined)
    if (end.kind !== 'completed') return end
  }
  return { kind: 'completed' }
}

async function drain(running: Running, generator: Generator, position: number, from: Page['next']): Promise<End> {
  const { leaving, signal } = running.hold
  let isDone = false
  try {
    // The next page is fetched and refined while this one is on its way; it enters the flow only behind the commit of this one.
    const pages = refined(running, generator, from)
    for await (const page of ahead(pages, leaving)) {
      signal.throwIfAborted()
      if (leaving.aborted) return { kind: 'left' }
      isDone = await carry(running, generator, page, position)
      if (isDone) break
    }
  } catch (error) {
    if (error instanceof StepFailure) return { kind: 'failed', failure: error.failure, stepId: generator.stepId }
    throw error
  }
  return leaving.aborted && !isDone ? { kind: 'left' } : { kind: 'completed' }
}

interface Refined extends RefinedPage {
  readonly page: Page
  readonly tally: Tally
}

async function* refined({ ledger }: Running, generator: Generator, from: Page['next']): AsyncGenerator<Refined, void, void> {
  for await (const page of generator.pages(from)) {
    const tally = ledger.open(generator.keepsRetryData)
    const { items, abort } = await generator.refine(page.records, tally, page.index)
    yield { page, tally, items, abort }
    if (abort) return
  }
}

/** Answers whether the generator is done: it has no further page, or its hook wants none. */
async function carry(
  { plan, ledger }: Running,
  generator: Generator,
  { page, tally, items, abort }: Refined,
  position: number,
): Promise<boolean> {
  tally.add(generator.stepId, { numExport: page.records.length, numSuccess: items.length, numPagesGenerated: 1 })
  await runPath(plan.path, items, tally)
  tally.add(generator.stepId, { numPagesProcessed: 1 })
  const isDone = abort || !page.next
  const checkpoint: Checkpoint = page.next && !abort ? { generator: position, cursor: page.next } : { generator: position + 1 }
  await ledger.commit(tally, checkpoint, { afterwards: () => page.ack?.() })
  return isDone
}
