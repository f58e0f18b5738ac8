/**
 * The one-time token of a call: what a function of an account's own shows when it calls back. It is signed and not stored, since flows call functions page by
 * page; it ends by itself, with its user, their share, and the installation of the app that it is for.
 */
import { readAppRights } from '../app-rights/rights.ts'
import type { Context, World } from '../context.ts'
import { capIdentity } from '../access/code-rights.ts'
import { oneTimePrefix } from '../mask-tokens.ts'
import type { AppRights } from '../ports/apps.ts'
import type { Identity } from '../ports/accounts.ts'

/** How long it works. Milliseconds. */
const lifeMs = 15 * 60_000
const purpose = 'one-time tokens of marked calls'
/** Characters of the lists that a caller is bound to, each: a token has to fit into a header. Whoever is bound to more than that gets one for nothing. */
const maxList = 3000

interface Claims extends Pick<
  Identity,
  'accountId' | 'envId' | 'userId' | 'scope' | 'level' | 'reach' | 'cap' | 'scopes' | 'ashareId' | 'readsOnly'
> {
  readonly depth: number
  readonly app?: Pick<AppRights, 'connectorId' | 'isPaused' | 'claim'> & { readonly integrationId: string }
  /** Milliseconds since 1970. */
  readonly until: number
}

/** For a call that is made here: with the rights that integrator-api has in it. */
export function signOneTimeToken(ctx: Context): string {
  const { caller, app } = ctx.onBehalf ?? ctx
  const { accountId, envId, userId, scope, level, reach, cap, scopes, ashareId, readsOnly } = caller
  const [integrationId = ''] = app?.integrationIds ?? []
  const claims: Claims = {
    accountId,
    envId,
    userId,
    scope,
    level,
    ...(ashareId === undefined ? reach && { reach: fitting(reach, { ...reach, integrations: {} }) } : { ashareId }),
    ...(ashareId !== undefined && cap && { cap: fitting(cap, { ...cap, integrations: [] }) }),
    ...(scopes && { scopes: fitting(scopes, {}) }),
    ...(readsOnly && { readsOnly }),
    ...(app && {
      app: { integrationId, connectorId: app.connectorId, isPaused: app.isPaused, ...(app.claim && { claim: app.claim }) },
    }),
    depth: (ctx.scriptDepth ?? 0) + 1,
    until: ctx.now().getTime() + lifeMs,
  }
  const text = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${oneTimePrefix}${text}.${ctx.vault.sign(text, purpose)}`
}

const fitting = <T extends object>(list: T, none: T): T => (JSON.stringify(list).length > maxList ? none : list)

export const isOneTime = (token: string): boolean => token.startsWith(oneTimePrefix)

/** Who shows it; undefined where it is none of ours, its time is over, or whoever it is for may no longer do anything. */
export async function verifyOneTimeToken(
  { store, vault, now }: Pick<World, 'store' | 'vault' | 'now'>,
  token: string,
): Promise<Identity | undefined> {
  const [text = '', signature = ''] = token.slice(oneTimePrefix.length).split('.')
  if (!vault.isSigned(text, signature, purpose)) return undefined
  const { app, depth, until, ...claimed } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Claims
  if (until <= now().getTime()) return undefined
  // After the function that it was given to it works on, and nothing is undone any more.
  const isAtIt = app?.claim !== undefined && (await store.apps.holdsClaim(claimed.envId, app.claim.rootId, app.claim.who))
  // Who asks for an update is the publisher, who is nobody here: while the app's function is at work it acts, whoever asked.
  const standing = isAtIt ? {} : await store.accounts.readRights(claimed)
  if (!standing) return undefined
  // What a share allows now is what counts, within what the call was held to. Without a share, the call had rights of its own: those of its flow, or of the app.
  const { cap } = claimed
  const shared = { ...claimed, ...standing }
  const identity = claimed.ashareId === undefined ? claimed : cap ? capIdentity(shared, cap) : shared
  if (!app) return { ...identity, oneTime: { depth } }
  const rights = await readAppRightsNow(store, claimed.envId, app, now)
  return rights && { ...identity, oneTime: { depth, app: { ...rights, ...(isAtIt && app.claim && { claim: app.claim }) } } }
}

/** What the app may where it was installed, as long as it still is. */
async function readAppRightsNow(
  store: World['store'],
  envId: string,
  app: NonNullable<Claims['app']>,
  now: () => Date,
): Promise<AppRights | undefined> {
  const installation = await store.apps.find(envId, app.integrationId)
  if (installation?.connectorId !== app.connectorId) return undefined
  if (!app.isPaused && (await store.apps.isPaused(envId, app.integrationId, now().toISOString()))) return undefined
  if (!(await store.apps.listMembers(envId, installation.rootId)).includes(app.integrationId)) return undefined
  return readAppRights(store, installation)
}
