/** Writes those fields of an installed integration that only the platform sets. */
import type { IntegrationDocument } from '../../contract/document.ts'
import { resources } from '../../contract/resources/index.ts'
import { JsonText } from '../result.ts'
import { buildChange } from '../audit/audited-changes.ts'
import { notFound } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import { findReferences } from '../references.ts'
import type { Changes } from '../rules/rule.ts'
import type { Entry } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

type Fields = Changes<'integrations'>

/** `change` gets the integration as it is now, which nobody else changes meanwhile. A field that it answers as undefined is gone. */
export async function changeIntegration(
  rows: RowsOf<'documents'>,
  ctx: Context,
  id: string,
  change: (doc: IntegrationDocument) => Fields,
): Promise<JsonText> {
  const before = await rows.documents.lock(ctx.caller.envId, 'integrations', id)
  if (!before) throw notFound('integrations')
  return putIntegration(rows, ctx, before, { ...before.doc, ...change(before.doc), lastModified: ctx.now().toISOString() })
}

/** What is stored: a field that is undefined is none. */
export const withoutUndefined = (fields: Fields): IntegrationDocument =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as IntegrationDocument

/** References were checked where they came from: scripts are the publisher's. */
export async function putIntegration(rows: RowsOf<'documents'>, ctx: Context, before: Entry | undefined, doc: Fields): Promise<JsonText> {
  const kept = withoutUndefined(doc)
  const references = { all: findReferences(resources.integrations.stored, kept), checked: [] }
  const event = before ? 'update' : 'create'
  const recorded = buildChange(ctx, { event, collection: 'integrations', before: before?.doc, after: kept })
  const entry = { doc: kept, secrets: before?.secrets }
  const as = before ? 'replacement' : 'new'
  return new JsonText((await rows.documents.write(ctx.caller.envId, 'integrations', entry, references, as, recorded)) as string)
}
