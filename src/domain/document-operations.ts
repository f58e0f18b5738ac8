/** Who carries out the operations that every type of document has. */
import type { DocumentOperation } from '../contract/operations/index.ts'
import { listDocumentAudit } from './audit.ts'
import { listDependencies } from './dependencies.ts'
import * as documents from './documents.ts'
import type { Context } from './ports.ts'

interface Call {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

export async function onDocuments(
  ctx: Context,
  { collection, verb }: Pick<DocumentOperation, 'collection' | 'verb'>,
  { params, query, body }: Call,
): Promise<unknown> {
  const id = params['_id'] as string
  switch (verb) {
    case 'list':
      return documents.list(ctx, collection, query)
    case 'create':
      return documents.create(ctx, collection, body as Record<string, unknown>)
    case 'read':
      return documents.read(ctx, collection, id)
    case 'replace':
      return documents.replace(ctx, collection, id, body as Record<string, unknown>)
    case 'remove':
      return documents.remove(ctx, collection, id)
    case 'dependencies':
      return listDependencies(ctx, collection, id)
    case 'audit':
      return listDocumentAudit(ctx, collection, id, query)
  }
}
