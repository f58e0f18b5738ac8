/** Turns a DomainError into the status and the body of an error response. */
import { codeOf, statusOf } from '../contract/errors.ts'
import type { DomainError } from './errors.ts'

/** A problem names what it was sent, which can be megabytes. In characters. */
const maxText = 1000
const cut = (text: string): string => (text.length <= maxText ? text : `${text.slice(0, maxText).toWellFormed()}...`)

export function toErrorEnvelope({ problems }: DomainError): { status: number; body: { errors: object[] } } {
  const errors = problems.map(({ code, message, field, details }) => ({
    code: codeOf(code),
    message: cut(message),
    ...(field !== undefined && { field: cut(field) }),
    ...details,
  }))
  return { status: statusOf(problems[0]?.code ?? 'internal_error'), body: { errors } }
}
