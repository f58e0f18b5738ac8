/** The system token of server stacks: shown to those who may manage them, and replaced on request. */
import type { Document } from '../../contract/document.ts'
import type { Input, Result } from '../../contract/operation.ts'
import type { stacks as operations } from '../../contract/operations/documents/system-tokens.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { amend } from './documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { makeSystemToken } from '../rules/stack.ts'
import { revealSecrets } from '../secrets.ts'

type Ops = typeof operations

export async function getSystemToken(ctx: Context, { params }: Input<Ops['getSystemToken']>): Promise<Result<Ops['getSystemToken']>> {
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'stacks', params._id)
  const { systemToken } = readServer(entry && revealSecrets(ctx.vault, ctx.caller.envId, entry))
  await recordAct(ctx.store, ctx, {
    event: 'view',
    collection: 'stacks',
    _id: params._id,
    name: entry?.doc.name,
    details: { seen: 'server.systemToken' },
  })
  return { systemToken: String(systemToken) }
}

export async function rotateSystemToken(ctx: Context, { params }: Input<Ops['rotateSystemToken']>): Promise<undefined> {
  await amend(ctx, 'stacks', params._id, (doc) => ({ server: { ...readServer(doc), systemToken: makeSystemToken() } }))
}

function readServer(doc: Document<'stacks'> | undefined): NonNullable<Document<'stacks'>['server']> {
  const server = doc?.type === 'server' ? doc.server : undefined
  if (!server) throw new DomainError('not_found', 'Stack of type server not found.', '_stackId')
  return server
}
