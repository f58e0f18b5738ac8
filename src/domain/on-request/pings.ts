/** Tries connections, and keeps what came of it: one that fails its ping goes offline, one that answers comes online. */
import type { ConnectionDocument } from '../../contract/document.ts'
import type { Input, Result } from '../../contract/operation.ts'
import { acceptBounded } from '../accept-body.ts'
import type { pings as operations } from '../../contract/operations/on-request/pings.ts'
import { resources } from '../../contract/resources/index.ts'
import { checkAccess } from '../access/access.ts'
import { withInflightLimit } from '../limits/inflight-limit.ts'
import { recordRepeatedAct } from '../audit/audit-entry.ts'
import { buildChange } from '../audit/audited-changes.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import { findMovedSecrets, withMovedSecrets } from '../documents/redirected-secrets.ts'
import { checkIds } from '../parameters.ts'
import type { Context } from '../context.ts'
import { nextPingAt } from './ping-times.ts'
import type { FieldChange } from '../ports/audit.ts'
import type { Failure, Ping } from '../ports/applications.ts'
import { findReferences } from '../references.ts'
import { hideSecrets, revealSecrets, type HiddenEntry } from '../secrets.ts'
import { validator } from '../validation.ts'
import type { Doc, Entry } from '../ports/document.ts'

type Ops = typeof operations
type Answer = Result<Ops['pingConnection']>

const { stored, body } = resources.connections
const check = validator(body, 'body')

export async function pingConnection(ctx: Context, { params }: Pick<Input<Ops['pingConnection']>, 'params'>): Promise<Answer> {
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'connections', params._id)
  if (!entry) throw notFound('connections')
  return toPingResponse(await tryConnection(ctx, entry))
}

/** The stored connection, and what came of it. What is offline and cannot be asked stays so: a copy without credentials does not come online by itself. */
export async function tryConnection(ctx: Context, entry: Entry<ConnectionDocument>): Promise<Failure | undefined> {
  const result = await askApplication(ctx, entry)
  const failure = refusalOf(ctx, entry.doc, result)
  if (result.isConclusive && failure !== noPing) await persistPing(ctx, entry.doc, failure)
  return failure
}

/**
 * A run was told that the proof is not accepted (401): the connection is tried, and goes offline where it does not work. One without a ping goes offline at
 * once. A connection that was saved since the run read it is another one.
 */
export async function takeOffline(ctx: Context, { _id, lastModified }: Pick<Doc, '_id' | 'lastModified'>): Promise<void> {
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'connections', _id)
  if (!entry || entry.doc.offline || entry.doc.lastModified !== lastModified) return
  if (ctx.applications.hasPing(entry.doc)) return void (await tryConnection(ctx, entry))
  // It may be that it cannot even sign in, and that says more.
  const { failure = refused } = await askApplication(ctx, entry)
  await persistPing(ctx, entry.doc, failure, false)
}

const refused: Failure = {
  source: 'connection',
  code: '401',
  message: 'The application does not accept the credentials of the connection.',
}

const refusalOf = ({ applications }: Context, doc: ConnectionDocument, { failure }: Ping): Failure | undefined =>
  failure ?? (doc.offline && !applications.hasPing(doc) ? noPing : undefined)

const askApplication = (ctx: Context, entry: Entry, isStored = true): Promise<Ping> =>
  withInflightLimit(ctx, () => ctx.applications.ping(ctx, revealSecrets(ctx.vault, ctx.caller.envId, entry), isStored))

const noPing: Failure = {
  source: 'connection',
  code: 'connection_offline',
  message: 'The connection is offline and has no ping that would show whether it works. Save it with its credentials to bring it online.',
}

/** Nobody's edit: `lastModified` stays. A connection that was saved meanwhile is another one than the one that was asked. */
async function persistPing(ctx: Context, { _id, lastModified }: Doc, failure: Failure | undefined, isPing = true): Promise<void> {
  const { envId } = ctx.caller
  await ctx.store.transaction(async (rows) => {
    const before = await rows.documents.lock(envId, 'connections', _id)
    if (!before || before.doc.lastModified !== lastModified) return
    const doc: ConnectionDocument = {
      ...before.doc,
      offline: failure !== undefined,
      status: failure ? 'offline' : 'active',
      ...(failure?.code === 'authorization_needed' && { needsAuthorization: true }),
      ...(!failure && before.doc.needsAuthorization && { needsAuthorization: false }),
      ...(isPing && { lastPingAt: ctx.now().toISOString(), lastPingStatus: failure ? 'failed' : 'success' }),
    }
    const isTurned = (before.doc.offline ?? false) !== doc.offline
    const change = isTurned ? buildChange(ctx, { event: 'update', collection: 'connections', before: before.doc, after: doc }) : undefined
    const references = { all: findReferences(stored, doc), checked: [] }
    // Without a ping nothing would show that it is back.
    if (failure === undefined) await rows.offlinePings.remove(envId, _id)
    else if (isPing) await rows.offlinePings.add(envId, _id, nextPingAt(ctx, 0))
    await rows.documents.write(envId, 'connections', { doc, secrets: before.secrets }, references, 'replacement', change)
  })
}

/** A status of the application is a number, as integrator.io has it. */
const toPingResponse = (failure: Failure | undefined): Answer =>
  failure
    ? ({ errors: [{ ...failure, code: /^\d{3}$/.test(failure.code) ? Number(failure.code) : failure.code }] } as Answer)
    : { code: 200 }

/** Whoever may change a connection may try what it would be: its secrets would go wherever they said. */
export async function pingVirtualConnection(ctx: Context, { body }: Input<Ops['pingVirtualConnection']>): Promise<Answer> {
  const { _id, ...fields } = body as typeof body & { readonly _id?: unknown }
  const before = _id === undefined ? undefined : await readToReplace(ctx, typeof _id === 'string' ? _id : '')
  const details = { virtual: true }
  await recordRepeatedAct(ctx.store, ctx, {
    event: 'ping',
    collection: 'connections',
    _id: before?.doc._id ?? '',
    name: body.name,
    details,
  })
  const entry = entryOf(ctx, fields, before)
  const moved = findMovedSecrets(ctx, 'connections', before?.doc, entry)
  if (before && moved.length > 0) await recordPing(ctx, before.doc, moved)
  // What it would obtain belongs to the stored one only where it would sign in as that does: the sessions see to it.
  return toPingResponse((await askApplication(ctx, entry, before !== undefined)).failure)
}

async function readToReplace(ctx: Context, _id: string): Promise<Entry<ConnectionDocument>> {
  checkIds(['_id'], { _id })
  await checkAccess(ctx, resources.connections.operations.replace, { _id })
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'connections', _id)
  if (!entry) throw notFound('connections')
  return entry
}

/** Nothing is stored of it, and the secrets of the connection go somewhere else all the same. */
async function recordPing(ctx: Context, doc: Doc, moved: readonly FieldChange[]): Promise<void> {
  const change = buildChange(ctx, { event: 'update', collection: 'connections', before: doc, after: doc })
  await ctx.store.audit.add(ctx.caller.envId, [withMovedSecrets(change, moved)])
}

/** As it would be stored. */
function entryOf(ctx: Context, fields: object, before: Entry | undefined): HiddenEntry {
  const at = ctx.now().toISOString()
  const doc = { ...fields, _id: before?.doc._id ?? ctx.newId(), createdAt: at, lastModified: at } as Doc
  return hideSecrets(ctx.vault, ctx.caller.envId, stored, doc, before)
}

/** Refuses a stored connection that does not work, and leaves it as it was; one that works may come online by that. */
export async function checkWorks(ctx: Context, entry: Entry<ConnectionDocument>, field: string): Promise<void> {
  const failure = refusalOf(ctx, entry.doc, await askApplication(ctx, entry))
  if (failure) throw doesNotWork(failure, field)
  await persistPing(ctx, entry.doc, undefined)
}

/** The same for one that is to be made. */
export async function checkUnsavedWorks(ctx: Context, sent: object, field: string): Promise<void> {
  const fields = acceptBounded(stored, sent).value as Record<string, unknown>
  check(fields)
  const { failure } = await askApplication(ctx, entryOf(ctx, fields, undefined), false)
  if (failure) throw doesNotWork(failure, field)
}

const doesNotWork = ({ source, code, message }: Failure, field: string): DomainError =>
  new DomainError('connection_failed', message, field, [], { source, failureCode: code })
