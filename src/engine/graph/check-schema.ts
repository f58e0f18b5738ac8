/** Whether what an API or a tool is called with fits the JSON Schema that it declares. Looked at in a process: a pattern of the schema may take for ever. */
import { StepFailure, type Failure } from '../adaptor.ts'
import type { Definitions } from '../plan/read-documents.ts'
import type { SchemaProblem } from '../values/json-schema.ts'

/** What is wrong with it, with the place; nothing where it fits. Throws `StepFailure` where that cannot be told. */
export type CheckSchema = (value: unknown) => Promise<readonly SchemaProblem[]>

export function createSchemaCheck({ evaluate }: Pick<Definitions, 'evaluate'>, schema: object): CheckSchema {
  const evaluation = evaluate({ kind: 'schema', source: 'internal', schema })
  return async (value) => {
    const found = await evaluation.one({ value })
    if ('stopped' in found) throw new StepFailure(found.stopped)
    if ('message' in found.value) throw new StepFailure(found.value as Failure)
    return found.value as readonly SchemaProblem[]
  }
}
