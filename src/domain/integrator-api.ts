/** What `integrator-api` answers to scripts: operations of the contract, carried out as the caller of the script. Their names are listed in sandbox/api-methods.ts. */
import { documentOperations, type Verb } from '../contract/operations/index.ts'
import type { Collection } from '../contract/resources/index.ts'
import { isObject } from '../contract/walk.ts'
import { DomainError } from './errors.ts'
import { isId } from './ids.ts'
import { perform } from './perform.ts'
import type { Context } from './ports.ts'
import type { ScriptApi } from './ports/scripts.ts'

type Args = readonly unknown[]
type Answer = (ctx: Context, args: Args) => Promise<unknown>

/** An id, alone or as `{_id}`. */
function idOf([first]: Args, what: string): string {
  const id = isObject(first) ? first['_id'] : first
  if (typeof id !== 'string' || !isId(id)) throw new DomainError('not_found', `${what} needs the id of what it is to work on.`)
  return id
}
const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})

const operationOf = (collection: Collection, verb: Verb): string => {
  const found = Object.entries(documentOperations).find(([, each]) => each.collection === collection && each.verb === verb)
  return found?.[0] ?? ''
}

/** What is not there is `undefined` to a script, and no failure. */
const orUndefined =
  (answer: Answer): Answer =>
  async (ctx, args) => {
    try {
      return await answer(ctx, args)
    } catch (error) {
      if (error instanceof DomainError && error.problems[0]?.code === 'not_found') return undefined
      throw error
    }
  }

/** What every type of document has. */
function documents(object: string, collection: Collection): Readonly<Record<string, Answer>> {
  const of = (verb: Verb): string => operationOf(collection, verb)
  return {
    [`${object}.find`]: (ctx, [query]) => perform(ctx, of('list'), { query: { ...objectOf(query) } }),
    [`${object}.get`]: orUndefined((ctx, args) => perform(ctx, of('read'), { params: { _id: idOf(args, `${object}.get`) } })),
    [`${object}.create`]: (ctx, [body]) => perform(ctx, of('create'), { body }),
    [`${object}.update`]: (ctx, args) =>
      perform(ctx, of('replace'), { params: { _id: idOf(args, `${object}.update`) }, body: isObject(args[1]) ? args[1] : args[0] }),
    [`${object}.delete`]: (ctx, args) => perform(ctx, of('remove'), { params: { _id: idOf(args, `${object}.delete`) } }),
  }
}

const answers: Readonly<Record<string, Answer>> = {
  ...documents('integrations', 'integrations'),
  ...documents('flows', 'flows'),
  ...documents('exports', 'exports'),
  ...documents('imports', 'imports'),
  ...documents('connections', 'connections'),
  ...documents('asyncHelpers', 'asynchelpers'),
  ...documents('lookupCaches', 'lookupcaches'),
  'flows.run': (ctx, args) =>
    perform(ctx, 'runFlow', { params: { _id: idOf(args, 'flows.run') }, body: bodyOf(isObject(args[1]) ? args[1] : args[0]) }),
  'jobs.get': (ctx, args) => perform(ctx, 'getJob', { params: { _id: idOf(args, 'jobs.get') } }),
  'state.list': async (ctx, args) => ((await onState(ctx, 'listIntegrationState', args)) as { keys: unknown }).keys,
  'state.get': orUndefined((ctx, args) => onState(ctx, 'getIntegrationStateValue', args)),
  'state.put': (ctx, args) => onState(ctx, 'putIntegrationStateValue', args),
  'state.delete': (ctx, args) => onState(ctx, 'deleteIntegrationStateValue', args),
  'state.deleteAll': (ctx, args) => onState(ctx, 'deleteIntegrationState', args),
  'lookupCaches.getData': (ctx, args) => onCache(ctx, 'getLookupCacheData', args),
  'lookupCaches.upsertData': (ctx, args) => onCache(ctx, 'upsertLookupCacheData', args),
  'lookupCaches.deleteData': (ctx, args) => onCache(ctx, 'deleteLookupCacheData', args),
  'lookupCaches.purge': (ctx, args) => onCache(ctx, 'purgeLookupCacheData', args),
}

/** `state.get({key, _integrationId})`: of the integration that is named, or of the one that the script works for. */
async function onState(ctx: Context, operation: string, [first, second]: Args): Promise<unknown> {
  const said = typeof first === 'string' ? { key: first, value: second } : objectOf(first)
  const own = Object.keys(ctx.caller.reach?.integrations ?? {})
  const _id = said['_integrationId'] ?? said['_id'] ?? (own.length === 1 ? own[0] : undefined) ?? ctx.app?.integrationIds[0]
  if (typeof _id !== 'string') throw new DomainError('not_found', 'state needs the _integrationId of the integration whose it is.')
  const key = said['key']
  const params = { _id, ...(typeof key === 'string' && { key }) }
  return perform(ctx, operation, { params, body: said['value'] ?? said['body'] })
}

/** What is said beside the id: in the same object, or in one behind it. */
function bodyOf(value: unknown): Record<string, unknown> {
  const { _id, ...body } = objectOf(value)
  return body
}

const onCache = (ctx: Context, operation: string, args: Args): Promise<unknown> =>
  perform(ctx, operation, { params: { _id: idOf(args, 'lookupCaches') }, body: bodyOf(isObject(args[1]) ? args[1] : args[0]) })

export const integratorApi =
  (ctx: Context): ScriptApi =>
  async (name, args) => {
    const answer = Object.hasOwn(answers, name) ? answers[name] : undefined
    if (!answer) throw new DomainError('bad_request', `integrator-api has no ${name} on this server.`)
    return answer(ctx, args)
  }
