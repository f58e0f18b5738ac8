/**
 * Sends the records of one page through the steps of a flow. Nothing here waits for the database or knows of one: what became of the records is
 * gathered in a page result, and whoever drives the pipeline commits it. A record that fails never fails its page.
 */
import { StepFailure } from '../adaptor.ts'
import type { Item, Path, Router, FlowStep, PageResult } from '../plan/plan.ts'
import type { StepResult } from '../adaptor.ts'

/** From the step at `from` on: 0 for a page of a run, further in for a record that is sent again. */
export async function runPath(path: Path, items: readonly Item[], pageResult: PageResult, from = 0): Promise<void> {
  let left = items
  for (const step of path.steps.slice(from)) {
    if (left.length === 0) return
    left = await runStep(step, left, pageResult)
  }
  if (path.router && left.length > 0) await route(path.router, left, pageResult)
}

async function runStep(step: FlowStep, items: readonly Item[], pageResult: PageResult): Promise<Item[]> {
  const results = await step.process(items).catch((error: unknown) => {
    // The step as a whole cannot go on: every record keeps its retry data, none is lost.
    if (error instanceof StepFailure) return items.map((): StepResult => ({ kind: 'failed', failures: [error.failure] }))
    throw error
  })
  if (results.length !== items.length) throw new Error(`${step.adaptorType} answered ${results.length} results for ${items.length} records`)
  return items.flatMap((item, i) => {
    const result = results[i] as (typeof results)[number]
    const { sent: _begun, ...goingOn } = item
    if (result.kind === 'failed') pageResult.fail(step, result.sent ? { ...item, sent: result.sent } : item, result.failures)
    else if (result.kind === 'ignored') pageResult.ignore(step.stepId)
    else pageResult.succeed(step.stepId)
    if (result.kind === 'failed') return step.proceedOnFailure ? [goingOn] : []
    if (result.kind === 'done' && result.warnings?.length) pageResult.fail(step, goingOn, result.warnings)
    return [result.record ? { ...goingOn, record: result.record } : goingOn]
  })
}

/** Each branch gets its records in one page, in the order of the branches; records that no branch wants end here. */
async function route(router: Router, items: readonly Item[], pageResult: PageResult): Promise<void> {
  const byBranch = new Map<number, Item[]>()
  const choices = await router.choose(items.map(({ record }) => record))
  for (const [i, item] of items.entries()) {
    const choice = choices[i] ?? []
    if ('message' in choice)
      pageResult.fail({ stepId: item.sourceId, stage: 'routing', place: { router: router.routerId } }, item, [choice])
    else for (const branch of choice) byBranch.set(branch, [...(byBranch.get(branch) ?? []), item])
  }
  for (const [branch, path] of router.branches.entries()) {
    const wanted = byBranch.get(branch)
    if (wanted) await runPath(path, wanted, pageResult)
  }
}
