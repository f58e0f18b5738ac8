/** The references of a document, read off its schema, and the refusal of those that point at nothing the account has. */
import type { TSchema } from 'typebox'
import { visitMarked } from '../contract/walk.ts'
import { DomainError, type Problem } from './errors.ts'
import type { Reference } from './ports/document.ts'

export function findReferences(schema: TSchema, doc: Readonly<Record<string, unknown>>): Reference[] {
  const found: Reference[] = []
  visitMarked('x-ref', schema, doc, (shape, value, path) => {
    const collection = shape['x-ref']
    if (collection !== undefined && typeof value === 'string') found.push({ path: path.join('.'), collection, id: value })
  })
  return found
}

/** The refusal of a document that refers to what is not there: every such field is named. */
export function danglingReferences(absent: readonly Reference[]): DomainError {
  const [first, ...more] = absent.map(problemOf)
  return new DomainError('invalid_ref', first?.message ?? '', first?.field, more)
}

const problemOf = ({ path, collection, id }: Reference): Problem => ({
  code: 'invalid_ref',
  message: `There is no document ${id} in ${collection}.`,
  field: path,
})
