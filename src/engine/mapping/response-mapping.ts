/** Response mappings: copies from what a step answered into the record that went through it. The record that came in stays as it was. */
import type { ResponseMapping } from '../../contract/shared/response-mapping.ts'
import { type FlowRecord, StepFailure } from '../adaptor.ts'
import { compileCopy, type CopyRule } from './copy-rule.ts'
import { PathError } from '../values/json-path.ts'
import { isTemplate } from '../template/template.ts'

/** The record with what the response gave it. A path that finds nothing leaves the record's own value. Throws nothing. */
export type MapResponse = (record: FlowRecord, response: Readonly<Record<string, unknown>>) => FlowRecord

/** Throws `StepFailure` where a rule cannot be read. */
export function compileResponseMapping(mapping: ResponseMapping | undefined): MapResponse {
  const ofLists = (mapping?.lists ?? []).flatMap((list) =>
    (list.fields ?? []).map((field) => ({ extract: field.extract, generate: `${list.generate ?? ''}[*].${field.generate ?? ''}` })),
  )
  const rules = [...(mapping?.fields ?? []), ...ofLists].map((rule) => compileRule(rule.extract ?? '', rule.generate ?? ''))
  if (rules.length === 0) return (record) => record
  return (record, response) => {
    const values = rules.map((rule) => rule.read(response))
    // Rows that belong together each get it: steps after this one may look at any of them.
    return Array.isArray(record) ? record.map((row) => writeValues(row, rules, values)) : (writeValues(record, rules, values) as FlowRecord)
  }
}

function writeValues(record: unknown, rules: readonly CopyRule[], values: readonly unknown[]): unknown {
  const made = new WeakSet<object>()
  return rules.reduce((into, rule, i) => rule.write(into, values[i], made), record)
}

/** Paths only: a template could fail for one response, after the step has done its work at the target. */
function compileRule(extract: string, generate: string): CopyRule {
  try {
    if (isTemplate(extract)) throw new PathError('It extracts by a path, not by a template.')
    return compileCopy(extract, generate, () => ({}))
  } catch (error) {
    if (!(error instanceof PathError)) throw error
    throw new StepFailure({
      source: 'response_mapping',
      code: 'invalid_response_mapping',
      message: `The response mapping to "${generate}": ${error.message}`,
    })
  }
}
