/** Reads a configured path in an answer or a record. A path that cannot be read is the step's mistake, not the record's. */
import { StepFailure } from '../adaptor.ts'
import { extract, PathError } from './json-path.ts'

export function valueAt(value: unknown, path: string): unknown {
  try {
    return extract(value, path)
  } catch (error) {
    if (error instanceof PathError) throw new StepFailure({ source: 'internal', code: 'invalid_path', message: error.message })
    throw error
  }
}
