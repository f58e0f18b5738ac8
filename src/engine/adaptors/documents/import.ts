/** What imports into databases of documents share: which records are left out, and what each becomes. */
import { StepFailure, type Failure, type FlowRecord, type ImportDoc, type Outcome, type Submission } from '../../adaptor.ts'
import type { Exchange } from '../../exchange.ts'
import { isTemplate } from '../../template/template.ts'
import { withoutParent } from '../../template/template-context.ts'
import { splitsRecords } from '../../values/one-to-many-children.ts'
import type { TextsInput } from '../../outgoing/request-texts.ts'
import { createCheck } from '../known-records.ts'
import { prepareText, type TemplateMeans } from './json-template.ts'

/** Whether a record is left out because it is there already, as far as the record itself says so. Undefined where nothing is left out. */
export function createIgnore(
  doc: ImportDoc,
  ignoreExtract: string | null | undefined,
  means: TemplateMeans,
): ((record: FlowRecord) => Promise<boolean>) | undefined {
  if (!doc.ignoreExisting || !ignoreExtract?.trim()) return undefined
  if (isTemplate(ignoreExtract)) {
    const render = prepareText(ignoreExtract, means)
    return async (record) => (await render({ records: [record], data: [record] })).trim() !== ''
  }
  const check = createCheck(ignoreExtract, undefined, [], () => undefined)
  return check && (async (record) => check(record))
}

/** What templates of a record see; `record` is what its mapping made of it. */
export function toInput(doc: ImportDoc, { record, mapped }: Submission): TextsInput {
  return { records: [record], data: [mapped], ...(splitsRecords(doc) && { hidesParent: true }) }
}

/** The record as it is written where no template says it. */
export const toDocument = (doc: ImportDoc, { mapped }: Submission): unknown => (splitsRecords(doc) ? withoutParent(mapped) : mapped)

export const failed = (failure: Failure, exchange?: Exchange): Outcome => ({
  kind: 'failed',
  failures: [failure],
  ...(exchange && { exchange }),
})

/** What failed with a sentence is the record's own failure; all else is a fault of the program. */
export function toFailed(error: unknown): Outcome {
  if (error instanceof StepFailure) return failed(error.failure, error.exchange)
  throw error
}

export const done = (id: unknown, _json: unknown): Outcome => ({
  kind: 'done',
  response: { ...(id !== undefined && id !== null && { id }), statusCode: 200, ignored: false, errors: [], _json },
})
