/** What the state of an integration is told by: the keys that scripts put there, and the hash of its definition. */
import type { Input, Result } from '../../../contract/operation.ts'
import type { Named } from '../../../contract/operations/index.ts'
import { DomainError } from '../../errors.ts'
import type { Context } from '../../context.ts'
import { stateHandlers as keysOf } from '../../documents/key-value-state.ts'
import { readState } from './integration-state.ts'

type Op = Named['listIntegrationState']
const { list } = keysOf('integrations')

export async function listIntegrationState(ctx: Context, { params, ...input }: Input<Op>): Promise<Result<Op>> {
  const { keys } = await list(ctx, { params, ...input })
  const hash = await readStateHash(ctx, params._id)
  return hash === undefined ? { keys } : { keys, hash }
}

/** Too large an integration has keys all the same. */
async function readStateHash(ctx: Context, id: string): Promise<string | undefined> {
  try {
    return (await ctx.store.transaction((rows) => readState(rows, ctx.caller.envId, id))).hash
  } catch (error) {
    if (error instanceof DomainError && error.problems[0]?.code === 'too_many_resources') return undefined
    throw error
  }
}
