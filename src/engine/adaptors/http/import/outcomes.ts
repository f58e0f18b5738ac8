/** From the answer to one request to the outcome of each record that was in it. */
import type { Redact } from '../../../../domain/redaction/masker.ts'
import { answered, type Failure, type Outcome } from '../../../adaptor.ts'
import type { HttpAnswer } from '../../../outgoing/message.ts'
import { readAnswer, type ReadAnswer } from '../response-body.ts'
import { valueAt } from '../path.ts'
import { messageOf, refusedBy } from '../response-check.ts'
import type { Operation } from './operation.ts'

export interface Reading {
  readonly mediaType: string | undefined
  readonly redact: Redact
}

export async function outcomesOf(
  operation: Operation,
  answer: HttpAnswer,
  count: number,
  { mediaType, redact }: Reading,
): Promise<Outcome[]> {
  const read = await readAnswer(answer, mediaType)
  const status = statusProblem(operation, answer, read, redact)
  if (status !== undefined) return same(count, failed(answer, status))
  // Success without readable words is still success: the status said so, and many APIs answer "OK" or a page of HTML.
  const body = read.unreadable ? read.text : read.body
  const resource = operation.resourcePath ? valueAt(body, operation.resourcePath) : body
  if (count === 1) return [outcome(operation, answer, { body, part: single(resource), json: body }, redact)]
  const parts = Array.isArray(resource) && resource.length === count ? (resource as unknown[]) : undefined
  if (parts) return parts.map((part) => outcome(operation, answer, { body, part, json: part }, redact))
  // Nothing in the answer is about one record of the batch, so it holds for all of them.
  return same(count, outcome(operation, answer, { body, part: undefined, json: body }, redact))
}

const same = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome)

/** One record sent to an endpoint for many comes back as a list of one. */
const single = (resource: unknown): unknown => (Array.isArray(resource) && resource.length === 1 ? resource[0] : resource)

function statusProblem({ verdict }: Operation, { statusCode }: HttpAnswer, read: ReadAnswer, redact: Redact): string | undefined {
  if (statusCode >= 200 && statusCode <= 299) return undefined
  return messageOf(read.body, read.text, verdict.errorPath, redact) ?? answered(statusCode)
}

const failed = ({ statusCode }: HttpAnswer, message: string): Outcome => {
  const failure: Failure = { source: 'application', code: String(statusCode), message }
  return { kind: 'failed', failures: [failure] }
}

/** An answer as one record sees it: all of it, what of it is about this record, and what response mappings get. */
interface View {
  readonly body: unknown
  readonly part: unknown
  readonly json: unknown
}

function outcome({ verdict, resourceIdPath }: Operation, answer: HttpAnswer, view: View, redact: Redact): Outcome {
  const judged = judgedPart(verdict, view)
  const refused = refusedBy(judged, verdict, redact)
  if (refused !== undefined) {
    const told = (of: unknown): string | undefined => messageOf(of, '', verdict.errorPath, redact)
    return failed(answer, (verdict.errorPath && (told(judged) ?? told(view.body))) || refused)
  }
  const id = idIn(view.part, resourceIdPath) ?? (resourceIdPath ? idIn(view.body, resourceIdPath) : undefined)
  const { statusCode, headers } = answer
  return { kind: 'done', response: { ...(id !== undefined && { id }), statusCode, ignored: false, errors: [], _json: view.json, headers } }
}

/** Paths are looked up in the record's own part of the answer first: batches say for each record how it went. */
function judgedPart({ successPath, failPath }: Operation['verdict'], { part, body }: View): unknown {
  const path = successPath || failPath
  return path && part !== body && valueAt(part, path) !== undefined ? part : body
}

/** Where `resourceIdPath` says, else under the names that ids mostly have. */
function idIn(resource: unknown, path: string | undefined): unknown {
  if (typeof resource !== 'object' || resource === null) return undefined
  if (path) return valueAt(resource, path)
  const { id, _id } = resource as { id?: unknown; _id?: unknown }
  return id ?? _id
}
