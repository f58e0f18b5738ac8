/** What one run or one request evaluates with, and whether all of it can work. */
import type { Evaluate, Evaluator } from './evaluator.ts'

export interface Evaluating {
  readonly evaluate: Evaluate
  /** Throws the `StepFailure` of the first stage that can never work. */
  ready(): Promise<void>
}

export function createEvaluating(evaluator: Evaluator, accountId: string): Evaluating {
  const stages: { readonly ready: Promise<void> }[] = []
  return {
    evaluate(stage, caches) {
      const evaluation = evaluator.stage(accountId, stage, caches)
      stages.push(evaluation)
      return evaluation
    },
    async ready() {
      for (const { ready } of stages) await ready
    },
  }
}
