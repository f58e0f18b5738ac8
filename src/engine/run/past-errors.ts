/** Resolves the open errors of records that have gone through since, told by their trace keys, where the flow says so (`autoResolveMatchingTraceKeys`). */
import type { RowsOf } from '../../domain/ports/store.ts'
import type { PageResult } from '../plan/plan.ts'

export class PastErrors {
  readonly #envId: string
  readonly #flowId: string
  /** Steps that have open errors: nothing is asked for the others. Runs of a flow follow each other, so only this one adds to them. */
  readonly #open: Set<string>

  constructor(envId: string, flowId: string, open: Iterable<string>) {
    this.#envId = envId
    this.#flowId = flowId
    this.#open = new Set(open)
  }

  concerns({ passed }: PageResult): boolean {
    return [...passed.keys()].some((stepId) => this.#open.has(stepId))
  }

  /** Ahead of the errors of the page itself: a record that went through and another of its key that did not leave one open. */
  async resolve(rows: RowsOf<'flowErrors'>, { passed, errors }: PageResult, at: string): Promise<void> {
    for (const [stepId, traceKeys] of passed)
      if (this.#open.has(stepId))
        await rows.flowErrors.resolveByTraceKeys(this.#envId, this.#flowId, stepId, [...traceKeys], 'autopilot', at)
    for (const { stepId } of errors) this.#open.add(stepId)
  }
}
