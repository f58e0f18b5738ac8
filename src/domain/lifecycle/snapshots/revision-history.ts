/** Snapshots: the state of an integration as it is, kept under its hash. And the history that they are part of. */
import type { Input } from '../../../contract/operation.ts'
import type { revisions as operations } from '../../../contract/operations/lifecycle/revisions.ts'
import { readPage } from '../../paging.ts'
import { JsonText, type JsonPage } from '../../result.ts'
import { checkExists, notFound } from '../../documents/documents.ts'
import type { Context } from '../../context.ts'
import { readName } from '../compare/diff-format.ts'
import { addRevision, toRevisionResponse, newRevision, recordRevision, revisionNotFound, type RevisionDoc } from '../revision.ts'
import { readState } from './integration-state.ts'
import type { RowsOf } from '../../ports/store.ts'

type Ops = typeof operations

export async function listIntegrationRevisions(ctx: Context, { params, query }: Input<Ops['listIntegrationRevisions']>): Promise<JsonPage> {
  await checkExists(ctx, 'integrations', params._id)
  const read = (skip: number, limit: number) => ctx.store.revisions.page(ctx.caller.envId, params._id, skip, limit)
  return readPage(query, read, (revisions) => revisions)
}

export async function getIntegrationRevision(ctx: Context, { params }: Input<Ops['getIntegrationRevision']>): Promise<JsonText> {
  await checkExists(ctx, 'integrations', params._id)
  const text = await ctx.store.revisions.readText(ctx.caller.envId, params._id, params._revisionId)
  if (text === undefined) throw revisionNotFound()
  return new JsonText(text)
}

export async function createIntegrationRevision(
  ctx: Context,
  { params, body }: Input<Ops['createIntegrationRevision']>,
): Promise<ReturnType<typeof toRevisionResponse>> {
  return toRevisionResponse(await ctx.store.transaction((rows) => takeSnapshot(rows, ctx, params._id, body.description)))
}

/** As part of a larger transaction. */
async function takeSnapshot(
  rows: RowsOf<'audit' | 'documents' | 'revisions' | 'snapshots'>,
  ctx: Context,
  integrationId: string,
  description: string,
): Promise<RevisionDoc> {
  const { envId } = ctx.caller
  const name = await readIntegrationName(rows, envId, integrationId)
  const { hash } = await readState(rows, envId, integrationId)
  const doc = newRevision(
    ctx,
    { _id: integrationId, name },
    { type: 'snapshot', status: 'completed', description, beforeRevisionHash: hash },
  )
  await addRevision(rows, envId, { doc, work: {} })
  await recordRevision(rows, ctx, 'create', doc)
  return doc
}

/** What an integration is called; refused where there is none. */
async function readIntegrationName(rows: RowsOf<'documents'>, envId: string, integrationId: string): Promise<string> {
  const found = await rows.documents.find(envId, 'integrations', integrationId)
  if (!found) throw notFound('integrations')
  return readName(found.doc)
}
