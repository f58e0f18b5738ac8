/** Makes the handlers for the operations that every document type has. */
import type { AnyBody } from '../../contract/document.ts'
import type { DocumentOperation } from '../../contract/operations/index.ts'
import { keepPlatformFields, withAppIntegration } from '../app-rights/rights.ts'
import { listDocumentAudit } from '../documents/audit-log.ts'
import { listDependencies } from '../documents/dependencies.ts'
import * as documents from '../documents/documents.ts'
import type { Collection } from '../../contract/resources/index.ts'
import type { Context } from '../context.ts'

type Body = AnyBody

interface Call {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

export async function documentHandlers(
  ctx: Context,
  { collection, verb }: Pick<DocumentOperation, 'collection' | 'verb'>,
  { params, query, body }: Call,
): Promise<unknown> {
  const { _id: id = '' } = params
  switch (verb) {
    case 'list':
      return documents.list(ctx, collection, query)
    case 'create':
      return documents.create(ctx, collection, ctx.app ? withAppIntegration(ctx.app, body as Body) : (body as Body))
    case 'read':
      return documents.read(ctx, collection, id)
    case 'replace':
      return documents.replace(ctx, collection, id, ctx.app ? await completeAppBody(ctx, collection, id, body as Body) : (body as Body))
    case 'remove':
      return documents.remove(ctx, collection, id)
    case 'dependencies':
      return listDependencies(ctx, collection, id)
    case 'audit':
      return listDocumentAudit(ctx, collection, id, query)
  }
}

async function completeAppBody(ctx: Context, collection: Collection, id: string, body: Body): Promise<Body> {
  const entry = await ctx.store.documents.find(ctx.caller.envId, collection, id)
  return entry ? keepPlatformFields(entry, body) : body
}
