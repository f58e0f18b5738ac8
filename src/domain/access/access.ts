/** Who may do what: the level that an operation asks for, and for callers whose level is for some integrations only, whether it concerns one of these. */
import type { AccessLevel, Operation } from '../../contract/operation.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { openToScripts } from '../../contract/open-to-scripts.ts'
import { mustBeApps, strangersAmong } from '../app-rights/rights.ts'
import { belonging } from './membership.ts'
import { DomainError } from '../errors.ts'
import type { Maker, Reach, Within } from '../ports/membership.ts'
import type { Context } from '../context.ts'
import { mustSpan } from './extent.ts'
import { refusalOf } from '../references.ts'
import { inScope, mustBeInScope } from './scopes.ts'
import type { Key, Reference } from '../ports/document.ts'
import type { Identity, Level } from '../ports/accounts.ts'
import type { Rows } from '../ports/store.ts'

const rank: Readonly<Record<Level, number>> = { owner: 3, administrator: 2, manage: 1, monitor: 0 }
const suffices = (level: Level | undefined, access: AccessLevel): boolean => level !== undefined && rank[level] >= rank[access]

/** Whether users and their tokens are the caller's business. */
export const administers = ({ caller: { level } }: Pick<Context, 'caller'>): boolean => suffices(level, 'administrator')

/** Types whose documents belong to no integration and are open to look at for everybody in the account. */
const openToLook: ReadonlySet<Collection> = new Set(['tags'])

/** Before anything of the request is read or done. `params` are ids already. */
export async function mustReach(ctx: Context, asked: Operation, params: Readonly<Record<string, string>>): Promise<void> {
  const { caller } = ctx
  const operation: Operation = asked.allowedBy && caller[asked.allowedBy] ? { ...asked, access: 'monitor' } : asked
  const { access } = operation
  if (caller.oneTime && !openToScripts.has(asked)) throw notForScripts(operation)
  mustSpan(ctx, operation, params)
  if (operation.withoutShare !== undefined && caller.ashareId === undefined && !ctx.strict) throw withoutShare(operation)
  if (!suffices(caller.level, access)) throw denied(operation, caller.level)
  if (ctx.app) await mustBeApps(ctx, ctx.app, operation, await subjectOf(ctx, operation, params))
  if (caller.scopes) mustBeInScope(caller.scopes, operation, await subjectOf(ctx, operation, params))
  if (!caller.reach || operation.reach === 'everyone' || operation.reach === 'filtered' || suffices(caller.reach.level, access)) return
  if (operation.reach === 'account') throw denied(operation, caller.reach.level)
  await mustConcern(ctx, operation, caller.reach, await subjectOf(ctx, operation, params))
}

async function mustConcern(ctx: Context, operation: Operation, reach: Reach, subject: Key | undefined): Promise<void> {
  if (!subject) throw denied(operation, reach.level)
  const { access } = operation
  if (access === 'monitor' && openToLook.has(subject.collection as Collection)) return
  const { envId } = ctx.caller
  const isWithin = async (level: AccessLevel): Promise<boolean> =>
    (await ctx.store.reach.reached(envId, withinOf(reach, level), [subject], makerOf(ctx.caller))).length > 0
  if (await isWithin(access)) return
  if (reach.level !== undefined || (access !== 'monitor' && (await isWithin('monitor')))) throw denied(operation, reach.level ?? 'monitor')
  throw nothing(subject)
}

const nothing = ({ collection }: Key): DomainError => {
  const type = resources[collection as Collection] as { name: string; model: string } | undefined
  return type
    ? new DomainError('not_found', `${type.model} not found.`, `_${type.name}Id`)
    : new DomainError('not_found', 'Job not found.', '_jobId')
}

/** The document that the path of an operation begins with: `/v1/flows/:_id/...`. A job stands for its flow. */
async function subjectOf(ctx: Context, { path }: Operation, params: Readonly<Record<string, string>>): Promise<Key | undefined> {
  const [, collection = ''] = /^\/v1\/([^/:]+)\/:_id(?:\/|$)/.exec(path) ?? []
  const id = params['_id'] as string
  if (collection === 'jobs') {
    const job = await ctx.store.jobs.find(ctx.caller.envId, id)
    return job ? { collection: 'flows', id: job._flowId } : { collection, id }
  }
  return collection in resources ? { collection, id } : undefined
}

const withinOf = (reach: Reach, access: AccessLevel): Within => ({
  integrations: Object.entries(reach.integrations).flatMap(([id, level]) => (suffices(level, access) ? [id] : [])),
  bounds: belonging,
})

const notForScripts = ({ summary }: Operation): DomainError =>
  new DomainError('access_denied', `"${summary}" is not for scripts, nor for the one-time tokens of their calls.`)

const denied = ({ summary, access }: Operation, level: Level | undefined): DomainError =>
  new DomainError(
    'access_denied',
    `"${summary}" asks for the access level ${access}, and you have ${level ?? 'none in the whole account'}.`,
  )

/** Word for word what integrator.io answers where the header `integrator-ashareid` is missing. */
const withoutShare = ({ withoutShare: code }: Operation): DomainError =>
  code === 'not_found'
    ? new DomainError('not_found', 'Integration not found.')
    : new DomainError(code ?? 'get_not_allowed', 'GET resource not allowed for the given model.')

/** What lists are cut to; undefined where the caller sees all of the account. */
export function visibleTo({ caller: { reach } }: Context, collection: Collection): Within | undefined {
  if (!reach || reach.level !== undefined || openToLook.has(collection)) return undefined
  return withinOf(reach, 'monitor')
}

/** Those of these documents that the caller may see. */
export async function onlyVisible<K extends Key>(ctx: Context, keys: readonly K[]): Promise<readonly K[]> {
  const { reach, envId, scopes } = ctx.caller
  const listed = scopes ? keys.filter((key) => inScope(scopes, key)) : keys
  if (!reach || reach.level !== undefined) return listed
  const reached = await ctx.store.reach.reached(envId, withinOf(reach, 'monitor'), listed)
  const seen = new Set(reached.map(({ collection, id }) => `${collection}/${id}`))
  return listed.filter(({ collection, id }) => seen.has(`${collection}/${id}`))
}

/** Whether the caller may look at a document: what operations ask that answer an unknown one with nothing. */
export async function mayLookAt(ctx: Context, key: Key): Promise<boolean> {
  const { reach, envId, scopes } = ctx.caller
  if (scopes && !inScope(scopes, key)) return false
  if (!reach || reach.level !== undefined || openToLook.has(key.collection as Collection)) return true
  return (await ctx.store.reach.reached(envId, withinOf(reach, 'monitor'), [key], makerOf(ctx.caller))).length > 0
}

/** The integrations whose jobs the caller may see; undefined for all. */
export const visibleIntegrations = ({ caller: { reach }, app }: Context): readonly string[] | undefined =>
  app?.integrationIds ?? (reach && reach.level === undefined ? Object.keys(reach.integrations) : undefined)

/**
 * A document that somebody writes who may not manage the whole account. Whatever it refers to becomes a part of its integration and theirs to change, so it has to
 * be that already, or have been referred to before. A new one has to belong to one of their integrations, or be of a type that belongs through being used.
 */
export async function mustWriteWithin(
  ctx: Context,
  rows: Rows,
  collection: Collection,
  doc: Readonly<Record<string, unknown>>,
  references: readonly Reference[],
  known: readonly Reference[] | undefined,
): Promise<void> {
  const { reach, scopes, envId } = ctx.caller
  const isBound = reach && !suffices(reach.level, 'manage')
  if (!isBound && !scopes && !ctx.app) return
  const isMade = ({ collection, id }: Reference): boolean => ctx.making?.has(`${collection}/${id}`) === true
  const fresh = freshAmong(references, known ?? []).filter((reference) => !isMade(reference))
  const strangers = ctx.app ? await strangersAmong(ctx, rows, ctx.app, fresh) : []
  if (strangers.length > 0) throw refusalOf(strangers)
  const unlisted = scopes ? fresh.filter((reference) => !inScope(scopes, reference)) : []
  if (unlisted.length > 0) throw refusalOf(unlisted)
  if (!isBound) return
  const { used, owned } = belonging
  const isPart = (used as readonly string[]).includes(collection)
  const belongs = (owned as readonly string[]).includes(collection) && typeof doc['_integrationId'] === 'string'
  if (known === undefined && reach.callId === undefined && !(await managesIn(rows, envId, reach)))
    throw new DomainError('access_denied', 'You manage no integration in this environment.')
  if (known === undefined && !isPart && !belongs) {
    const message = (owned as readonly string[]).includes(collection)
      ? 'You manage some integrations only: name one of them in _integrationId.'
      : `You manage some integrations only, and ${collection} are the whole account's.`
    throw new DomainError('access_denied', message)
  }
  const reached = await rows.reach.reached(envId, withinOf(reach, 'manage'), fresh, makerOf(ctx.caller))
  const within = new Set(reached.map((key) => `${key.collection}/${key.id}`))
  const absent = fresh.filter((reference) => !within.has(`${reference.collection}/${reference.id}`))
  if (absent.length > 0) throw refusalOf(absent)
}

const merelyNames = new RegExp(belonging.unless)

/** What runs behind a document is no part of its integration: named where it becomes one, it is as new as what was never named. */
function freshAmong(references: readonly Reference[], known: readonly Reference[]): Reference[] {
  const keys = (of: readonly Reference[]): Set<string> => new Set(of.map(({ collection, id }) => `${collection}/${id}`))
  const [before, drawn] = [keys(known), keys(known.filter(({ path }) => !merelyNames.test(path)))]
  return references.filter(({ path, collection, id }) => !(merelyNames.test(path) ? before : drawn).has(`${collection}/${id}`))
}

/** What somebody builds is to become a part of an integration, and there has to be one. */
async function managesIn(rows: Rows, envId: string, reach: Reach): Promise<boolean> {
  const keys = withinOf(reach, 'manage').integrations.map((id) => ({ collection: 'integrations', id }))
  return (await rows.accessTokens.present(envId, keys)).length > 0
}

/** Who has made what nobody else has to do with yet. */
const makerOf = ({ accountId, userId, reach }: Identity): Maker => ({ accountId, userId, callId: reach?.callId })

/** Whether the caller may pull from an integration, with a token that reads it or by managing it. */
export function managesToPull({ caller: { reach } }: Context, integrationId: string): boolean {
  if (!reach || suffices(reach.level, 'manage')) return true
  return suffices(reach.integrations[integrationId], 'manage') || reach.pulledFrom?.includes(integrationId) === true
}

/** Those of these documents that are not the caller's to change. */
export async function notTheirs(ctx: Context, rows: Rows, keys: readonly Key[]): Promise<readonly Key[]> {
  const { reach, envId } = ctx.caller
  if (!reach || suffices(reach.level, 'manage') || keys.length === 0) return []
  const reached = await rows.reach.reached(envId, withinOf(reach, 'manage'), keys, makerOf(ctx.caller))
  const theirs = new Set(reached.map(({ collection, id }) => `${collection}/${id}`))
  return keys.filter(({ collection, id }) => !theirs.has(`${collection}/${id}`))
}

/** Whether the caller may make a document a part of an integration: it becomes theirs to change. */
export async function mayDrawIn(ctx: Context, rows: Rows, key: Key): Promise<boolean> {
  const { reach, envId } = ctx.caller
  if (!reach || suffices(reach.level, 'manage')) return true
  return (await rows.reach.reached(envId, withinOf(reach, 'manage'), [key], makerOf(ctx.caller))).length > 0
}
