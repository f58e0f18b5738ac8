/** Checks whether a caller may use an operation: by access level, and for callers limited to some integrations by what belongs to these. */
import type { AccessLevel, Operation } from '../../contract/operation.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { openToScripts } from '../../contract/open-to-scripts.ts'
import { checkAppAccess, findForeignReferences, restrictToApp } from '../app-rights/rights.ts'
import { isOnlyWaitedFor, membershipRules } from './membership.ts'
import { DomainError } from '../errors.ts'
import type { Creator, AccessScope, IntegrationScope } from '../ports/membership.ts'
import type { Context } from '../context.ts'
import { checkExtent, isEnvironmentToken } from './extent.ts'
import { danglingReferences } from '../references.ts'
import { isInScope, checkScope } from './scopes.ts'
import type { Key, Reference } from '../ports/document.ts'
import type { Identity, Level } from '../ports/accounts.ts'
import type { PageQuery } from '../ports/documents.ts'
import type { RowsOf } from '../ports/store.ts'
import { excludeKeys, formatKey, keepKeys } from '../keys.ts'

const rank: Readonly<Record<Level, number>> = { owner: 3, administrator: 2, manage: 1, monitor: 0 }
const meetsLevel = (level: Level | undefined, access: AccessLevel): boolean => level !== undefined && rank[level] >= rank[access]

/** Whether users and their tokens are the caller's business. */
export const isAdministrator = ({ caller: { level } }: Pick<Context, 'caller'>): boolean => meetsLevel(level, 'administrator')

/** The owner or an administrator with all of their rights: no script, no app, and no token for some documents only. */
export const isAdministratorInPerson = ({ caller, app }: Context): boolean =>
  isAdministrator({ caller }) && !caller.reach && !caller.scopes && !caller.oneTime && !app

/** Types whose documents belong to no integration and are open to look at for everybody in the account. */
const openCollections: ReadonlySet<Collection> = new Set(['tags'])

/** Before anything of the request is read or done. `params` are ids already. */
export async function checkAccess(ctx: Context, asked: Operation, params: Readonly<Record<string, string>>): Promise<void> {
  const { caller } = ctx
  const operation: Operation = asked.allowedBy && caller[asked.allowedBy] ? { ...asked, access: 'monitor' } : asked
  const { access } = operation
  if (caller.oneTime && !openToScripts.has(asked)) throw notForScripts(operation)
  if (caller.readsOnly && !isReading(asked)) throw onlyTested(asked)
  checkExtent(ctx, operation, params)
  if (operation.withoutShare !== undefined && caller.ashareId === undefined && !ctx.strict) throw missingShare(operation)
  if (!meetsLevel(caller.level, access)) throw accessDenied(operation, caller.level)
  if (ctx.app) await checkAppAccess(ctx, ctx.app, operation, await findSubject(ctx, operation, params))
  if (caller.scopes) checkScope(caller.scopes, operation, await findSubject(ctx, operation, params))
  if (
    !caller.reach ||
    operation.partialAccess === 'everyone' ||
    operation.partialAccess === 'filtered' ||
    meetsLevel(caller.reach.level, access)
  )
    return
  if (operation.partialAccess === 'account') throw accessDenied(operation, caller.reach.level)
  await checkIntegrationAccess(ctx, operation, caller.reach, await findSubject(ctx, operation, params))
}

async function checkIntegrationAccess(ctx: Context, operation: Operation, reach: AccessScope, subject: Key | undefined): Promise<void> {
  if (!subject) throw accessDenied(operation, reach.level)
  const { access } = operation
  if (access === 'monitor' && openCollections.has(subject.collection as Collection)) return
  const { envId } = ctx.caller
  const isWithin = async (level: AccessLevel): Promise<boolean> =>
    (await ctx.store.membership.filterMembers(envId, integrationScope(reach, level), [subject], toCreator(ctx.caller))).length > 0
  if (await isWithin(access)) return
  if (reach.level !== undefined || (access !== 'monitor' && (await isWithin('monitor'))))
    throw accessDenied(operation, reach.level ?? 'monitor')
  throw subjectNotFound(subject)
}

const subjectNotFound = ({ collection }: Key): DomainError => {
  const type = resources[collection as Collection] as { name: string; model: string } | undefined
  return type
    ? new DomainError('not_found', `${type.model} not found.`, `_${type.name}Id`)
    : new DomainError('not_found', 'Job not found.', '_jobId')
}

/** The document that the path of an operation begins with: `/v1/flows/:_id/...`. A job stands for its flow. */
export async function findSubject(ctx: Context, { path }: Operation, params: Readonly<Record<string, string>>): Promise<Key | undefined> {
  const [, collection = ''] = /^\/v1\/([^/:]+)\/:_id(?:\/|$)/.exec(path) ?? []
  const { _id: id = '' } = params
  if (collection === 'jobs') {
    const job = await ctx.store.jobs.find(ctx.caller.envId, id)
    return job ? { collection: 'flows', id: job._flowId } : { collection, id }
  }
  return collection in resources ? { collection, id } : undefined
}

const integrationScope = (reach: AccessScope, access: AccessLevel): IntegrationScope => ({
  integrations: Object.entries(reach.integrations).flatMap(([id, level]) => (meetsLevel(level, access) ? [id] : [])),
  bounds: membershipRules,
})

const notForScripts = ({ summary }: Operation): DomainError =>
  new DomainError('access_denied', `"${summary}" is not for scripts, nor for the one-time tokens of their calls.`)

const isReading = ({ method, reads }: Operation): boolean => method === 'GET' || reads === true

const onlyTested = ({ summary }: Operation): DomainError =>
  new DomainError(
    'access_denied',
    `"${summary}" is not done in a test run: its functions look at what there is and change nothing, unless allowScriptWrites says otherwise.`,
  )

const accessDenied = ({ summary, access }: Operation, level: Level | undefined): DomainError =>
  new DomainError(
    'access_denied',
    `"${summary}" asks for the access level ${access}, and you have ${level ?? 'none in the whole account'}.`,
  )

/** Word for word what integrator.io answers where the header `integrator-ashareid` is missing. */
const missingShare = ({ withoutShare: code }: Operation): DomainError =>
  code === 'not_found'
    ? new DomainError('not_found', 'Integration not found.')
    : new DomainError(code ?? 'get_not_allowed', 'GET resource not allowed for the given model.')

/** What lists are cut to; undefined where the caller sees all of the account. */
export function visibleScope({ caller: { reach } }: Context, collection: Collection): IntegrationScope | undefined {
  if (!reach || reach.level !== undefined || openCollections.has(collection)) return undefined
  return integrationScope(reach, 'monitor')
}

/** A list that is asked for, with what the caller sees of it: an app what is its own, and a token of one environment that one. */
export function restrictFilters(ctx: Context, collection: Collection, where: PageQuery['where']): PageQuery['where'] {
  if (ctx.app) return restrictToApp(ctx.app, collection, where)
  return collection === 'environments' && isEnvironmentToken(ctx) ? { ...where, _id: ctx.caller.envId } : where
}

/** Those of these documents that the caller may see. */
export async function filterVisible<K extends Key>(
  ctx: Pick<Context, 'caller'> & { readonly store: RowsOf<'membership'> },
  keys: readonly K[],
): Promise<readonly K[]> {
  const { reach, envId, scopes } = ctx.caller
  const listed = scopes ? keys.filter((key) => isInScope(scopes, key)) : keys
  if (!reach || reach.level !== undefined) return listed
  const reached = await ctx.store.membership.filterMembers(envId, integrationScope(reach, 'monitor'), listed)
  return keepKeys(listed, reached)
}

/** Whether the caller may look at a document: what operations ask that answer an unknown one with nothing. */
export async function canSee(ctx: Context, key: Key): Promise<boolean> {
  const { reach, envId, scopes } = ctx.caller
  if (scopes && !isInScope(scopes, key)) return false
  if (!reach || reach.level !== undefined || openCollections.has(key.collection as Collection)) return true
  return (await ctx.store.membership.filterMembers(envId, integrationScope(reach, 'monitor'), [key], toCreator(ctx.caller))).length > 0
}

/** The integrations whose jobs the caller may see; undefined for all. */
export const visibleIntegrations = ({ caller: { reach }, app }: Context): readonly string[] | undefined =>
  app?.integrationIds ?? (reach && reach.level === undefined ? Object.keys(reach.integrations) : undefined)

/** Those of them that are not in the recycle bin: lists of jobs tell nothing of the others. */
export async function listVisibleIntegrations(ctx: Context): Promise<readonly string[] | undefined> {
  const visible = visibleIntegrations(ctx)
  const { reach, envId } = ctx.caller
  if (!visible || !reach) return visible
  return ctx.store.membership.filterPresent(envId, visible)
}

/**
 * A document that somebody writes who may not manage the whole account. Whatever it refers to becomes a part of its integration and theirs to change, so it has to
 * be that already, or have been referred to before. A new one has to belong to one of their integrations, or be of a type that belongs through being used.
 */
export async function checkWriteAccess(
  ctx: Context,
  rows: RowsOf<'documents' | 'membership'>,
  collection: Collection,
  doc: { readonly _integrationId?: unknown },
  references: readonly Reference[],
  known: readonly Reference[] | undefined,
): Promise<void> {
  const { reach, scopes, envId } = ctx.caller
  const isBound = reach && !meetsLevel(reach.level, 'manage')
  if (!isBound && !scopes && !ctx.app) return
  const isMade = (reference: Reference): boolean => ctx.making?.has(formatKey(reference)) === true
  const fresh = findNewReferences(references, known ?? []).filter((reference) => !isMade(reference))
  const strangers = ctx.app ? await findForeignReferences(ctx, rows, ctx.app, fresh) : []
  if (strangers.length > 0) throw danglingReferences(strangers)
  const unlisted = scopes ? fresh.filter((reference) => !isInScope(scopes, reference)) : []
  if (unlisted.length > 0) throw danglingReferences(unlisted)
  if (!isBound) return
  const { used, owned } = membershipRules
  const isPart = (used as readonly string[]).includes(collection)
  const belongs = (owned as readonly string[]).includes(collection) && typeof doc._integrationId === 'string'
  if (known === undefined && reach.callId === undefined && !(await managesAnyIntegration(rows, envId, reach)))
    throw new DomainError('access_denied', 'You manage no integration in this environment.')
  if (known === undefined && !isPart && !belongs) {
    const message = (owned as readonly string[]).includes(collection)
      ? 'You manage some integrations only: name one of them in _integrationId.'
      : `You manage some integrations only, and ${collection} are the whole account's.`
    throw new DomainError('access_denied', message)
  }
  const reached = await rows.membership.filterMembers(envId, integrationScope(reach, 'manage'), fresh, toCreator(ctx.caller))
  const absent = excludeKeys(fresh, reached)
  if (absent.length > 0) throw danglingReferences(absent)
}

/** What runs after a document is no part of its integration: named where it becomes one, it is as new as what was never named. */
function findNewReferences(references: readonly Reference[], known: readonly Reference[]): Reference[] {
  const keys = (of: readonly Reference[]): Set<string> => new Set(of.map(formatKey))
  const [before, drawn] = [keys(known), keys(known.filter(({ path }) => !isOnlyWaitedFor(path)))]
  return references.filter((reference) => !(isOnlyWaitedFor(reference.path) ? before : drawn).has(formatKey(reference)))
}

/** What somebody builds is to become a part of an integration, and there has to be one. */
async function managesAnyIntegration(rows: RowsOf<'documents'>, envId: string, reach: AccessScope): Promise<boolean> {
  const keys = integrationScope(reach, 'manage').integrations.map((id) => ({ collection: 'integrations', id }))
  return (await rows.documents.filterPresent(envId, keys)).length > 0
}

/** Who has made what nobody else has to do with yet. */
const toCreator = ({ accountId, userId, reach }: Identity): Creator => ({ accountId, userId, callId: reach?.callId })

/** Whether the caller may pull from an integration, with a token that reads it or by managing it. */
export function canPullFrom({ caller: { reach } }: Context, integrationId: string): boolean {
  if (!reach || meetsLevel(reach.level, 'manage')) return true
  return meetsLevel(reach.integrations[integrationId], 'manage') || reach.pulledFrom?.includes(integrationId) === true
}

/** Those of these documents that are not the caller's to change. */
export async function filterUnmanaged(ctx: Context, rows: RowsOf<'membership'>, keys: readonly Key[]): Promise<readonly Key[]> {
  const { reach, envId } = ctx.caller
  if (!reach || meetsLevel(reach.level, 'manage') || keys.length === 0) return []
  const reached = await rows.membership.filterMembers(envId, integrationScope(reach, 'manage'), keys, toCreator(ctx.caller))
  return excludeKeys(keys, reached)
}

/** Whether the caller may make a document a part of an integration: it becomes theirs to change. */
export async function canAddToIntegration(ctx: Context, rows: RowsOf<'membership'>, key: Key): Promise<boolean> {
  const { reach, envId } = ctx.caller
  if (!reach || meetsLevel(reach.level, 'manage')) return true
  return (await rows.membership.filterMembers(envId, integrationScope(reach, 'manage'), [key], toCreator(ctx.caller))).length > 0
}
