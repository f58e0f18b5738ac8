/** State as scripts and callers read and write it: of an environment as a whole, or of one of its documents. */
import type { Input, Result } from '../../contract/operation.ts'
import {
  maxKeyCharacters,
  maxKeys,
  maxValueCharacters,
  type StateOperations,
  type Stateful,
  type stateOfEnvironment,
} from '../../contract/operations/documents/key-value-state.ts'
import { JsonText } from '../result.ts'
import { recordRepeatedAct } from '../audit/audit-entry.ts'
import { checkExists, notFound } from './documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { ofEnvironment } from '../ports/key-value-state.ts'
import type { RowsOf } from '../ports/store.ts'

type Whole = typeof stateOfEnvironment
type Ops = StateOperations
/** The type of what a state belongs to. */
type Owner = Stateful | 'environments'

const noKey = (key: string): DomainError => new DomainError('not_found', `The state has no value for the key ${key}.`, 'key')

/** Of documents of a type. Whoever deletes a document finds its state again when it is restored, and nobody reads it meanwhile. */
export const stateHandlers = (collection: Stateful) => ({
  async list(ctx: Context, { params }: Input<Ops['list']>): Promise<Result<Ops['list']>> {
    await checkExists(ctx, collection, params._id)
    return listKeys(ctx, params._id)
  },
  async deleteAll(ctx: Context, { params }: Input<Ops['deleteAll']>): Promise<string> {
    await checkExists(ctx, collection, params._id)
    await removeAll(ctx, collection, params._id)
    return 'OK'
  },
  async get(ctx: Context, { params }: Input<Ops['get']>): Promise<JsonText> {
    await checkExists(ctx, collection, params._id)
    return readValue(ctx, params._id, params.key)
  },
  /** Under the lock of the document, so that two who put new keys are counted one after the other. */
  put: (ctx: Context, { params, body }: Input<Ops['put']>): Promise<string> =>
    put(ctx, collection, params._id, params.key, body, async (rows) => {
      if (!(await rows.documents.lock(ctx.caller.envId, collection, params._id))) throw notFound(collection)
    }),
  async delete(ctx: Context, { params }: Input<Ops['delete']>): Promise<string> {
    await checkExists(ctx, collection, params._id)
    await removeKey(ctx, collection, params._id, params.key)
    return 'OK'
  },
})

export const environmentStateHandlers = {
  list: (ctx: Context): Promise<Result<Whole['list']>> => listKeys(ctx, ofEnvironment),
  async deleteAll(ctx: Context): Promise<undefined> {
    await removeAll(ctx, 'environments', ofEnvironment)
    return undefined
  },
  get: (ctx: Context, { params }: Input<Whole['get']>): Promise<JsonText> => readValue(ctx, ofEnvironment, params.key),
  put: (ctx: Context, { params, body }: Input<Whole['put']>): Promise<string> =>
    put(ctx, 'environments', ofEnvironment, params.key, body, async (rows) => {
      const { accountId, envId } = ctx.caller
      if (!(await rows.documents.lock(accountId, 'environments', envId))) throw notFound('environments')
    }),
  async delete(ctx: Context, { params }: Input<Whole['delete']>): Promise<undefined> {
    await removeKey(ctx, 'environments', ofEnvironment, params.key)
    return undefined
  },
}

const listKeys = async ({ store, caller }: Context, id: string) => ({ keys: [...(await store.state.listKeys(caller.envId, id))] })

async function readValue({ store, caller }: Context, id: string, key: string): Promise<JsonText> {
  const value = await store.state.get(caller.envId, id, key)
  if (value === undefined) throw noKey(key)
  return new JsonText(value)
}

async function put(
  ctx: Context,
  collection: Owner,
  id: string,
  key: string,
  body: unknown,
  hold: (rows: RowsOf<'documents'>) => Promise<void>,
): Promise<string> {
  const value = JSON.stringify(body)
  if (value.length > maxValueCharacters) throw new DomainError('state_limit', 'The value is longer than 1,000,000 characters.', 'key')
  if (key.length > maxKeyCharacters) throw new DomainError('state_limit', `The key is longer than ${maxKeyCharacters} characters.`, 'key')
  const { envId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    await hold(rows)
    const keys = await rows.state.listKeys(envId, id)
    const isKnown = keys.includes(key)
    if (keys.length >= maxKeys && !isKnown)
      throw new DomainError('state_limit', `The state has ${maxKeys.toLocaleString('en')} keys already. Delete some.`, 'key')
    await rows.state.put(envId, id, key, value)
    await recordStateAct(rows, ctx, collection, id, { stateWritten: key })
    return isKnown ? 'OK' : 'Created'
  })
}

const removeKey = (ctx: Context, collection: Owner, id: string, key: string): Promise<void> =>
  ctx.store.transaction(async (rows) => {
    if ((await rows.state.remove(ctx.caller.envId, id, key)) === 0) throw noKey(key)
    await recordStateAct(rows, ctx, collection, id, { stateDeleted: key })
  })

const removeAll = (ctx: Context, collection: Owner, id: string): Promise<void> =>
  ctx.store.transaction(async (rows) => {
    const count = await rows.state.remove(ctx.caller.envId, id)
    await recordStateAct(rows, ctx, collection, id, { stateKeysDeleted: count })
  })

const recordStateAct = (rows: RowsOf<'audit'>, ctx: Context, collection: Owner, id: string, told: object): Promise<void> =>
  recordRepeatedAct(rows, ctx, { event: 'update', collection, _id: id === ofEnvironment ? ctx.caller.envId : id, details: { ...told } })
