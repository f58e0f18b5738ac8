/** Refuses what a document refers to before any code that it names is run: a script that its sender may not use gives away neither its answer nor its rights. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { mustWriteWithin } from './access.ts'
import { toCheck } from '../app-rights/ownership.ts'
import type { Context } from '../context.ts'
import { referencesOf, refusalOf } from '../references.ts'
import type { Doc, Reference } from '../ports/document.ts'

type Body = Readonly<Record<string, unknown>>

/** What is checked again in the transaction that writes, where it holds. */
export async function mustReferWithin(ctx: Context, collection: Collection, sent: Body, old: Doc | undefined): Promise<void> {
  const { body, stored } = resources[collection]
  const known = old && referencesOf(stored, old)
  await mustReferTo(ctx, collection, sent, toCheck(ctx, old, known, referencesOf(body, sent)), known)
}

export async function mustReferTo(
  ctx: Context,
  collection: Collection,
  doc: Body,
  references: readonly Reference[],
  known: readonly Reference[] | undefined,
): Promise<void> {
  await mustWriteWithin(ctx, ctx.store, collection, doc, references, known)
  const there = new Set((await ctx.store.apps.present(ctx.caller.envId, references)).map((key) => `${key.collection}/${key.id}`))
  const absent = references.filter((reference) => !there.has(`${reference.collection}/${reference.id}`))
  if (absent.length > 0) throw refusalOf(absent)
}
