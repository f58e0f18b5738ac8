/** What `integrator-api` does for a function of an Integration App: the same calls as for any script, in the app's own resources and nowhere else. */
import type { Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import type { AppRights, Context, Doc, Entry } from '../ports.ts'
import type { ScriptApi } from '../ports/scripts.ts'
import { maxChanges, type Journal } from './journal.ts'

const collections: Readonly<Record<string, Collection>> = {
  integrations: 'integrations',
  flows: 'flows',
  exports: 'exports',
  imports: 'imports',
  connections: 'connections',
  asyncHelpers: 'asynchelpers',
  lookupCaches: 'lookupcaches',
}

/** Which of their own fields apps leave alone: the platform says where an installation stands. */
const platformFields = ['_connectorId', '_parentId', '_integrationId', 'mode', 'pendingLicense', '_registeredConnectionIds'] as const

type Args = readonly unknown[]
type Ask = (args: Args) => Promise<unknown>

export function appApi(ctx: Context, rights: AppRights, journal: Journal): ScriptApi {
  const api = ctx.integratorApi({ ...ctx, app: rights })
  return async (name, args) => {
    const [object = '', method = ''] = name.split('.')
    if (journal.length >= maxChanges) throw new DomainError('bad_request', `A function may change ${maxChanges} documents and no more.`)
    const ask: Ask = (sent) => api(name, sent)
    if (name === 'jobs.get') return jobOf(rights, await ask(args))
    const collection = collections[object]
    if (!collection) throw new DomainError('bad_request', `Integration Apps have no ${name} on this server.`)
    return onCollection({ ctx, rights, journal, collection, ask }, method, args)
  }
}

interface Call {
  readonly ctx: Context
  readonly rights: AppRights
  readonly journal: Journal
  readonly collection: Collection
  readonly ask: Ask
}

async function onCollection(call: Call, method: string, args: Args): Promise<unknown> {
  const { ctx, rights, journal, collection, ask } = call
  if (method === 'find') return ((await ask(args)) as Doc[] | undefined)?.filter((doc) => isOwned(rights, collection, doc)) ?? []
  if (method === 'create') return create(call, args)
  const id = idOf(args)
  const entry = id === undefined ? undefined : await ctx.store.documents.find(ctx.caller.envId, collection, id)
  if (!entry || !(isOwned(rights, collection, entry.doc) || (method === 'get' && (await isChosen(call, entry.doc))))) {
    if (method === 'get') return undefined
    throw new DomainError('not_found', 'The app has no such document.', '_id')
  }
  if (method === 'update') {
    const sent = isObject(args[1]) ? args[1] : args[0]
    journal.replacing(collection, entry)
    return ask([entry.doc._id, asOwned(entry, isObject(sent) ? sent : {})])
  }
  if (method === 'delete') {
    if (collection === 'integrations') throw new DomainError('bad_request', 'An installation is removed by uninstalling it.')
    const answer = await ask(args)
    journal.removed(collection, entry.doc._id)
    return answer
  }
  return ask(args)
}

async function create({ rights, journal, collection, ask }: Call, [body]: Args): Promise<unknown> {
  if (collection === 'integrations') throw new DomainError('bad_request', 'Children are made by the function initChild.')
  const sent = isObject(body) ? body : {}
  const home = sent['_integrationId'] ?? rights.integrationIds[0]
  if (typeof home !== 'string' || !rights.integrationIds.includes(home))
    throw new DomainError('invalid_ref', 'The app has no such integration.', '_integrationId')
  const made = (await ask([{ ...sent, _integrationId: home }])) as Doc
  journal.created(collection, made._id)
  return made
}

/** A script may not move what it has to another app or installation. */
function asOwned({ doc }: Entry, sent: Record<string, unknown>): Record<string, unknown> {
  const fixed = platformFields.filter((field) => doc[field] !== undefined).map((field) => [field, doc[field]])
  const { _id, ...body } = sent
  return { ...body, ...Object.fromEntries(fixed) }
}

export const isOwned = ({ connectorId, integrationIds }: AppRights, collection: Collection, doc: Doc): boolean =>
  collection === 'integrations'
    ? integrationIds.includes(doc._id)
    : doc['_connectorId'] === connectorId && integrationIds.includes(doc['_integrationId'] as string)

/** A connection that the user chose for the app: it may be looked at, with its secrets masked. */
async function isChosen({ ctx, rights, collection }: Call, { _id }: Doc): Promise<boolean> {
  if (collection !== 'connections') return false
  for (const id of rights.integrationIds) {
    const entry = await ctx.store.documents.find(ctx.caller.envId, 'integrations', id)
    if ((entry?.doc['_registeredConnectionIds'] as readonly string[] | undefined)?.includes(_id)) return true
  }
  return false
}

function jobOf({ integrationIds }: AppRights, job: unknown): unknown {
  if (isObject(job) && integrationIds.includes(job['_integrationId'] as string)) return job
  throw new DomainError('not_found', 'The app has no such job.', '_id')
}

function idOf([first]: Args): string | undefined {
  const id = isObject(first) ? first['_id'] : first
  return typeof id === 'string' ? id : undefined
}
