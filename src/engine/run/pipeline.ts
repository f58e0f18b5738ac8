/**
 * Sends the records of pages through the steps of a flow. The flow is a list of paths, each after those that lead to it, and a page goes along it once; at
 * every step pages are prepared, begin and end each in their order, so a step sees the pages in the order of the export, and pages overlap in between.
 *
 * Nothing here waits for the database or knows of one: what became of the records is gathered in a page result, and whoever drives the pipeline commits it. A
 * record that fails never fails its page.
 */
import { traced } from '../../domain/observability/tracing.ts'
import { StepFailure } from '../adaptor.ts'
import { sortPaths } from '../plan/compile-flow.ts'
import type { GatheredPart } from '../../domain/ports/flows/gathered-files.ts'
import type { Item, Path, Router, FlowStep, PageResult, Turn } from '../plan/plan.ts'
import type { StepResult } from '../adaptor.ts'
import { Turnstile } from './turnstile.ts'

/** Records that go on at a step of a path: 0 for a page of a run, further in for records that are sent again; after the last step is its router. */
export interface Arrival {
  readonly path: Path
  readonly position: number
  readonly items: readonly Item[]
}

/** A page on its way. */
export interface Passing {
  /** Counts up from 0, without a gap. */
  readonly number: number
  readonly arrivals: readonly Arrival[]
  readonly pageResult: PageResult
  /** It has come to a step, and may wait there for others. */
  reaches?(step: FlowStep): void
  /** Called whenever a step is about to begin with its records; a throw takes the page out. */
  starts(step: FlowStep): void
  /** So many bytes were answered to it. */
  received(bytes: number): void
  /** Keeps records for a file of the step. Absent where the page is not committed. */
  gather?(step: FlowStep, part: GatheredPart): void
  /** These have come to the end of their way, at a router that has no branch for them or after the last step. */
  arrived?(items: readonly Item[]): void
}

/** The three doors of a step. */
interface Station {
  readonly prepare: Turnstile
  readonly start: Turnstile
  readonly finish: Turnstile
}

export class Pipeline {
  readonly #paths: readonly Path[]
  readonly #stations = new Map<FlowStep, Station>()
  readonly #routers = new Map<Router, Turnstile>()

  constructor(root: Path) {
    this.#paths = sortPaths(root)
    for (const { steps, router } of this.#paths) {
      for (const step of steps) this.#stations.set(step, { prepare: new Turnstile(), start: new Turnstile(), finish: new Turnstile() })
      if (router) this.#routers.set(router, new Turnstile())
    }
  }

  /** Every number has to come, and those after it wait where it has not been. */
  async carry(page: Passing): Promise<void> {
    const arrivals = [...page.arrivals]
    this.#passBy(page, this.#paths, arrivals)
    for (const [at, path] of this.#paths.entries()) {
      const here = arrivals.filter((arrival) => arrival.path === path)
      if (here.length === 0) continue
      arrivals.push(...(await this.#alongPath(path, here, page)))
      this.#passBy(page, this.#paths.slice(at + 1), arrivals)
    }
  }

  /** Pages from this one on go no further than to where they wait for those before them: there they fail with the reason. */
  close(from: number, reason: Error): void {
    for (const { prepare, start, finish } of this.#stations.values()) for (const door of [prepare, start, finish]) door.close(from, reason)
    for (const door of this.#routers.values()) door.close(from, reason)
  }

  /** The page will not come to these paths, so those after it need not wait for it there. */
  #passBy({ number }: Passing, ahead: readonly Path[], arrivals: readonly Arrival[]): void {
    const reached = new Set(arrivals.map(({ path }) => path))
    for (const path of ahead) {
      if (reached.has(path)) {
        for (const branch of path.router?.branches ?? []) reached.add(branch)
        continue
      }
      for (const step of path.steps) this.#leave(step, number)
      if (path.router) this.#routers.get(path.router)?.leave(number)
    }
  }

  /** Answers the records that go on into branches. */
  async #alongPath({ steps, router }: Path, here: readonly Arrival[], page: Passing): Promise<Arrival[]> {
    const arriving = (position: number): (readonly Item[])[] => here.filter((each) => each.position === position).map(({ items }) => items)
    let items: readonly Item[] = []
    for (const [position, step] of steps.entries()) {
      items = join([items, ...arriving(position)])
      if (items.length === 0) this.#leave(step, page.number)
      else items = await this.#throughStep(step, items, page)
    }
    items = join([items, ...arriving(steps.length)])
    if (!router) {
      if (items.length > 0) page.arrived?.(items)
      return []
    }
    const door = this.#routers.get(router) as Turnstile
    if (items.length > 0) await door.enter(page.number)
    const routed = items.length > 0 ? await route(router, items, page) : []
    door.leave(page.number)
    return routed
  }

  async #throughStep(step: FlowStep, items: readonly Item[], page: Passing): Promise<Item[]> {
    const { prepare, start, finish } = this.#stations.get(step) as Station
    const { number } = page
    page.reaches?.(step)
    const turn: Turn = {
      start() {
        if (!step.onePageAtATime) prepare.leave(number)
        return start.enter(number)
      },
      starts: () => page.starts(step),
      begun: () => start.leave(number),
      finish: () => finish.enter(number),
      received: page.received,
      ...(page.gather && { gather: (part) => page.gather?.(step, part) }),
      aheadUntil: () => finish.opensTo(number),
    }
    await prepare.enter(number)
    const names = () => ({ 'sluice.step.id': step.stepId, 'sluice.step.type': step.adaptorType, 'sluice.records': items.length })
    const results = await traced('step', 'internal', names, () => processed(step, items, turn), countFailed)
    const keys = step.traceKeys && (await step.traceKeys(items.map(({ record }) => record)))
    this.#leave(step, number)
    return settle(step, items, results, page.pageResult, keys)
  }

  #leave(step: FlowStep, number: number): void {
    const { prepare, start, finish } = this.#stations.get(step) as Station
    for (const door of [prepare, start, finish]) door.leave(number)
  }
}

const countFailed = (results: readonly StepResult[]) => ({
  'sluice.records.failed': results.filter(({ kind }) => kind === 'failed').length,
})

/** In the order of the page, also where branches meet again. */
function join(parts: readonly (readonly Item[])[]): readonly Item[] {
  const some = parts.filter(({ length }) => length > 0)
  return some.length > 1 ? some.flat().toSorted((a, b) => a.index - b.index) : (some[0] ?? [])
}

async function processed(step: FlowStep, items: readonly Item[], turn: Turn): Promise<readonly StepResult[]> {
  const results = await step.process(items, turn).catch((error: unknown) => {
    // The step as a whole cannot go on: every record keeps its retry data, none is lost.
    if (error instanceof StepFailure)
      return items.map((): StepResult => ({
        kind: 'failed',
        failures: [error.failure],
        ...(error.exchange && { exchange: error.exchange }),
      }))
    throw error
  })
  if (results.length !== items.length) throw new Error(`${step.adaptorType} answered ${results.length} results for ${items.length} records`)
  return results
}

/** Counts what became of the records; answers those that go on. `keys` are what the step calls them by. */
function settle(
  step: FlowStep,
  items: readonly Item[],
  results: readonly StepResult[],
  pageResult: PageResult,
  keys: readonly string[] | undefined,
): Item[] {
  return items.flatMap((item, i) => {
    const result = results[i] as StepResult
    const { sent: _begun, ...goingOn } = item
    const stepKey = keys && { stepKey: keys[i] as string }
    if (result.kind === 'failed')
      pageResult.fail(step, { ...item, ...stepKey, ...(result.sent && { sent: result.sent }) }, result.failures, {
        goesOn: step.proceedOnFailure,
        exchange: result.exchange,
      })
    else if (result.kind === 'ignored') pageResult.ignore(step.stepId)
    else pageResult.succeed(step.stepId, result.kind === 'done' && result.warnings?.length ? undefined : (keys?.[i] ?? item.traceKey))
    if (result.kind === 'failed') return step.proceedOnFailure ? [goingOn] : []
    if (result.kind === 'done' && result.warnings?.length)
      pageResult.fail(step, { ...goingOn, ...stepKey }, result.warnings, { goesOn: true })
    return [result.record ? { ...goingOn, record: result.record } : goingOn]
  })
}

/** The records of each branch; those that no branch wants end here. */
async function route(router: Router, items: readonly Item[], { pageResult, arrived }: Passing): Promise<Arrival[]> {
  const byBranch = new Map<number, Item[]>()
  const choices = await router.choose(items.map(({ record }) => record))
  for (const [i, item] of items.entries()) {
    const choice = choices[i] ?? []
    if ('message' in choice)
      pageResult.fail({ stepId: item.sourceId, stage: 'routing', place: { router: router.routerId } }, item, [choice])
    else if (choice.length === 0) arrived?.([item])
    else for (const branch of choice) byBranch.set(branch, [...(byBranch.get(branch) ?? []), item])
  }
  return router.branches.flatMap((path, branch) => {
    const wanted = byBranch.get(branch)
    return wanted ? [{ path, position: 0, items: wanted }] : []
  })
}
