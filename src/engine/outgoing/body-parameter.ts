/** A credential that an API wants as a field of the body, beside what the request itself has to say. */
import { parseBounded } from '../../domain/limits/parse-json.ts'
import { StepFailure } from '../adaptor.ts'
import type { HttpRequest } from './message.ts'

export function withBodyParameter(request: HttpRequest, name: string, value: string): HttpRequest {
  // A GET has no body to put it into; sending one would be another request than the one that was configured.
  if (request.body === undefined && (request.method === 'GET' || request.method === 'HEAD')) return request
  if (request.content) throw unsupported()
  const body = String(request.body ?? '')
  if (/urlencoded/i.test(request.headers['content-type'] ?? '')) {
    const fields = new URLSearchParams(body)
    fields.set(name, value)
    return { ...request, body: fields.toString(), secretBody: true }
  }
  return { ...request, body: JSON.stringify({ ...objectOf(body), [name]: value }), secretBody: true }
}

function objectOf(body: string): Record<string, unknown> {
  if (body === '') return {}
  try {
    const parsed: unknown = parseBounded(body)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>
  } catch {
    // Falls through to the failure: the body is no JSON at all.
  }
  throw unsupported()
}

const unsupported = (): StepFailure =>
  new StepFailure({
    source: 'connection',
    code: 'token_location_unsupported',
    message: 'The connection puts its token into the body, but the body of this request is not a JSON object.',
  })
