/** Limits an Integration App to the documents of its own installation. */
import type { AnyBody } from '../../contract/document.ts'
import type { Operation } from '../../contract/operation.ts'
import type { Collection } from '../../contract/resources/index.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Installation, AppRights } from '../ports/apps.ts'
import type { Doc, Entry, Key, Reference } from '../ports/document.ts'
import type { PageQuery } from '../ports/documents.ts'
import type { RowsOf } from '../ports/store.ts'

/** Which of their own fields apps leave alone: the platform says where an installation stands. */
export const platformFields = ['_connectorId', '_parentId', '_integrationId', 'mode', 'pendingLicense', '_registeredConnectionIds'] as const

/** What asks an application over a connection and changes nothing of it. */
const overConnection = /^\/v1\/connections\/:_id\/(?:ping|test|export|import)(?:\/|$)/

/** The integration that is asked for comes first: documents that name none go there. */
export async function readAppRights({ apps }: RowsOf<'apps'>, installation: Installation): Promise<AppRights> {
  const { envId, rootId, integrationId, connectorId, pausedAt } = installation
  const members = await apps.listMembers(envId, rootId)
  const integrationIds = [integrationId, ...members.filter((id) => id !== integrationId)]
  return { connectorId, integrationIds, isPaused: pausedAt !== undefined }
}

/** Refuses an operation on what is not the app's, and those that only the platform carries out on an installation. */
export async function checkAppAccess(ctx: Context, rights: AppRights, operation: Operation, subject: Key | undefined): Promise<void> {
  const { method, path } = operation
  if (operation.partialAccess === 'account')
    throw new DomainError('access_denied', `"${operation.summary}" is for the whole account, and not for apps.`)
  if (method === 'POST' && path === '/v1/integrations') throw new DomainError('bad_request', 'Children are made by the function initChild.')
  if (!subject) return
  const entry = await ctx.store.documents.find(ctx.caller.envId, subject.collection as Collection, subject.id)
  const isLent = (method === 'GET' && path === '/v1/connections/:_id') || overConnection.test(path)
  if (!entry || !(isAppOwned(rights, subject.collection, entry.doc) || (isLent && (await isChosen(ctx, rights, entry.doc)))))
    throw new DomainError('not_found', 'The app has no such document.', '_id')
  if (method === 'DELETE' && path === '/v1/integrations/:_id')
    throw new DomainError('bad_request', 'An installation is removed by uninstalling it.')
}

/** A new document of an app lies in one of its integrations. */
export function withAppIntegration({ integrationIds }: AppRights, body: AnyBody): AnyBody {
  const home = body._integrationId ?? integrationIds[0]
  if (home !== undefined && integrationIds.includes(home)) return { ...body, _integrationId: home }
  throw new DomainError('invalid_ref', 'The app has no such integration.', '_integrationId')
}

/** An app may not move what it has to another app or installation. */
export function keepPlatformFields({ doc }: Entry, body: AnyBody): AnyBody {
  const fixed = platformFields.filter((field) => doc[field] !== undefined).map((field) => [field, doc[field]])
  return { ...body, ...Object.fromEntries(fixed) }
}

const isAppOwned = ({ connectorId, integrationIds }: AppRights, collection: string, doc: Doc): boolean =>
  collection === 'integrations'
    ? integrationIds.includes(doc._id)
    : doc._connectorId === connectorId && integrationIds.includes(doc._integrationId ?? '')

/** A connection that the user chose for the app: it may be looked at, with its secrets masked, tried, and worked over, as by the app's exports and imports. */
async function isChosen(
  ctx: Context,
  { integrationIds }: AppRights,
  { _id }: Doc,
  rows: RowsOf<'documents'> = ctx.store,
): Promise<boolean> {
  for (const id of integrationIds) {
    const entry = await rows.documents.find(ctx.caller.envId, 'integrations', id)
    if (entry?.doc._registeredConnectionIds?.includes(_id)) return true
  }
  return false
}

/** What apps make work with has to be theirs: whatever they refer to, their flows can use. Types that apps have none of are left out. */
const usable: ReadonlySet<string> = new Set(['integrations', 'flows', 'exports', 'imports', 'connections', 'lookupcaches', 'iclients'])

/** Those of these references that lead to what is not the app's, nor chosen for it. */
export async function findForeignReferences(
  ctx: Context,
  rows: RowsOf<'documents'>,
  rights: AppRights,
  references: readonly Reference[],
): Promise<readonly Reference[]> {
  const strangers: Reference[] = []
  for (const reference of references) {
    const { collection, id } = reference
    if (!usable.has(collection) || rights.named?.includes(id)) continue
    const entry = await rows.documents.find(ctx.caller.envId, collection as Collection, id)
    const isTheirs = entry && (isAppOwned(rights, collection, entry.doc) || (await isChosen(ctx, rights, entry.doc, rows)))
    if (!isTheirs) strangers.push(reference)
  }
  return strangers
}

/** The same for a list, of which less may be asked for. */
export function restrictToApp(
  { connectorId, integrationIds }: AppRights,
  collection: Collection,
  where: PageQuery['where'],
): PageQuery['where'] {
  const [field, of] = collection === 'integrations' ? ['_id', {}] : ['_integrationId', { _connectorId: connectorId }]
  return { ...where, ...of, [field]: integrationIds.filter((id) => where[field] === undefined || where[field] === id) }
}
