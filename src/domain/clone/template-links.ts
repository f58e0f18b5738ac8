/** Links to archives of integrations and flows. They are signed and not stored, and work as long as they say and their user may see what they are of. */
import type { Input, Operation, Result } from '../../contract/operation.ts'
import { templateLinks as operations } from '../../contract/operations/lifecycle/template-links.ts'
import { checkAccess } from '../access/access.ts'
import type { Context, World } from '../context.ts'
import { RateLimited } from '../errors.ts'
import type { CountRequest } from '../limits/rate-limit.ts'
import { notFound } from '../documents/documents.ts'
import { exportIntegrationFiles } from '../lifecycle/files/export-files.ts'
import type { Identity } from '../ports/accounts.ts'
import type { Bytes } from '../result.ts'
import { refuseApp } from './clone.ts'
import { packFlow } from './flow-files.ts'

type Ops = typeof operations
type Kind = 'integrations' | 'flows'

/** Where archives are fetched, with the signed text as `token`. */
export const templatePath = '/downloads/template'
/** How long a link works. Long enough for a client that downloads later, short enough for a log that it ends in. Milliseconds. */
const lifeMs = 15 * 60_000
const purpose = 'links to templates'

interface Claims extends Pick<Identity, 'accountId' | 'envId' | 'userId' | 'scope' | 'ashareId'> {
  readonly collection: Kind
  readonly id: string
  /** Milliseconds since 1970. */
  readonly until: number
}

export const getIntegrationTemplate = (ctx: Context, { params }: Input<Ops['getIntegrationTemplate']>) =>
  makeLink(ctx, 'integrations', params._id)
export const getFlowTemplate = (ctx: Context, { params }: Input<Ops['getFlowTemplate']>) => makeLink(ctx, 'flows', params._id)

async function makeLink(ctx: Context, collection: Kind, id: string): Promise<Result<Ops['getFlowTemplate']>> {
  const found = await ctx.store.documents.find(ctx.caller.envId, collection, id)
  if (!found) throw notFound(collection)
  await refuseApp(ctx.store, ctx, collection, found.doc)
  const { accountId, envId, userId, scope, ashareId } = ctx.caller
  const until = ctx.now().getTime() + lifeMs
  const claims: Claims = { accountId, envId, userId, scope, ...(ashareId !== undefined && { ashareId }), collection, id, until }
  const text = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const signedURL = `${ctx.messengers.publicURL ?? ctx.home ?? ''}${templatePath}?token=${text}.${ctx.vault.sign(text, purpose)}`
  return { signedURL, expiresAt: new Date(until).toISOString() }
}

/** The archive of a link, which counts as a request of its account; undefined where the link is none of ours, its time is over, or its user may do nothing there any more. */
export async function readTemplate(world: World, token: string, count?: CountRequest): Promise<Bytes | undefined> {
  const [text = '', signature = ''] = token.split('.')
  if (!world.vault.isSigned(text, signature, purpose)) return undefined
  const { collection, id, until, ...claimed } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Claims
  if (until <= world.now().getTime()) return undefined
  const standing = await world.store.accounts.readRights(claimed)
  if (!standing) return undefined
  const seconds = await count?.(claimed.accountId)
  if (seconds !== undefined) throw new RateLimited(seconds)
  const ctx: Context = { ...world, store: world.storeOf(claimed.accountId), caller: { ...claimed, ...standing }, strict: false }
  const params = { _id: id }
  const operation: Operation = collection === 'flows' ? operations.getFlowTemplate : operations.getIntegrationTemplate
  await checkAccess(ctx, operation, params)
  return collection === 'flows' ? packFlow(ctx, id) : exportIntegrationFiles(ctx, { params, query: undefined, body: undefined })
}
