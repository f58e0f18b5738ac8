/** The entries of lookup caches as callers write and read them. How many bytes a cache holds is counted along in its document. */
import type { Input, Result } from '../../contract/operation.ts'
import {
  maxBatchBytes,
  maxCacheBytes,
  maxEntries,
  type lookupCaches as operations,
} from '../../contract/operations/documents/lookup-cache-data.ts'
import { resources } from '../../contract/resources/index.ts'
import { JsonText } from '../result.ts'
import { recordRepeatedAct, type AuditedAct } from '../audit/audit-entry.ts'
import { notFound } from './documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { findReferences } from '../references.ts'
import { sizeFields } from '../rules/lookup-cache.ts'
import type { Doc } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations

const limit = (message: string): DomainError => new DomainError('lookup_cache_limit', message)

export async function upsertLookupCacheData(
  ctx: Context,
  { params, body }: Input<Ops['upsertLookupCacheData']>,
): Promise<Result<Ops['upsertLookupCacheData']>> {
  const entries = [...new Map(body.data.map(({ key, value }) => [key, JSON.stringify(value)]))].map(([key, value]) => ({ key, value }))
  const bytes = entries.reduce((sum, { key, value }) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  if (bytes > maxBatchBytes) throw limit('The entries are larger than 5 MB together. Send them in several requests.')
  await changeEntries(ctx, params._id, async (rows, size) => {
    await recordCacheAct(rows, ctx, params._id, { entriesWritten: entries.length })
    return size + (await rows.lookupCacheData.put(ctx.caller.envId, params._id, entries))
  })
  return { numUpserted: entries.length }
}

export async function getLookupCacheData(ctx: Context, { params, query, body }: Input<Ops['getLookupCacheData']>): Promise<JsonText> {
  const { keys, startsWith } = body ?? {}
  if (keys && startsWith !== undefined)
    throw new DomainError('invalid_field', 'Ask either for keys or for startsWith, not for both.', 'keys')
  const found = await ctx.store.lookupCacheData.page(ctx.caller.envId, params._id, {
    limit: maxEntries,
    maxBytes: maxBatchBytes,
    ...(keys && { keys }),
    ...(startsWith !== undefined && { startsWith }),
    ...(query.startAfterKey !== undefined && { after: query.startAfterKey }),
  })
  if (!found) throw notFound('lookupcaches')
  if (keys && found.more) throw limit('The entries of these keys are larger than 5 MB together. Ask for fewer keys.')
  const last = found.more ? found.entries.at(-1) : undefined
  const next = last && `/v1/lookupcaches/${params._id}/getData?startAfterKey=${encodeURIComponent(last.key)}`
  const data = found.entries.map(({ key, value }) => `{"key":${JSON.stringify(key)},"value":${value}}`).join(',')
  return new JsonText(`{"data":[${data}]${next ? `,"nextPageURL":${JSON.stringify(next)}` : ''}}`)
}

export async function deleteLookupCacheData(
  ctx: Context,
  { params, body }: Input<Ops['deleteLookupCacheData']>,
): Promise<Result<Ops['deleteLookupCacheData']>> {
  let numDeleted = 0
  await changeEntries(ctx, params._id, async (rows, size) => {
    const { removed, bytes } = await rows.lookupCacheData.remove(ctx.caller.envId, params._id, body.keys)
    numDeleted = removed
    await recordCacheAct(rows, ctx, params._id, { entriesDeleted: removed })
    return size - bytes
  })
  return { numDeleted }
}

export async function purgeLookupCacheData(ctx: Context, { params }: Input<Ops['purgeLookupCacheData']>): Promise<undefined> {
  await changeEntries(ctx, params._id, async (rows) => {
    await rows.lookupCacheData.purge(ctx.caller.envId, params._id)
    await recordCacheAct(rows, ctx, params._id, { entriesPurged: true })
    return 0
  })
  return undefined
}

const recordCacheAct = (rows: RowsOf<'audit'>, ctx: Context, _id: string, details: AuditedAct['details']): Promise<void> =>
  recordRepeatedAct(rows, ctx, { event: 'update', collection: 'lookupcaches', _id, ...(details && { details }) })

/** Changes entries under the lock of their cache, and writes down the size that `change` answers. */
async function changeEntries(
  ctx: Context,
  id: string,
  change: (rows: RowsOf<'audit' | 'lookupCacheData'>, size: number) => Promise<number>,
): Promise<void> {
  const { envId } = ctx.caller
  await ctx.store.transaction(async (rows) => {
    const entry = await rows.documents.lock(envId, 'lookupcaches', id)
    if (!entry) throw notFound('lookupcaches')
    const before = Number(entry.doc.size ?? 0)
    const size = await change(rows, before)
    if (size > maxCacheBytes && size > before)
      throw limit('The cache would be larger than 50 MB. Delete entries, or spread them over several caches.')
    const doc: Doc = { ...entry.doc, ...sizeFields(size) }
    const references = { all: findReferences(resources.lookupcaches.stored, doc), checked: [] }
    await rows.documents.write(envId, 'lookupcaches', { ...entry, doc }, references, 'replacement')
  })
}
