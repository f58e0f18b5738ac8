/** Lists, creates, changes and revokes access tokens. How a request is authenticated with one is in http/authentication.ts. */
import type { Static } from 'typebox'
import { maxDaysToPurge, scopeFields, type AccessToken, type AccessTokenUpdate, type ScopeField } from '../../contract/access-token.ts'
import { mask } from '../../contract/kit.ts'
import type { Input } from '../../contract/operation.ts'
import type { accessTokens as operations } from '../../contract/operations/accounts/access-tokens.ts'
import { isAdministrator, filterVisible } from '../access/access.ts'
import { hashToken, makeToken } from './accounts.ts'
import { readPage } from '../paging.ts'
import { JsonText, type JsonPage } from '../result.ts'
import { buildChange } from '../audit/audited-changes.ts'
import { DomainError } from '../errors.ts'
import { computeEtag, checkIfMatch } from '../etag.ts'
import { isEnvironmentOpen, accountTokenRequired, environmentFilter, canReachEnvironment } from '../access/extent.ts'
import type { AccessTokenRow, Scopes } from '../ports/access-tokens.ts'
import type { Context, World } from '../context.ts'
import { projectRecord, parseProjection } from '../projection.ts'
import { danglingReferences } from '../references.ts'
import { isListed, listScopeKeys } from '../access/scopes.ts'
import { levelsField, checkIntegrationLevels } from './integration-tokens.ts'
import type { RowsOf } from '../ports/store.ts'
import { excludeKeys } from '../keys.ts'

type Ops = typeof operations
type Answer = Static<typeof AccessToken>
type Terms = Omit<Static<typeof AccessTokenUpdate>, 'revoked'>

const dayMs = 86_400_000

const tokenNotFound = (): DomainError => new DomainError('not_found', 'Access token not found.', '_accesstokenId')
const ofAnother = (): DomainError => new DomainError('access_denied', 'This personal access token is owned by another user')

export async function listAccessTokens(ctx: Context, { query }: Input<Ops['listAccessTokens']>): Promise<JsonPage> {
  const asked = query as { include?: string; exclude?: string; limit?: number; skip?: number }
  const projection = parseProjection(asked, 'accesstokens', { identity: ['_id', 'name'], listOmits: [], projection: true })
  const { accountId, userId } = ctx.caller
  const user = isAdministrator(ctx) ? undefined : userId
  return readPage(
    asked,
    (skip, limit) => ctx.store.accessTokens.list(accountId, user, environmentFilter(ctx), skip, limit),
    (rows) => rows.map((row) => projectRecord(toTokenResponse(row), projection)),
  )
}

export async function createAccessToken(ctx: Context, { body }: Input<Ops['createAccessToken']>): Promise<JsonText> {
  const { accountId, userId, ashareId } = ctx.caller
  const { _envId: envId = ctx.caller.envId, ...terms } = body
  const token = makeToken()
  if (!canReachEnvironment(ctx, envId)) throw accountTokenRequired("A token for another environment is the account's to make", '_envId')
  return ctx.store.transaction(async (rows) => {
    if (!(await isEnvironmentOpen(rows, ctx.caller, envId)))
      throw new DomainError('invalid_ref', `There is no document ${envId} in environments.`, '_envId')
    const at = ctx.now().toISOString()
    const made: AccessTokenRow = {
      _id: ctx.newId(),
      accountId,
      envId,
      userId,
      ...(ashareId !== undefined && { ashareId }),
      ...(await parseTerms(rows, ctx, terms, envId)),
      revoked: false,
      createdAt: at,
      lastModified: at,
    }
    await rows.accessTokens.add(made, hashToken(token))
    await recordTokenChange(rows, ctx, 'create', undefined, made)
    const stored = await readStoredToken(rows, made)
    return new JsonText(JSON.stringify({ ...stored, token }), JSON.stringify(stored))
  })
}

export async function getAccessToken(ctx: Context, { params }: Input<Ops['getAccessToken']>): Promise<JsonText> {
  const found = await ctx.store.accessTokens.find(ctx.caller.accountId, params._id)
  if (!found || !canReachEnvironment(ctx, found.envId)) throw tokenNotFound()
  if (found.userId !== ctx.caller.userId && !isAdministrator(ctx)) throw ofAnother()
  return new JsonText(JSON.stringify(toTokenResponse(found)))
}

export async function updateAccessToken(ctx: Context, { params, body }: Input<Ops['updateAccessToken']>): Promise<JsonText> {
  const { revoked, ...terms } = body
  return ctx.store.transaction(async (rows) => {
    const before = await lock(rows, ctx, params._id)
    const isOwn = before.userId === ctx.caller.userId
    if (!isOwn && revoked !== true) throw ofAnother()
    if (before.revoked && revoked === false)
      throw new DomainError('invalid_field', 'A token that was revoked stays revoked. Make another one.', 'revoked')
    const { description: _description, scopes: _scopes, autoPurgeAt: _autoPurgeAt, ...fixed } = before
    const after: AccessTokenRow = {
      ...(isOwn ? { ...fixed, ...(await parseTerms(rows, ctx, terms, before.envId, before)) } : before),
      revoked: revoked ?? before.revoked,
      lastModified: ctx.now().toISOString(),
    }
    await rows.accessTokens.replace(after)
    await recordTokenChange(rows, ctx, 'update', before, after)
    return new JsonText(JSON.stringify(await readStoredToken(rows, after)))
  })
}

export async function deleteAccessToken(ctx: Context, { params }: Input<Ops['deleteAccessToken']>): Promise<undefined> {
  await ctx.store.transaction(async (rows) => {
    const before = await lock(rows, ctx, params._id)
    if (!before.revoked) throw new DomainError('invalid_field', 'A token is revoked before it is deleted: set revoked to true.', 'revoked')
    await rows.accessTokens.remove(before.accountId, before._id)
    await recordTokenChange(rows, ctx, 'delete', before, undefined)
  })
}

async function lock(rows: RowsOf<'accessTokens'>, ctx: Context, id: string): Promise<AccessTokenRow> {
  const found = await rows.accessTokens.lock(ctx.caller.accountId, id)
  if (!found || !canReachEnvironment(ctx, found.envId)) throw tokenNotFound()
  if (found.userId !== ctx.caller.userId && !isAdministrator(ctx)) throw ofAnother()
  checkIfMatch(ctx.ifMatch, computeEtag(JSON.stringify(toTokenResponse(found))))
  return found
}

/** As it is read from now on, so that its tag is the same. */
const readStoredToken = async (rows: RowsOf<'accessTokens'>, { accountId, _id }: AccessTokenRow): Promise<Answer> =>
  toTokenResponse((await rows.accessTokens.find(accountId, _id)) as AccessTokenRow)

async function parseTerms(
  rows: RowsOf<'clones' | 'documents'>,
  ctx: Context,
  { name, description, fullAccess, autoPurgeAt, mcpScopes, ...lists }: Terms,
  envId: string,
  before?: AccessTokenRow,
): Promise<Pick<AccessTokenRow, 'name' | 'description' | 'scopes' | 'autoPurgeAt'>> {
  const listed = Object.entries(lists as Scopes).filter(
    ([field, all]) => (field in scopeFields || field === levelsField) && (all?.length ?? 0) > 0,
  )
  if (fullAccess === true && listed.length > 0)
    throw new DomainError('invalid_field', 'A token has either fullAccess or lists of what it is for, not both.', 'fullAccess')
  if (fullAccess !== true && listed.length === 0)
    throw new DomainError(
      'missing_required_field',
      'Expected field: fullAccess to be true, or a list of what the token is for.',
      'fullAccess',
    )
  const scopes: Scopes = { ...(Object.fromEntries(listed) as Scopes), ...(mcpScopes?.length && { mcpScopes }) }
  if (mcpScopes?.length && !scopes._mcpServerIds)
    throw new DomainError('invalid_field', 'They are for a token that lists MCP servers: set _mcpServerIds.', 'mcpScopes')
  await checkScopesVisible(rows, ctx, envId, scopes, before?.scopes)
  await checkIntegrationLevels(rows, ctx, envId, scopes, before?.scopes)
  const end = autoPurgeAt === undefined ? undefined : new Date(autoPurgeAt).toISOString()
  if (end !== undefined && end !== before?.autoPurgeAt) checkEnd(ctx, end)
  return {
    name,
    ...(description !== undefined && { description }),
    ...(listed.length > 0 && { scopes }),
    ...(end !== undefined && { autoPurgeAt: end }),
  }
}

/** What the token is for already may be gone meanwhile: that it still is named hinders nobody from ending the token. */
async function checkScopesVisible(
  rows: RowsOf<'documents'>,
  ctx: Context,
  envId: string,
  scopes: Scopes,
  before: Scopes = {},
): Promise<void> {
  const keys = listScopeKeys(scopes).filter((key) => !isListed(before, key))
  if (keys.length === 0) return
  const present = await rows.documents.filterPresent(envId, keys)
  const visible = await filterVisible({ ...ctx, caller: { ...ctx.caller, envId } }, present)
  const absent = excludeKeys(keys, visible)
  if (absent.length > 0) throw danglingReferences(absent.map(({ field, ...key }) => ({ ...key, path: field })))
}

function checkEnd(ctx: Context, end: string): void {
  const ahead = Date.parse(end) - ctx.now().getTime()
  const most = maxDaysToPurge[ctx.caller.ashareId === undefined ? 'user' : 'ashare']
  if (ahead > 0 && ahead <= most * dayMs) return
  throw new DomainError('invalid_field', `autoPurgeAt must be ahead, and at most ${most} days.`, 'autoPurgeAt')
}

function toTokenResponse({
  accountId: _account,
  envId,
  userId,
  ashareId,
  scopes,
  revoked,
  name,
  description,
  autoPurgeAt,
  ...rest
}: AccessTokenRow): Answer {
  const lists = Object.fromEntries(Object.entries(scopes ?? {}) as [ScopeField, string[]][])
  return {
    ...rest,
    token: mask,
    name,
    ...(description !== undefined && { description }),
    fullAccess: scopes === undefined,
    ...lists,
    ...(autoPurgeAt !== undefined && { autoPurgeAt }),
    revoked,
    tokenType: ashareId === undefined ? 'user' : 'ashare',
    ...(ashareId !== undefined && { _aShareId: ashareId }),
    _userId: userId,
    _envId: envId,
  }
}

async function recordTokenChange(
  rows: RowsOf<'audit'>,
  ctx: Context,
  event: 'create' | 'update' | 'delete',
  before: AccessTokenRow | undefined,
  after: AccessTokenRow | undefined,
): Promise<void> {
  const change = buildChange(ctx, {
    event,
    collection: 'accesstokens',
    before: before && toTokenResponse(before),
    after: after && toTokenResponse(after),
  })
  await rows.audit.add(ctx.caller.accountId, [change])
}

/** Tokens of one step. */
const purgeBatch = 1000

/** Once a minute, by one of all workers. Those that have ended are nobody anyway; here they go. */
export async function purgeEndedTokens({ store }: World): Promise<void> {
  await store.accessTokens.purgeEnded(purgeBatch)
}
