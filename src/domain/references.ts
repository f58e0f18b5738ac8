/** The references of a document, read off its schema, and the check that each points at something the account has. */
import type { TSchema } from 'typebox'
import { visit } from '../contract/walk.ts'
import { DomainError, type Problem } from './errors.ts'
import type { Doc, Reference, Rows } from './ports.ts'

export function referencesOf(schema: TSchema, doc: Doc): Reference[] {
  const found: Reference[] = []
  visit(schema, doc, (shape, value, path) => {
    const collection = shape['x-ref']
    if (collection !== undefined && typeof value === 'string') found.push({ path: path.join('.'), collection, id: value })
  })
  return found
}

/** Refuses a document that refers to what is not there: every such field is named. */
export async function checkReferences(rows: Rows, accountId: string, references: readonly Reference[]): Promise<void> {
  if (references.length === 0) return
  const [first, ...more] = (await rows.documents.absent(accountId, references)).map(problemOf)
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

const problemOf = ({ path, collection, id }: Reference): Problem => ({
  code: 'invalid_ref',
  message: `There is no document ${id} in ${collection}.`,
  field: path,
})
