/** Checks that the caller may use every document that a new reference points to, before any script that the document names is run. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { checkWriteAccess } from './access.ts'
import { filterCheckedReferences } from '../app-rights/ownership.ts'
import type { Context } from '../context.ts'
import { findReferences, danglingReferences } from '../references.ts'
import type { Doc, Reference } from '../ports/document.ts'

type Body = Readonly<Record<string, unknown>>

/** What is checked again in the transaction that writes, where it holds. */
export async function checkReferenceAccess(ctx: Context, collection: Collection, sent: Body, old: Doc | undefined): Promise<void> {
  const { body, stored } = resources[collection]
  const known = old && findReferences(stored, old)
  await checkReferences(ctx, collection, sent, filterCheckedReferences(ctx, old, known, findReferences(body, sent)), known)
}

export async function checkReferences(
  ctx: Context,
  collection: Collection,
  doc: Body,
  references: readonly Reference[],
  known: readonly Reference[] | undefined,
): Promise<void> {
  await checkWriteAccess(ctx, ctx.store, collection, doc, references, known)
  const there = new Set((await ctx.store.apps.filterPresent(ctx.caller.envId, references)).map((key) => `${key.collection}/${key.id}`))
  const absent = references.filter((reference) => !there.has(`${reference.collection}/${reference.id}`))
  if (absent.length > 0) throw danglingReferences(absent)
}
