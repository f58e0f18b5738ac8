/** A bad request, and what an answer to one must look like whatever it is. */
import { codeOf, statusOf, type ErrorCode } from '../../../src/contract/errors.ts'
import { everywhere, withBody } from '../../../src/contract/openapi.ts'
import { readText } from '../api.ts'
import type { Operation } from '../../../src/contract/operation.ts'

export interface BadRequest {
  /** What is wrong with it, for the message of a failure. */
  readonly what: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Taking it would be a fault. Without it the server may read it as it likes, as long as it does so in order. */
  readonly mustRefuse?: true
}

export interface BadAnswer {
  readonly status: number
  readonly type: string
  readonly text: string
}

export async function send(url: string, token: string, request: BadRequest): Promise<BadAnswer> {
  const { method, path, headers, body } = request
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: body as string }),
    redirect: 'manual',
  })
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await readText(response) }
}

/** Refusals of the server itself, before an operation is known. */
const ofTheServer: readonly ErrorCode[] = ['bad_request', 'unknown_route', 'uri_too_long', 'header_too_large']
/** What stands beside the words of an application, or of whatever kept it from answering. */
const ofApplications = ['source', 'failureCode']
const saysMore: Readonly<Record<string, readonly string[]>> = { export_failed: ofApplications, import_failed: ofApplications }
/** A refusal says what is wrong; it does not send back what it was sent. In characters. */
const longestRefusal = 64_000
const ofTheInside = /\bat \S+ \(|node_modules|\.ts:\d|\bselect \w+ from\b|sluice\.\w+_|postgres|duplicate key|violates/i

/** What is not in order with the answer: a refusal has a status and a code that the operation documents, in the one envelope, and tells nothing of the inside. */
export function faultOf(operation: Operation, request: BadRequest, { status, type, text }: BadAnswer): string | undefined {
  const fault = status >= 400 ? problemOf(operation, status, type, text) : request.mustRefuse && 'taken, though it must be refused'
  const seen = { ...request, body: request.body?.toString().slice(0, 500) }
  return fault && `${fault}: ${JSON.stringify({ request: seen, status, text: text.slice(0, 2000) })}`
}

function problemOf(operation: Operation, status: number, type: string, text: string): string | undefined {
  if (status >= 500) return 'a fault of the server'
  if (!type.startsWith('application/json')) return `a refusal as ${type}`
  if (text.length > longestRefusal) return `a refusal of ${text.length} characters`
  if (ofTheInside.test(text)) return 'a refusal that tells of the inside'
  const { errors, ...rest } = JSON.parse(text) as { errors?: Record<string, unknown>[] }
  if (!Array.isArray(errors) || errors.length === 0 || Object.keys(rest).length > 0) return 'not the envelope of refusals'
  const known = [...operation.errors, ...everywhere, ...(operation.body ? withBody : ['unsupported_media_type' as const]), ...ofTheServer]
  for (const [i, { code, message, field, ...more }] of errors.entries()) {
    if (typeof code !== 'string' || typeof message !== 'string' || message === '' || !['string', 'undefined'].includes(typeof field))
      return 'an entry that is not {code, message, field}'
    if (Object.keys(more).some((key) => !saysMore[code]?.includes(key))) return `an entry with ${Object.keys(more).join()}`
    if (!known.some((name) => codeOf(name) === code && (i > 0 || statusOf(name) === status)))
      return `${status} ${code}, which the operation does not document`
  }
  return undefined
}
