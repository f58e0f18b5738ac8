/** Limits a token to the documents or integrations that it lists. */
import type { Operation, TokenLevel } from '../../contract/operation.ts'
import { scopeFields, type ScopeField } from '../../contract/access-token.ts'
import { DomainError } from '../errors.ts'
import type { Key } from '../ports/document.ts'
import { levelInIntegration } from './code-rights.ts'
import type { Identity } from '../ports/accounts.ts'
import type { IntegrationLevel, Scopes } from '../ports/access-tokens.ts'

const fields = Object.keys(scopeFields) as ScopeField[]

export const isListed = (scopes: Scopes, { collection, id }: Key): boolean =>
  fields.some((field) => scopeFields[field] === collection && scopes[field]?.includes(id) === true)

/** What belongs to the integrations of a token is told by its reach. */
export const isInScope = (scopes: Scopes, key: Key): boolean => scopes.integrationLevels !== undefined || isListed(scopes, key)

/** Reading, changing and invoking them; not removing them, and not making anything else of them. */
export function checkScope(scopes: Scopes, operation: Operation, subject: Key | undefined): void {
  if (scopes.integrationLevels && !operation.allowsScopedTokens) return checkTokenLevel(scopes.integrationLevels, operation, subject)
  if (scopes.mcpScopes && subject?.collection === 'mcpservers' && !operation.servesMcp)
    throw new DomainError('access_denied', 'The token calls the tools of MCP servers, and does nothing else with these.')
  const removes = operation.method === 'DELETE' && operation.path.endsWith('/:_id')
  if (operation.allowsScopedTokens || (subject && !removes && operation.partialAccess !== 'account' && isInScope(scopes, subject))) return
  throw new DomainError('access_denied', `The token is for some documents only, and "${operation.summary}" is not for these.`)
}

const rank: Readonly<Record<TokenLevel, number>> = { read: 0, plan: 1, apply: 2 }

function checkTokenLevel(levels: readonly IntegrationLevel[], { tokenLevel, summary }: Operation, subject: Key | undefined): void {
  const given = subject?.collection === 'integrations' ? levels.find(({ _integrationId }) => _integrationId === subject.id) : undefined
  if (tokenLevel !== undefined && given && rank[given.level] >= rank[tokenLevel]) return
  const level = tokenLevel === undefined ? 'no such token does that' : `that asks for the level ${tokenLevel}`
  throw new DomainError('access_denied', `The token is for some integrations only: "${summary}" is not open to it, ${level}.`)
}

/** Refuses what is more than looking for a token that only plans. */
export function checkMayApply({ caller: { scopes } }: { readonly caller: Identity }, integrationId: string): void {
  const given = scopes?.integrationLevels?.find(({ _integrationId }) => _integrationId === integrationId)
  if (scopes?.integrationLevels && given?.level !== 'apply')
    throw new DomainError('access_denied', 'The token tries out changes of the integration, and carries none out.')
}

/** The caller with a token for some integrations: within these, with no more than its user has in each, and with nothing else that its user has made. */
export function narrowToToken(caller: Identity, tokenId: string): Identity {
  const levels = caller.scopes?.integrationLevels
  if (!levels) return caller
  const own = new Map(levels.map(({ _integrationId: id }) => [id, levelInIntegration(caller, id)]))
  const held = levels.flatMap(({ _integrationId: id, level }) => {
    const most = own.get(id)
    return most === undefined ? [] : [[id, level === 'read' ? ('monitor' as const) : most] as const]
  })
  const integrations = Object.fromEntries(held)
  const pulledFrom = held.flatMap(([id]) => (own.get(id) === 'manage' ? [id] : []))
  const level = Object.values(integrations).includes('manage') ? 'manage' : 'monitor'
  return { ...caller, level, reach: { integrations, pulledFrom, callId: tokenId } }
}

export const listScopeKeys = (scopes: Scopes): (Key & { field: string })[] =>
  fields.flatMap((field) => (scopes[field] ?? []).map((id, place) => ({ collection: scopeFields[field], id, field: `${field}.${place}` })))
