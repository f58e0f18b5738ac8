/** Checks that the caller may use every document that a new reference points to, before any script that the document names is run. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { checkWriteAccess } from './access.ts'
import { findCheckedReferences } from '../app-rights/ownership.ts'
import type { Context } from '../context.ts'
import { findReferences, danglingReferences } from '../references.ts'
import type { Doc, Reference } from '../ports/document.ts'
import { excludeKeys } from '../keys.ts'

type Body = Readonly<Record<string, unknown>>

/** What is checked again in the transaction that writes, where it holds. */
export async function checkReferenceAccess(ctx: Context, collection: Collection, sent: Body, old: Doc | undefined): Promise<void> {
  const known = old && findReferences(resources[collection].stored, old)
  await checkReferences(ctx, collection, sent, findCheckedReferences(ctx, collection, old, sent), known)
}

export async function checkReferences(
  ctx: Context,
  collection: Collection,
  doc: Body,
  references: readonly Reference[],
  known: readonly Reference[] | undefined,
): Promise<void> {
  await checkWriteAccess(ctx, ctx.store, collection, doc, references, known)
  const absent = excludeKeys(references, await ctx.store.documents.filterPresent(ctx.caller.envId, references))
  if (absent.length > 0) throw danglingReferences(absent)
}
