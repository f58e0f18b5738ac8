/** The state of an integration, as its scripts and callers read and write it. */
import type { Input, Result } from '../contract/operation.ts'
import { maxKeyCharacters, maxKeys, maxValueCharacters, type state as operations } from '../contract/operations/state.ts'
import { JsonText } from './answer.ts'
import { mustExist, notFound } from './documents.ts'
import { DomainError } from './errors.ts'
import type { Context } from './ports.ts'

type Ops = typeof operations
type OfAll = Input<Ops['listIntegrationState']>
type OfOne = Input<Ops['getIntegrationStateValue']>

const noKey = (key: string): DomainError => new DomainError('not_found', `The state has no value for the key ${key}.`, 'key')

export async function listKeys(ctx: Context, { params }: OfAll): Promise<Result<Ops['listIntegrationState']>> {
  await mustExist(ctx, 'integrations', params._id)
  return { keys: [...(await ctx.store.state.keys(ctx.caller.envId, params._id))] }
}

export async function getValue(ctx: Context, { params }: OfOne): Promise<JsonText> {
  await mustExist(ctx, 'integrations', params._id)
  const value = await ctx.store.state.get(ctx.caller.envId, params._id, params.key)
  if (value === undefined) throw noKey(params.key)
  return new JsonText(value)
}

/** Under the lock of the integration, so that two who put new keys are counted one behind the other. */
export async function putValue(ctx: Context, { params, body }: Input<Ops['putIntegrationStateValue']>): Promise<undefined> {
  const value = JSON.stringify(body)
  if (value.length > maxValueCharacters) throw new DomainError('state_limit', 'The value is longer than 1,000,000 characters.', 'key')
  if (params.key.length > maxKeyCharacters)
    throw new DomainError('state_limit', `The key is longer than ${maxKeyCharacters} characters.`, 'key')
  const { envId } = ctx.caller
  await ctx.store.transaction(async (rows) => {
    if (!(await rows.documents.lock(envId, 'integrations', params._id))) throw notFound('integrations')
    const keys = await rows.state.keys(envId, params._id)
    if (keys.length >= maxKeys && !keys.includes(params.key))
      throw new DomainError('state_limit', `The state has ${maxKeys.toLocaleString('en')} keys already. Delete some.`, 'key')
    await rows.state.put(envId, params._id, params.key, value)
  })
  return undefined
}

export async function deleteValue(ctx: Context, { params }: OfOne): Promise<undefined> {
  await mustExist(ctx, 'integrations', params._id)
  if ((await ctx.store.state.remove(ctx.caller.envId, params._id, params.key)) === 0) throw noKey(params.key)
  return undefined
}

export async function deleteAll(ctx: Context, { params }: OfAll): Promise<undefined> {
  await mustExist(ctx, 'integrations', params._id)
  await ctx.store.state.remove(ctx.caller.envId, params._id)
  return undefined
}
