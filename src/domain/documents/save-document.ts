/** Writes one document as it is to be stored, with its references, its secrets sealed, and the entry on record. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { checkWriteAccess } from '../access/access.ts'
import { buildChange } from '../audit/audited-changes.ts'
import type { Context } from '../context.ts'
import { findMovedSecrets, withMovedSecrets } from './redirected-secrets.ts'
import { danglingReferences, findReferences } from '../references.ts'
import { findRule } from '../rules/index.ts'
import type { RuleRows } from '../rules/rule.ts'
import { hideSecrets } from '../secrets.ts'
import type { PolicyRows } from '../write-policy.ts'
import type { Doc, Locked } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

/** What a write of a document reads and writes, whatever its type and its owner. */
export type DocumentRows = RowsOf<'audit' | 'documents' | 'membership'> & RuleRows & PolicyRows

type Body = Readonly<Record<string, unknown>>

/** Where the documents of a type lie: in the caller's environment, or in the account as a whole, which goes by the id of its production environment. */
export const homeEnvironment = ({ caller }: Context, collection: Collection): string =>
  resources[collection].accountWide ? caller.accountId : caller.envId

/** Writes it, and checks the references in what a client sent: the whole document, by default. Where the type's rule has nothing to check, the single statement is its own transaction. */
export async function saveDocument(
  ctx: Context,
  rows: DocumentRows,
  collection: Collection,
  doc: Doc,
  before: Locked | undefined,
  sent: Body = doc,
): Promise<string> {
  const home = homeEnvironment(ctx, collection)
  const { stored } = resources[collection]
  const { beforeWrite, beforeReplace, afterWrite } = findRule(collection)
  const entry = hideSecrets(ctx.vault, home, stored, doc, before)
  const event = before ? 'update' : 'create'
  const moved = findMovedSecrets(ctx, collection, before?.doc, entry)
  const change = withMovedSecrets(
    buildChange(ctx, { event, collection, before: before?.doc, after: entry.doc, secrets: entry.changed }),
    moved,
  )
  const known = before && findReferences(stored, before.doc)
  const references = {
    all: findReferences(stored, doc),
    checked: ctx.writePolicy.findChecked(ctx, collection, before?.doc, sent),
  }
  const write = async (within: DocumentRows): Promise<string> => {
    await checkWriteAccess(ctx, within, collection, doc, references.checked, known)
    await beforeWrite?.(within, ctx, doc)
    if (before) await beforeReplace?.(within, ctx, doc, before.doc)
    const written = await within.documents.write(home, collection, entry, references, before ? 'replacement' : 'new', change)
    if (typeof written !== 'string') throw danglingReferences(written)
    await afterWrite?.(within, ctx, doc, before?.doc)
    return written
  }
  return rows === ctx.store && (beforeWrite || afterWrite) ? ctx.store.transaction(write) : write(rows)
}
