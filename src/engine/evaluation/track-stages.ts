/** What one run or one request evaluates with, and whether all of it can work. */
import { StepFailure } from '../adaptor.ts'
import type { Evaluate, Evaluator } from './evaluator.ts'

export interface Evaluating {
  readonly evaluate: Evaluate
  /** What is made in `make` is of this step, and so is the `StepFailure` that it throws, at once or later. */
  ofStep<T>(stepId: string, make: () => T): T
  /** Throws the `StepFailure` of the first stage that can never work. */
  ready(): Promise<void>
}

export function createEvaluating(evaluator: Evaluator, accountId: string): Evaluating {
  const stages: { readonly ready: Promise<void>; readonly stepId: string | undefined }[] = []
  let making: string | undefined
  return {
    evaluate(stage, caches) {
      const evaluation = evaluator.stage(accountId, stage, caches)
      stages.push({ ready: evaluation.ready, stepId: making })
      return evaluation
    },
    ofStep(stepId, make) {
      making = stepId
      try {
        const made = make()
        return made instanceof Promise ? (made.catch(failAt(stepId)) as typeof made) : made
      } catch (error) {
        return failAt(stepId)(error)
      } finally {
        making = undefined
      }
    },
    async ready() {
      for (const { ready, stepId } of stages) await (stepId === undefined ? ready : ready.catch(failAt(stepId)))
    },
  }
}

/** What an adaptor makes of a step. */
export interface Compiling {
  readonly evaluate: Evaluate
  /** Throws the `StepFailure` of the first stage so far that can never work. What is made later says so where it is evaluated. */
  compiled(): Promise<void>
}

export function untilCompiled(evaluate: Evaluate): Compiling {
  let made: Promise<void>[] | undefined = []
  return {
    evaluate(stage, caches) {
      const evaluation = evaluate(stage, caches)
      made?.push(evaluation.ready)
      return evaluation
    },
    async compiled() {
      const all = made ?? []
      made = undefined
      await Promise.all(all)
    },
  }
}

const failAt =
  (stepId: string) =>
  (error: unknown): never => {
    if (error instanceof StepFailure) error.stepId ??= stepId
    throw error
  }
