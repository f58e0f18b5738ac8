/** What a token that is for some documents only may do: what concerns these, and nothing else. */
import type { Operation } from '../../contract/operation.ts'
import { scopeFields, type ScopeField } from '../../contract/access-token.ts'
import { DomainError } from '../errors.ts'
import type { Key } from '../ports/document.ts'
import type { Scopes } from '../ports/access-tokens.ts'

const fields = Object.keys(scopeFields) as ScopeField[]

export const inScope = (scopes: Scopes, { collection, id }: Key): boolean =>
  fields.some((field) => scopeFields[field] === collection && scopes[field]?.includes(id) === true)

/** Reading, changing and invoking them; not removing them, and not making anything else of them. */
export function mustBeInScope(scopes: Scopes, operation: Operation, subject: Key | undefined): void {
  const removes = operation.method === 'DELETE' && operation.path.endsWith('/:_id')
  if (operation.ofToken || (subject && !removes && operation.reach !== 'account' && inScope(scopes, subject))) return
  throw new DomainError('access_denied', `The token is for some documents only, and "${operation.summary}" is not for these.`)
}

export const keysOf = (scopes: Scopes): (Key & { field: string })[] =>
  fields.flatMap((field) => (scopes[field] ?? []).map((id, place) => ({ collection: scopeFields[field], id, field: `${field}.${place}` })))
