/** The loop of a run: each page generator in turn, page by page, one page in flight. */
import { StepFailure, type Failure, type Page } from './adaptor.ts'
import { ahead } from './ahead.ts'
import { runPath } from './pipeline.ts'
import type { Generator } from './plan.ts'
import type { Running } from './run.ts'

/** Where a run stands: the generator it is at, and where that one goes on. */
interface Checkpoint {
  readonly generator: number
  readonly cursor?: Page['next']
}

/** Answers the failure that ended the run early, if one did. */
export async function runGenerators(running: Running): Promise<Failure | 'yielded' | undefined> {
  const { plan, run } = running
  const from = (run.checkpoint as Checkpoint | undefined) ?? { generator: 0 }
  for (const [position, generator] of plan.generators.entries()) {
    if (position < from.generator) continue
    const end = await drain(running, generator, position, position === from.generator ? from.cursor : undefined)
    if (end !== undefined) return end
  }
  return undefined
}

async function drain(
  running: Running,
  generator: Generator,
  position: number,
  from: Page['next'],
): Promise<Failure | 'yielded' | undefined> {
  const { ledger, signal, stopping } = running
  try {
    // The next page is fetched while this one is on its way; it enters the flow only behind the commit of this one.
    const pages = generator.pages(from)
    for await (const page of generator.readsAhead ? ahead(pages) : pages) {
      signal.throwIfAborted()
      await carry(running, generator, page, page.next ? { generator: position, cursor: page.next } : { generator: position + 1 })
      if (stopping.aborted && page.next) return 'yielded'
    }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    const tally = ledger.open()
    tally.failStep(generator.stepId, error.failure)
    await ledger.commit(tally, { generator: position })
    return error.failure
  }
  return undefined
}

async function carry({ plan, ledger }: Running, generator: Generator, page: Page, checkpoint: Checkpoint): Promise<void> {
  const tally = ledger.open()
  const items = await generator.refine(page.records, tally)
  tally.add(generator.stepId, { numExport: page.records.length, numSuccess: items.length, numPagesGenerated: 1 })
  await runPath(plan.path, items, tally)
  tally.add(generator.stepId, { numPagesProcessed: 1 })
  await ledger.commit(tally, checkpoint)
}
