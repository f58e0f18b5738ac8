/** Implements `integrator-api` for scripts by operations of the contract, as the script's caller. sandbox/api-methods.ts lists its methods. */
import type { AnyDocument } from '../../contract/document.ts'
import { nameDocumentOperation, type OperationName, type Verb } from '../../contract/operations/index.ts'
import type { Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import type { JsonText } from '../result.ts'
import { StoreUnavailable, DomainError, serviceUnavailable } from '../errors.ts'
import { computeEtag } from '../etag.ts'
import { isId } from '../ids.ts'
import { runOperation, callOperation } from './call-operation.ts'
import type { Context } from '../context.ts'
import type { ScriptApi } from '../ports/scripts.ts'
import { ScriptFailure } from '../scripts/script-failure.ts'
import { resolveAliases } from './script-aliases.ts'
import { sendRequest } from './script-request.ts'

type Args = readonly unknown[]
type Answer = (ctx: Context, args: Args) => Promise<unknown>

/** An id, alone or as `{_id}`. */
function readId([first]: Args, what: string): string {
  const { _id: id } = isObject(first) ? first : { _id: first }
  if (typeof id !== 'string' || !isId(id.toLowerCase()))
    throw new DomainError('not_found', `${what} needs the id of what it is to work on.`)
  return id
}
const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
/** What is said of it: in the object that has its id, or in one after that. */
const readBody = ([first, second]: Args): unknown => (isObject(second) ? second : first)

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

/** An operation on one document, with all that is said beside its id. */
function callOnDocument(operation: OperationName, what: string): Answer {
  return (ctx, args) => {
    const { _id, ...body } = objectOf(readBody(args))
    return callOperation(ctx, operation, { params: { _id: readId(args, what) }, body })
  }
}

/** What every type of document has. */
function documents(object: string, collection: Collection): Readonly<Record<string, Answer>> {
  const of = (verb: Verb): OperationName => nameDocumentOperation(collection, verb)
  return {
    [`${object}.find`]: (ctx, [query]) => callOperation(ctx, of('list'), { query: { ...objectOf(query) } }),
    [`${object}.get`]: orUndefined((ctx, args) => callOperation(ctx, of('read'), { params: { _id: readId(args, `${object}.get`) } })),
    [`${object}.create`]: (ctx, [body]) => callOperation(ctx, of('create'), { body }),
    [`${object}.update`]: (ctx, args) =>
      callOperation(ctx, of('replace'), { params: { _id: readId(args, `${object}.update`) }, body: readBody(args) }),
    [`${object}.delete`]: (ctx, args) => callOperation(ctx, of('remove'), { params: { _id: readId(args, `${object}.delete`) } }),
  }
}

/** Whose settings and state are meant, by the field that names them. */
const places = {
  _integrationId: ['integrations', 'Integration'],
  _flowId: ['flows', 'Flow'],
  _exportId: ['exports', 'Export'],
  _importId: ['imports', 'Import'],
  _connectionId: ['connections', 'Connection'],
} as const
type Place = { readonly of: (typeof places)[keyof typeof places]; readonly _id: string }

/** The one that is named, or the integration that the script works for, where that is one alone. */
function findPlace({ caller, app }: Context, said: Readonly<Record<string, unknown>>): Place | undefined {
  for (const [field, of] of Object.entries(places)) if (said[field] !== undefined) return { of, _id: readId([said[field]], field) }
  const own = Object.keys(caller.reach?.integrations ?? {})
  const _id = app?.integrationIds[0] ?? (own.length === 1 ? own[0] : undefined)
  return _id === undefined ? undefined : { of: places._integrationId, _id }
}

type StateOwner = Place['of'][1] | ''

/** Without a place it is the state of the environment. `method` is what scripts call it; `needsKey` where it is of one value. */
const callOnState =
  (method: string, nameOf: (owner: StateOwner) => OperationName, needsKey = true) =>
  async (ctx: Context, [first, second]: Args): Promise<unknown> => {
    const said = typeof first === 'string' ? { key: first, value: second } : objectOf(first)
    const place = findPlace(ctx, said)
    const { key, value } = said
    const params = { ...(place && { _id: place._id }), ...(typeof key === 'string' && { key }) }
    if (needsKey && typeof key !== 'string') throw new DomainError('bad_request', `${method} needs a key.`)
    return callOperation(ctx, nameOf(place?.of[1] ?? ''), { params, body: value })
  }

const listState = callOnState('state.list', (owner) => `list${owner}State`, false)

const onState: Readonly<Record<string, Answer>> = {
  'state.list': async (ctx, args) => ((await listState(ctx, args)) as { keys: unknown }).keys,
  'state.get': orUndefined(callOnState('state.get', (owner) => `get${owner}StateValue`)),
  'state.put': callOnState('state.put', (owner) => `put${owner}StateValue`),
  'state.delete': callOnState('state.delete', (owner) => `delete${owner}StateValue`),
  'state.deleteAll': callOnState('state.deleteAll', (owner) => `delete${owner}State`, false),
}

/** How often a document may change while its settings are. */
const maxTries = 3

/** Of a document that has any; `settings` replaces them as a whole, and nothing else of it. */
async function readSettings(ctx: Context, [first]: Args): Promise<{ place: Place; text: string; doc: AnyDocument }> {
  const place = findPlace(ctx, objectOf(first))
  if (!place) throw new DomainError('bad_request', `settings needs to be told whose: one of ${Object.keys(places).join(', ')}.`)
  const { text } = (await runOperation(ctx, nameDocumentOperation(place.of[0], 'read'), { params: { _id: place._id } })) as JsonText
  return { place, text, doc: JSON.parse(text) as AnyDocument }
}

async function updateSettings(ctx: Context, args: Args, tries = 1): Promise<unknown> {
  const { place, text, doc } = await readSettings(ctx, args)
  const { settings } = objectOf(args[0])
  const asked = { params: { _id: place._id }, body: { ...doc, settings } }
  try {
    const updated = await callOperation({ ...ctx, ifMatch: `"${computeEtag(text)}"` }, nameDocumentOperation(place.of[0], 'replace'), asked)
    return (updated as AnyDocument).settings
  } catch (error) {
    const isOther = error instanceof DomainError && error.problems[0]?.code === 'precondition_failed'
    if (isOther && tries < maxTries) return updateSettings(ctx, args, tries + 1)
    throw error
  }
}

const onSettings: Readonly<Record<string, Answer>> = {
  'settings.get': async (ctx, args) => (await readSettings(ctx, args)).doc.settings ?? {},
  'settings.update': (ctx, args) => updateSettings(ctx, args),
}

const answers: Readonly<Record<string, Answer>> = {
  ...documents('integrations', 'integrations'),
  ...documents('flows', 'flows'),
  ...documents('exports', 'exports'),
  ...documents('imports', 'imports'),
  ...documents('connections', 'connections'),
  ...documents('asyncHelpers', 'asynchelpers'),
  ...documents('lookupCaches', 'lookupcaches'),
  'flows.run': callOnDocument('runFlow', 'flows.run'),
  'exports.run': callOnDocument('invokeExport', 'exports.run'),
  'imports.run': callOnDocument('invokeImport', 'imports.run'),
  'exports.runVirtual': (ctx, args) => callOverConnection(ctx, 'exportOverConnection', args),
  'exports.runVirtualWithPaging': (ctx, args) => callOverConnection(ctx, 'exportPageOverConnection', args),
  'imports.runVirtual': (ctx, args) => callOverConnection(ctx, 'importOverConnection', args),
  'connections.ping': (ctx, args) => callOperation(ctx, 'pingConnection', { params: { _id: readId(args, 'connections.ping') } }),
  'jobs.get': (ctx, args) => callOperation(ctx, 'getJob', { params: { _id: readId(args, 'jobs.get') } }),
  ...onState,
  ...onSettings,
  'lookupCaches.getData': callOnDocument('getLookupCacheData', 'lookupCaches'),
  'lookupCaches.upsertData': callOnDocument('upsertLookupCacheData', 'lookupCaches'),
  'lookupCaches.deleteData': callOnDocument('deleteLookupCacheData', 'lookupCaches'),
  'lookupCaches.purge': callOnDocument('purgeLookupCacheData', 'lookupCaches'),
  request: (ctx, [options]) => sendRequest(ctx, options),
}

/** The connection of a virtual export or import is named beside it, or by it. */
function callOverConnection(ctx: Context, operation: OperationName, [first]: Args): Promise<unknown> {
  const { _connectionId, connectionId, ...body } = objectOf(first)
  const { export: source, import: sink } = body
  const { _connectionId: ofStep } = objectOf(source ?? sink)
  const named = _connectionId ?? connectionId ?? ofStep
  return callOperation(ctx, operation, { params: { _id: readId([named], 'A virtual export or import') }, body })
}

export const integratorApi =
  (ctx: Context): ScriptApi =>
  async (name, args) => {
    const answer = Object.hasOwn(answers, name) ? answers[name] : undefined
    if (!answer) throw new DomainError('bad_request', `integrator-api has no ${name} on this server.`)
    // What the request says of its own document is not said of others.
    const { ifMatch: _own, ...asked } = ctx
    const oneTime = { depth: ctx.scriptDepth ?? 0, ...(ctx.app && { app: ctx.app }) }
    try {
      return await answer(
        { ...asked, caller: { ...ctx.caller, oneTime } },
        ctx.aliases?.length ? resolveAliases(ctx.aliases, name, args) : args,
      )
    } catch (error) {
      if (error instanceof DomainError || error instanceof ScriptFailure) throw error
      if (error instanceof StoreUnavailable) throw serviceUnavailable()
      // What it says is ours, and no business of a script.
      ctx.log.error({ err: error, name }, 'a call of integrator-api failed')
      throw new DomainError('internal_error', 'Something went wrong on this server. Its log says what.')
    }
  }
