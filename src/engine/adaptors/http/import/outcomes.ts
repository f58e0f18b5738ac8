/** From the answer to one request to the outcome of each record that was in it. */
import type { Redact } from '../../../../domain/redaction/masker.ts'
import type { Failure, Outcome } from '../../../adaptor.ts'
import type { Evaluate } from '../../../evaluation/evaluator.ts'
import type { HttpAnswer } from '../../../outgoing/message.ts'
import { explainUnreadable, isExplained, readResponseBody, type ResponseBody } from '../response-body.ts'
import { valueAt } from '../../../values/value-at.ts'
import { readInBody, isUnreadable, readPaths, type ReadPath } from '../response-paths.ts'
import { describeRefusal, findMessage, findRefusal, readMessageAt } from '../response-check.ts'
import type { ContentParser } from '../../../values/content-parsers.ts'
import { readCsvRows } from '../csv-answers.ts'
import { readXmlBody } from '../export/xml-answers.ts'
import type { Operation } from './operation.ts'

/** How the answers of an import are read. */
export interface Reading {
  /** Media types of answers that mean success, and of those that mean failure, where they are said. */
  readonly mediaType: string | undefined
  readonly errorMediaType: string | undefined
  /** What requests are written in. */
  readonly usual: string
  readonly redact: Redact
  readonly evaluate: Evaluate
  /** How CSV is taken apart, and XML for response mappings. */
  readonly parser: ContentParser | undefined
}

export async function toOutcomes(operation: Operation, answer: HttpAnswer, count: number, reading: Reading): Promise<Outcome[]> {
  const isSuccess = isSuccessful(answer)
  const { mediaType, errorMediaType, usual, redact } = reading
  const read = await readResponseBody(answer, isSuccess ? mediaType : errorMediaType, mediaType ?? usual)
  if (read.isXml) return toXmlOutcomes(operation, answer, count, read, reading)
  if (!isSuccess)
    return repeatOutcome(
      count,
      failedOutcome(answer, describeRefusal(answer, findMessage(read.body, read.text, operation.responseRules.errorPath, redact))),
    )
  const csv = read.isCsv ? await readCsvRows(read.text, reading.parser?.csv ?? {}) : undefined
  const fault = mediaType === 'csv' ? csv?.fault : csv && unexpected
  const isLookedAt = Boolean(operation.responseRules.failPath || operation.responseRules.successPath)
  if (fault !== undefined && isLookedAt) return repeatOutcome(count, failedOutcome(answer, redact(fault)))
  const { unreadable } = read
  if (isLookedAt && isExplained(unreadable)) {
    const message = explainUnreadable(unreadable, answer, read.text, redact)
    return repeatOutcome(count, { kind: 'failed', failures: [{ source: 'application', code: unreadable, message }] })
  }
  // Success without readable words is still success where nothing is to be looked up in it: the status said so, and many APIs answer "OK" or a page of HTML.
  const rows = csv && csv.fault === undefined ? csv.rows : undefined
  const body = rows ?? (read.unreadable ? read.text : read.body)
  const resource = operation.resourcePath ? valueAt(body, operation.resourcePath) : body
  if (count === 1) return [outcome(operation, answer, { body, part: single(resource), json: body }, redact)]
  const parts = Array.isArray(resource) && resource.length === count ? (resource as unknown[]) : undefined
  if (parts) return parts.map((part) => outcome(operation, answer, { body, part, json: part }, redact))
  // Nothing in the answer is about one record of the batch, so it holds for all of them.
  return repeatOutcome(count, outcome(operation, answer, { body, part: undefined, json: body }, redact))
}

/** Whose columns nobody has said anything of. */
const unexpected = 'The application answered CSV, in which what shows success or failure cannot be looked up: say csv as successMediaType.'

const isSuccessful = ({ statusCode }: HttpAnswer): boolean => statusCode >= 200 && statusCode <= 299

/** Where the answer is XML, its text is what response mappings get; with a parser, what it makes of it. */
async function toXmlOutcomes(
  { responseRules, resourcePath, resourceIdPath }: Operation,
  answer: HttpAnswer,
  count: number,
  read: ResponseBody,
  { redact, evaluate, parser }: Reading,
): Promise<Outcome[]> {
  const { successPath, failPath, errorPath } = responseRules
  const isSuccess = isSuccessful(answer)
  const said = await readPaths(evaluate, read, isSuccess ? [successPath, failPath, errorPath, resourceIdPath] : [errorPath], resourcePath)
  if (!isSuccess) {
    const told = isUnreadable(said) ? undefined : readMessageAt(said.at, errorPath, redact)
    return repeatOutcome(
      count,
      failedOutcome(answer, describeRefusal(answer, told ?? findMessage(undefined, read.text, undefined, redact))),
    )
  }
  // What shows success or failure cannot be looked at, so neither can be said.
  if (isUnreadable(said)) return repeatOutcome(count, { kind: 'failed', failures: [{ ...said, message: redact(said.message) }] })
  const data = parser?.xml ? await readXmlBody(evaluate, read.text, { rules: parser.xml }) : undefined
  if (data?.fault !== undefined) return repeatOutcome(count, failedOutcome(answer, redact(data.fault)))
  const views = count === 1 || said.parts.length === count ? Array.from({ length: count }, (_, i) => said.parts[i]) : [undefined]
  const outcomes = views.map((part): Outcome => {
    const at: ReadPath = (path) => part?.(path) ?? said.at(path)
    const refused = findRefusal(at, responseRules, redact)
    if (refused !== undefined) return failedOutcome(answer, readMessageAt(at, errorPath, redact) ?? refused)
    return doneOutcome(answer, resourceIdPath ? at(resourceIdPath) : undefined, data ? data.body : read.text)
  })
  return outcomes.length === count ? outcomes : repeatOutcome(count, outcomes[0] as Outcome)
}

const repeatOutcome = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome)

/** One record sent to an endpoint for many comes back as a list of one. */
const single = (resource: unknown): unknown => (Array.isArray(resource) && resource.length === 1 ? resource[0] : resource)

const failedOutcome = ({ statusCode }: HttpAnswer, message: string): Outcome => {
  const failure: Failure = { source: 'application', code: String(statusCode), message }
  return { kind: 'failed', failures: [failure] }
}

/** An answer as one record sees it: all of it, what of it is about this record, and what response mappings get. */
interface View {
  readonly body: unknown
  readonly part: unknown
  readonly json: unknown
}

function outcome({ responseRules, resourceIdPath }: Operation, answer: HttpAnswer, view: View, redact: Redact): Outcome {
  const judged = judgedPart(responseRules, view)
  const refused = findRefusal(readInBody(judged), responseRules, redact)
  if (refused !== undefined) {
    const told = (of: unknown): string | undefined => findMessage(of, '', responseRules.errorPath, redact)
    return failedOutcome(answer, (responseRules.errorPath && (told(judged) ?? told(view.body))) || refused)
  }
  const id = readResourceId(view.part, resourceIdPath) ?? (resourceIdPath ? readResourceId(view.body, resourceIdPath) : undefined)
  return doneOutcome(answer, id, view.json)
}

const doneOutcome = ({ statusCode, headers }: HttpAnswer, id: unknown, json: unknown): Outcome => ({
  kind: 'done',
  response: { ...(id !== undefined && { id }), statusCode, ignored: false, errors: [], _json: json, headers },
})

/** Paths are looked up in the record's own part of the answer first: batches say for each record how it went. */
function judgedPart({ successPath, failPath }: Operation['responseRules'], { part, body }: View): unknown {
  const path = successPath || failPath
  return path && part !== body && valueAt(part, path) !== undefined ? part : body
}

/** Where `resourceIdPath` says, else under the names that ids mostly have. */
function readResourceId(resource: unknown, path: string | undefined): unknown {
  if (typeof resource !== 'object' || resource === null) return undefined
  if (path) return valueAt(resource, path)
  const { id, _id } = resource as { id?: unknown; _id?: unknown }
  return id ?? _id
}
