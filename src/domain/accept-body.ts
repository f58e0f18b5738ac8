/** Cuts a request body to its schema, within bounds on its fields, so that no body keeps the server busy for long. */
import type { TSchema } from 'typebox'
import { accept, type Accepted, type Bounds } from '../contract/accept.ts'
import { DomainError } from './errors.ts'

const maxFields: Bounds = {
  /** A client that means well sends a few. */
  unknown: 1_000,
  /** The largest flows have some thousand. Cutting, checking and following 50,000 takes 0.1 s. */
  declared: 50_000,
}
const boundMessages: Readonly<Record<keyof Bounds, string>> = {
  unknown: 'fields that it has no meaning for',
  declared: 'fields and items of lists',
}

/** Throws `request_too_large`. */
export function acceptBounded(schema: TSchema, value: unknown): Accepted {
  const accepted = accept(schema, value, maxFields)
  const { exceeds } = accepted
  if (exceeds)
    throw new DomainError(
      'request_too_large',
      `A body may hold at most ${maxFields[exceeds].toLocaleString('en')} ${boundMessages[exceeds]}.`,
    )
  return accepted
}
