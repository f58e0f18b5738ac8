/** What an API answers, as it goes over the wire: checked, so that it can be sent, and bounded. */
import type { ApiAnswer } from '../../domain/ports/apis/api-calls.ts'
import { StepFailure } from '../adaptor.ts'
import { bodiless, findAnswerFault, inert, toHeaderValue } from '../values/answer.ts'

/** Of a body: as large as what comes in. Bytes. */
const mostBytes = 5 * 1024 * 1024

const json = 'application/json; charset=utf-8'

/** Throws `StepFailure` where it cannot be sent. A text goes out as it is, anything else as JSON. */
export function makeAnswer(statusCode: number, headers: Readonly<Record<string, string>>, body: unknown): ApiAnswer {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), toHeaderValue(value)] as const)
  const fault = findAnswerFault(
    statusCode,
    named.map(([name]) => name),
  )
  if (fault) throw new StepFailure({ source: 'internal', code: 'answer_not_usable', message: fault })
  const text = bodiless.has(statusCode) || body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  if (Buffer.byteLength(text) > mostBytes)
    throw new StepFailure({
      source: 'internal',
      code: 'answer_too_large',
      message: `The answer is larger than ${mostBytes / 1024 / 1024} MB.`,
    })
  const type = text === '' ? {} : { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : json }
  return { statusCode, headers: { ...inert, ...type, ...Object.fromEntries(named) }, body: text }
}

interface ToldError {
  readonly code: string
  readonly message: string
  readonly source?: string
  readonly field?: string
}

/** In the form of every error of the server. */
export const makeErrorAnswer = (statusCode: number, errors: readonly ToldError[]): ApiAnswer =>
  makeAnswer(
    statusCode,
    {},
    { errors: errors.map(({ code, message, source, field }) => ({ code, message, ...(source && { source }), ...(field && { field }) })) },
  )
