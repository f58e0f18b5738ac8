/** The parts of the engine that every run shares: the world, adaptors and the evaluator. */
import type { Evaluator } from '../evaluation/evaluator.ts'
import type { World } from '../../domain/context.ts'
import type { Adaptors } from '../adaptor.ts'

export interface Engine {
  readonly world: World
  readonly adaptors: Adaptors
  readonly evaluator: Evaluator
  /** Of one run at the most. */
  readonly pagesInFlight: number
  /** Before each time that a record is sent again by itself. Milliseconds. */
  readonly retryWaits: readonly number[]
}
