/** Puts APIs into a group of their integration: all of them or none. */
import type { Input } from '../../contract/operation.ts'
import type { apis as operations } from '../../contract/operations/documents/api-groups.ts'
import { amendWithin } from './documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { RowsOf } from '../ports/store.ts'

type Grouping = Input<(typeof operations)['updateApiGrouping']>

export async function updateApiGrouping(ctx: Context, { body }: Grouping): Promise<undefined> {
  const { _apiIds, _apiGroupingId } = body
  // In the order of their ids, so that two requests do not wait for each other.
  const ids = [...new Set(_apiIds)].toSorted()
  await ctx.store.transaction(async (rows) => {
    for (const id of ids) {
      await checkGroupExists(rows, ctx, id, `_apiIds.${_apiIds.indexOf(id)}`)
      await amendWithin(rows, ctx, 'apis', id, () => ({ _apiGroupingId: _apiGroupingId ?? undefined }))
    }
  })
}

async function checkGroupExists(rows: RowsOf<'documents'>, ctx: Context, id: string, field: string): Promise<void> {
  const found = await rows.documents.lock(ctx.caller.envId, 'apis', id)
  if (!found) throw new DomainError('invalid_ref', `There is no document ${id} in apis.`, field)
}
