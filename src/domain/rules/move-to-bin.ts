/** Moves documents of one type to the recycle bin, on record, whatever their rule says. */
import type { Collection } from '../../contract/resources/index.ts'
import { buildChange } from '../audit/audited-changes.ts'
import type { Context } from '../context.ts'
import type { RowsOf } from '../ports/store.ts'

/** They come back with `root`, the one whose removal was asked for. */
export async function moveToBin(
  rows: RowsOf<'audit' | 'documents'>,
  ctx: Context,
  collection: Collection,
  ids: readonly string[],
  root: string,
): Promise<void> {
  const removed = await rows.documents.remove(ctx.caller.envId, collection, ids, root)
  await rows.audit.add(
    ctx.caller.envId,
    removed.map((before) => buildChange(ctx, { event: 'delete', collection, before })),
  )
}
