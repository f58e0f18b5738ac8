/** What is looked at and recorded before a flow, an API or a tool is tried out. */
import type { Document } from '../../contract/document.ts'
import { checkNotPaused } from '../app-code/licensing.ts'
import { recordAct } from '../audit/audit-entry.ts'
import type { Context } from '../context.ts'

interface Allowing {
  readonly allowImports?: boolean
  readonly allowScriptWrites?: boolean
}

interface Allowed {
  readonly sendsImports: boolean
  readonly scriptsWrite: boolean
}

/** Answers what the test may do. */
export async function recordTest(
  ctx: Context,
  collection: 'flows' | 'apis' | 'tools',
  { _id, name, _integrationId }: Pick<Document<'flows' | 'apis' | 'tools'>, '_id' | 'name' | '_integrationId'>,
  { allowImports = false, allowScriptWrites = false }: Allowing,
  more: object = {},
): Promise<Allowed> {
  await checkNotPaused(ctx.store, ctx, _integrationId)
  const details = { test: true, ...more, allowImports, allowScriptWrites }
  await recordAct(ctx.store, ctx, { event: 'invoke', collection, _id, name, details })
  return { sendsImports: allowImports, scriptsWrite: allowScriptWrites }
}
