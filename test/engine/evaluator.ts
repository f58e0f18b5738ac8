/** One evaluator for all tests of a process: its own processes take half a second to start on a busy machine, and end with the one that started them. */
import { openEvaluator, type Evaluate } from '../../src/engine/evaluation/evaluator.ts'

export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

export const evaluator = openEvaluator(silent)

export const evaluate: Evaluate = (stage, caches) => evaluator.stage('account', stage, caches)
