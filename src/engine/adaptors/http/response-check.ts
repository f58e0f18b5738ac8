/** Whether an answer means success, and the sentence that says why not. Shared by exports and imports. */
import type { Redact } from '../../../domain/redaction/masker.ts'
import { describeStatus } from '../../adaptor.ts'
import type { HttpAnswer } from '../../outgoing/message.ts'
import { valueAt } from '../../values/value-at.ts'
import type { ReadPath } from './response-paths.ts'

export interface ResponseRules {
  readonly successPath?: string | undefined
  readonly successValues?: readonly string[] | undefined
  readonly failPath?: string | undefined
  readonly failValues?: readonly string[] | undefined
  readonly errorPath?: string | undefined
  readonly allowArrayforSuccessPath?: boolean | undefined
}

/** Characters of an answer that are worth showing; errors are stored, and people read the first lines. */
const maxMessage = 1024

/** Values are compared as text: a configured `"true"` is the boolean, `"null"` is null. */
export const isOneOf = (value: unknown, values: readonly string[]): boolean => value !== undefined && values.includes(asText(value))

const asText = (value: unknown): string => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value))

/** Why these rules call the answer a failure; undefined when they do not. Statuses are not their business. */
export function findRefusal(at: ReadPath, rules: ResponseRules, redact: Redact): string | undefined {
  const { successPath, successValues, failPath, failValues } = rules
  if (failPath) {
    const value = at(failPath)
    const failed = failValues?.length ? isOneOf(value, failValues) : isPresent(value)
    if (failed) return `The answer holds ${redact(asText(value), maxMessage)} at ${failPath}.`
  }
  if (successPath) {
    const value = at(successPath)
    if (!isSuccess(value, successValues ?? [], rules.allowArrayforSuccessPath ?? false)) {
      return value === undefined
        ? `The answer holds nothing at ${successPath}.`
        : `The answer holds ${redact(asText(value), maxMessage)} at ${successPath}.`
    }
  }
  return undefined
}

function isSuccess(value: unknown, values: readonly string[], allowArray: boolean): boolean {
  if (Array.isArray(value)) {
    if (values.length > 0) return allowArray && value.some((one) => isOneOf(one, values))
    return allowArray || value.length > 0
  }
  return values.length > 0 ? isOneOf(value, values) : isPresent(value)
}

/** Null, an empty text, an empty list and false say "not there" in the answers of APIs. */
const isPresent = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0)

/** Where APIs put the sentence for people, most telling first. */
const usual = [
  'message',
  'error.message',
  'error_description',
  'errors[0].message',
  'errors[0].detail',
  'errors[0]',
  'error',
  'detail',
  'title',
  'errors',
]

/** What the application said about a failure, without the secrets that it repeats: at `errorPath`, else where most applications say it, else its first characters. */
export function findMessage(body: unknown, text: string, errorPath: string | undefined, redact: Redact): string | undefined {
  const told = readMessageAt((path) => valueAt(body, path), errorPath, redact)
  if (told) return told
  if (typeof body === 'object' && body !== null) {
    const root = Array.isArray(body) ? body[0] : body
    for (const path of usual) {
      const found = toMessage(valueAt(root, path), redact)
      if (found) return found
    }
  }
  const trimmed = text.trim()
  return trimmed === '' ? undefined : redact(trimmed, maxMessage)
}

/** What is told of an answer that is a failure: what the application said, and what to do where that is known. */
export function describeRefusal({ statusCode, waitAsked }: HttpAnswer, told: string | undefined): string {
  const said = told ?? describeStatus(statusCode)
  if (waitAsked === undefined) return said
  const wait = waitAsked >= 1000 ? `, and asks not to be for ${describeTime(waitAsked)}` : ''
  const sentence = /[.!?]$/.test(said) ? said : `${said}.`
  return `${sentence} The application was asked too often${wait}: lower the concurrency level of its connection, and send again later what failed.`
}

function describeTime(ms: number): string {
  if (ms < 120_000) return `${Math.ceil(ms / 1000)} s`
  return ms < 7_200_000 ? `${Math.ceil(ms / 60_000)} min` : `${Math.ceil(ms / 3_600_000)} h`
}

/** The sentence at the path that is said to hold it. */
export const readMessageAt = (at: ReadPath, errorPath: string | undefined, redact: Redact): string | undefined =>
  errorPath ? toMessage(at(errorPath), redact) : undefined

function toMessage(value: unknown, redact: Redact): string | undefined {
  if (value === undefined || value === null || value === '' || typeof value === 'boolean') return undefined
  return redact(asText(value), maxMessage)
}
