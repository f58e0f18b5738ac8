/** One evaluator for all tests of a file: its processes take half a second to start on a busy machine. */
import { afterAll } from 'vitest'
import { openEvaluator, type Evaluate } from '../../src/engine/evaluation/evaluator.ts'

export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

export const evaluator = openEvaluator(silent)
afterAll(() => evaluator.close())

export const evaluate: Evaluate = (stage, caches) => evaluator.stage('account', stage, caches)
