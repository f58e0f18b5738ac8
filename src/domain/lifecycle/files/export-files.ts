/** The state of an integration as an archive of files. */
import type { Input } from '../../../contract/operation.ts'
import type { integrationFiles as operations } from '../../../contract/operations/lifecycle/integration-files.ts'
import { Bytes } from '../../result.ts'
import type { Context } from '../../context.ts'
import { packArchive } from './archive.ts'
import { buildFiles } from './state-files.ts'
import { ownPlace } from '../snapshots/lineage.ts'
import { loadDefinitions, readState } from '../snapshots/integration-state.ts'

/** Files are changed for months before they come back: the state that they were made of is kept. */
export async function exportIntegrationFiles(
  ctx: Context,
  { params }: Input<(typeof operations)['exportIntegrationFiles']>,
): Promise<Bytes> {
  const { envId } = ctx.caller
  const { hash, state } = await ctx.store.transaction(async (rows) => {
    const { tree, hash: at } = await readState(rows, envId, params._id)
    const load = await loadDefinitions(
      rows,
      envId,
      tree.map((node) => node.hash),
    )
    await rows.files.noteExport(ownPlace(ctx, params._id), at)
    return { hash: at, state: tree.map(({ collection, id, hash: of }) => ({ collection, id, definition: load(of) })) }
  })
  return new Bytes(await packArchive(buildFiles(params._id, state, hash)), `integration-${params._id}.zip`, hash)
}
