/** The state of an integration as an archive of files. */
import type { Input } from '../../../contract/operation.ts'
import type { integrationFiles as operations } from '../../../contract/operations/lifecycle/integration-files.ts'
import { Bytes } from '../../result.ts'
import type { Context } from '../../context.ts'
import { pack } from './archive.ts'
import { filesOf } from './state-files.ts'
import { definitionsAt, stateOf } from '../snapshots/integration-state.ts'

export async function exportIntegrationFiles(
  ctx: Context,
  { params }: Input<(typeof operations)['exportIntegrationFiles']>,
): Promise<Bytes> {
  const { envId } = ctx.caller
  const state = await ctx.store.transaction(async (rows) => {
    const { tree } = await stateOf(rows, envId, params._id)
    const load = await definitionsAt(
      rows,
      envId,
      tree.map(({ hash }) => hash),
    )
    return tree.map(({ collection, id, hash }) => ({ collection, id, definition: load(hash) }))
  })
  return new Bytes(await pack(filesOf(params._id, state)), `integration-${params._id}.zip`)
}
