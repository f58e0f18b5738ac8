/** People sign connections in: on their way to the application with a state that is known here, and back with a code that becomes a session. */
import { createHash, randomBytes } from 'node:crypto'
import type { Input, Result } from '../../contract/operation.ts'
import { authorizationMs, type authorizations as operations } from '../../contract/operations/on-request/authorizations.ts'
import { resources } from '../../contract/resources/index.ts'
import type { ConnectionDocument } from '../../contract/document.ts'
import { platformUser, recordAct } from '../audit/audit-entry.ts'
import { buildChange } from '../audit/audited-changes.ts'
import type { Context, World } from '../context.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { AuthorizationStart } from '../ports/applications.ts'
import type { Entry } from '../ports/document.ts'
import { findReferences } from '../references.ts'
import { revealSecrets } from '../secrets.ts'
import { findSession, sealSession } from '../sessions/sessions.ts'
import { tryConnection } from './pings.ts'

type Ops = typeof operations
/** What is known of somebody on the way. */
type Kept = Omit<AuthorizationStart, 'url'>

const digest = (state: string): string => createHash('sha256').update(state).digest('base64url')
const place = (state: string): string => `authorization/${digest(state)}`

async function findConnection(ctx: Context, _id: string): Promise<Entry<ConnectionDocument>> {
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'connections', _id)
  if (!entry) throw notFound('connections')
  return entry
}

export async function getAuthorizationURL(
  ctx: Context,
  { params }: Input<Ops['getAuthorizationURL']>,
): Promise<Result<Ops['getAuthorizationURL']>> {
  const { envId, userId } = ctx.caller
  const entry = await findConnection(ctx, params._id)
  const state = randomBytes(32).toString('base64url')
  const started = await ctx.applications.startAuthorization(ctx, revealSecrets(ctx.vault, envId, entry), ctx.home, state)
  if ('message' in started) throw new DomainError('connection_not_authorizable', started.message, 'http.auth')
  const { url, ...kept } = started
  const expiresAt = new Date(ctx.now().getTime() + authorizationMs).toISOString()
  const sealed = ctx.vault.seal(JSON.stringify(kept satisfies Kept), place(state))
  await ctx.store.authorizations.add(digest(state), { envId, connectionId: params._id, userId, sealed }, expiresAt)
  return { authorizationURL: url, expiresAt }
}

export async function signOutConnection(ctx: Context, { params }: Input<Ops['signOutConnection']>): Promise<undefined> {
  const { envId } = ctx.caller
  const entry = await findConnection(ctx, params._id)
  const session = await findSession(ctx, envId, params._id)
  const outcome = session && (await ctx.applications.revoke(ctx, revealSecrets(ctx.vault, envId, entry), session))
  await ctx.store.transaction(async (rows) => {
    await rows.connectionSessions.remove(envId, [params._id])
    await recordAct(rows, ctx, {
      event: 'update',
      collection: 'connections',
      _id: params._id,
      name: entry.doc.name,
      details: { signedIn: false },
    })
  })
  if (typeof outcome === 'object')
    ctx.warn?.(`What the connection obtained is forgotten here, and the application could not be told: ${outcome.message}`)
  return undefined
}

/** What came of it, for the person who comes back. */
export type Landing =
  | { readonly kind: 'signed in'; readonly name: string; readonly landingURI?: string; readonly failure?: string }
  | { readonly kind: 'failed'; readonly message: string; readonly isUnknown?: true }

export interface CallbackParameters {
  readonly state?: string | undefined
  readonly code?: string | undefined
  readonly error?: string | undefined
  readonly error_description?: string | undefined
}

/** Characters of an error of the application that are shown. */
const maxShown = 300

export async function finishAuthorization(world: World, { state, code, ...told }: CallbackParameters): Promise<Landing> {
  const found = state ? await world.store.authorizations.take(digest(state), world.now().toISOString()) : undefined
  if (!found || !state) return unknown
  const { envId, connectionId, userId } = found
  const kept = JSON.parse(world.vault.open(found.sealed, place(state))) as Kept
  const accountId = (await world.store.accounts.findAccount(envId)) ?? envId
  const ctx: Context = { ...world, caller: { accountId, envId, userId, scope: '*', level: 'manage' }, strict: false }
  const entry = await world.store.documents.find(envId, 'connections', connectionId)
  if (!entry) return { kind: 'failed', message: 'The connection that somebody signed in for is gone.' }
  const { name } = entry.doc
  const failed = (why: string): Landing => ({ kind: 'failed', message: `The connection ${name} is not signed in. ${why}` })
  if (told.error)
    return failed(`The application says: ${[told.error, told.error_description].filter(Boolean).join(', ').slice(0, maxShown)}.`)
  if (!code) return failed('The application came back without a code.')
  const ended = await ctx.applications.endAuthorization(ctx, revealSecrets(ctx.vault, envId, entry), { ...kept, code })
  if ('message' in ended) return failed(ended.message)
  const { session, landingURI } = ended
  const signedIn = await keepSession(ctx, entry.doc, sealSession(ctx, envId, connectionId, session))
  if (!signedIn) return failed('It was changed or deleted meanwhile. Begin again.')
  const failure = await tryConnection(ctx, signedIn)
  return { kind: 'signed in', name, ...(landingURI !== undefined && { landingURI }), ...(failure && { failure: failure.message }) }
}

const unknown: Landing = {
  kind: 'failed',
  isUnknown: true,
  message:
    'This sign-in is not known here: it was begun more than 15 minutes ago, was used already, or was never begun. Begin again at the connection.',
}

/** Nobody's edit of the connection: `lastModified` stays. One that was saved meanwhile is another one. */
async function keepSession(
  ctx: Context,
  { _id, lastModified }: ConnectionDocument,
  sealed: string,
): Promise<Entry<ConnectionDocument> | undefined> {
  const { envId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const before = await rows.documents.lock(envId, 'connections', _id)
    if (!before || before.doc.lastModified !== lastModified) return undefined
    const doc: ConnectionDocument = { ...before.doc, needsAuthorization: false, offline: false }
    const change = buildChange(ctx, { event: 'update', collection: 'connections', before: before.doc, after: doc })
    const references = { all: findReferences(resources.connections.stored, doc), checked: [] }
    const signedIn = { ...change, fieldChanges: [...change.fieldChanges, { fieldPath: 'signedIn', newValue: true }] }
    await rows.documents.write(envId, 'connections', { doc, secrets: before.secrets }, references, 'replacement', signedIn)
    await rows.connectionSessions.replace(envId, _id, sealed)
    await rows.offlinePings.remove(envId, _id)
    return { doc, secrets: before.secrets }
  })
}

/** Connections that one worker gives back at a time. */
const maxGivenBack = 20

/** What connections obtained that are in the recycle bin is given back, where they say how. Tried once. */
export async function giveBackSessions(world: World): Promise<void> {
  const { store, vault, log } = world
  for (const { envId, connectionId } of await store.connectionSessions.listOfRemoved(maxGivenBack)) {
    const entry = await store.recycleBin.find(envId, 'connections', connectionId)
    const session = await findSession(world, envId, connectionId)
    if (!entry || !session) continue
    const accountId = (await store.accounts.findAccount(envId)) ?? envId
    const ctx: Context = { ...world, caller: { accountId, envId, userId: platformUser, scope: '*', level: 'manage' }, strict: false }
    const outcome = await ctx.applications.revoke(ctx, revealSecrets(vault, envId, entry), session)
    if (outcome === 'given back') await store.connectionSessions.remove(envId, [connectionId])
    else await store.connectionSessions.leave(envId, connectionId)
    if (typeof outcome === 'object')
      log.warn({ connectionId, code: outcome.code }, 'what a deleted connection obtained could not be given back')
  }
}

/** Rows that are removed at once. */
const atOnce = 1000

export async function purgeAuthorizations({ store, now }: Pick<World, 'store' | 'now'>): Promise<void> {
  while ((await store.authorizations.purge(now().toISOString(), atOnce)) === atOnce);
}
