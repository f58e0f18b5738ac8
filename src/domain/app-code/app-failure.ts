/** Records in an integration that a function of its app failed in the background, and clears that when a function succeeds. */
import { resources } from '../../contract/resources/index.ts'
import { buildChange } from '../audit/audited-changes.ts'
import type { Context } from '../context.ts'
import { findReferences } from '../references.ts'
import { maskTokens } from '../mask-tokens.ts'
import type { Doc, Entry } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

/** Characters of what a script says that are kept. */
const maxMessage = 1000

export async function recordFailure(
  rows: RowsOf<'documents'>,
  ctx: Context,
  integrationId: string,
  doing: string,
  message: string,
): Promise<void> {
  const before = await rows.documents.lock(ctx.caller.envId, 'integrations', integrationId)
  if (!before) return
  const appFailure = { doing, message: maskTokens(message).slice(0, maxMessage), at: ctx.now().toISOString() }
  await write(rows, ctx, before, { ...before.doc, appFailure })
}

export async function clearFailure(rows: RowsOf<'documents'>, ctx: Context, integrationId: string): Promise<void> {
  const before = await rows.documents.lock(ctx.caller.envId, 'integrations', integrationId)
  if (before?.doc.appFailure === undefined) return
  const { appFailure: _none, ...doc } = before.doc
  await write(rows, ctx, before, doc as Doc)
}

async function write(rows: RowsOf<'documents'>, ctx: Context, before: Entry, doc: Doc): Promise<void> {
  const references = { all: findReferences(resources.integrations.stored, doc), checked: [] }
  const change = {
    ...buildChange(ctx, { event: 'update', collection: 'integrations', before: before.doc, after: doc }),
    source: 'system' as const,
  }
  await rows.documents.write(ctx.caller.envId, 'integrations', { doc, secrets: before.secrets }, references, 'replacement', change)
}
