/** How an integration and its children are built, without their flows. */
import type { Input, Result } from '../../contract/operation.ts'
import {
  maxChildren,
  treeFields,
  treeLists,
  type treeMetadata as operations,
} from '../../contract/operations/integrations/tree-metadata.ts'
import { visibleIntegrations } from '../access/access.ts'
import { notFound } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import type { Doc } from '../ports/document.ts'

type Tree = Result<(typeof operations)['getIntegrationTreeMetadata']>

export async function getIntegrationTreeMetadata(
  ctx: Context,
  { params }: Input<(typeof operations)['getIntegrationTreeMetadata']>,
): Promise<Tree> {
  const { envId } = ctx.caller
  const parent = await ctx.store.documents.find(envId, 'integrations', params._id)
  if (!parent) throw notFound('integrations')
  const children = (await ctx.store.integrationResources.listChildren(envId, params._id, maxChildren)).map(
    (text) => JSON.parse(text) as Doc,
  )
  const visible = visibleIntegrations(ctx)
  const seen = children.filter(({ _id }) => visible?.includes(_id) ?? true)
  return { integration: toMetadata(parent.doc), childIntegrations: seen.map(toMetadata) }
}

function toMetadata(doc: Doc): Tree['integration'] {
  const lists = treeLists.map((field) => [field, doc[field] ?? []])
  const fields = treeFields.filter((field) => doc[field] !== undefined).map((field) => [field, doc[field]])
  return { _id: doc._id, name: doc.name, ...Object.fromEntries([...lists, ...fields]) }
}
