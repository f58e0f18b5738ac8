/** Limits what scripts and stack functions may do: to the integrations of the document that names them, of the script itself and of its authors. */
import type { Collection } from '../../contract/resources/index.ts'
import { membershipRules } from './membership.ts'
import type { Context } from '../context.ts'
import type { Cap } from '../ports/membership.ts'
import type { Identity, Level } from '../ports/accounts.ts'

/** Documents that are looked at on the way up to integrations. A script in so many places may reach those that were found. */
const maxUsersSearched = 5000

/** Integrations; undefined where there is none, and the document is the whole account's. */
export type IntegrationIds = readonly string[] | undefined

/** The integrations that a stored document belongs to. */
export async function findIntegrationIds({ store, caller }: Context, collection: Collection, id: string): Promise<IntegrationIds> {
  if (collection === 'integrations') return [id]
  const { integrations, isWhole } = await store.membership.findHolders(caller.envId, membershipRules, { collection, id }, maxUsersSearched)
  return integrations.length === 0 && isWhole ? undefined : integrations
}

/** The rights of a function of this script, or on a stack, that a document in this place names. An Integration App has its own. */
export async function limitToCode(
  ctx: Context,
  place: IntegrationIds,
  script?: ScriptAuthors & { readonly _id: string },
): Promise<Context> {
  if (ctx.app ?? ctx.onBehalf?.app) return ctx
  // Inside an integration it need not be asked: what a document there names belongs there too.
  const within = place ?? (script && (await findIntegrationIds(ctx, 'scripts', script._id)))
  return limitToAuthors(within ? limitToIntegrations(ctx, within) : ctx, script)
}

export interface ScriptAuthors {
  /** As in the document of a script. */
  readonly _authorIntegrationIds?: readonly string[]
}

/** No more than those who wrote the script. */
export const limitToAuthors = (ctx: Context, script: ScriptAuthors | undefined): Context =>
  script?._authorIntegrationIds && !ctx.app && !ctx.onBehalf?.app ? limitToIntegrations(ctx, script._authorIntegrationIds) : ctx

/** The same caller, who changes nothing: what they ask for besides looking is refused. */
export const onlyReading = (ctx: Context): Context => ({
  ...ctx,
  caller: { ...ctx.caller, readsOnly: true },
  ...(ctx.onBehalf && { onBehalf: onlyReading(ctx.onBehalf) }),
})

function limitToIntegrations(ctx: Context, integrations: readonly string[]): Context {
  const callId = ctx.caller.reach?.callId ?? ctx.newId()
  return { ...ctx, caller: capIdentity(ctx.caller, { integrations, callId }) }
}

/** The caller, within these integrations alone. */
export function capIdentity(caller: Identity, { integrations, callId }: Cap): Identity {
  const kept = integrations.filter((id) => caller.cap?.integrations.includes(id) ?? true)
  const levels = kept.flatMap((id) => {
    const level = levelInIntegration(caller, id)
    return level === undefined ? [] : [[id, level] as const]
  })
  return {
    ...caller,
    level: capLevel(caller.level),
    cap: { integrations: kept, callId },
    reach: { integrations: Object.fromEntries(levels), callId },
  }
}

const capLevel = (level: Level): 'manage' | 'monitor' => (level === 'monitor' ? 'monitor' : 'manage')

/** What a caller may in an integration. */
export function levelInIntegration({ level, reach }: Identity, id: string): 'manage' | 'monitor' | undefined {
  if (!reach) return capLevel(level)
  const levels = [reach.level, reach.integrations[id]].flatMap((each) => (each === undefined ? [] : [capLevel(each)]))
  return levels.includes('manage') ? 'manage' : levels[0]
}

/** The integrations that a caller manages who does not manage the whole account. */
export function managedIntegrations({ reach }: Identity): IntegrationIds {
  if (!reach || (reach.level !== undefined && reach.level !== 'monitor')) return undefined
  return Object.entries(reach.integrations).flatMap(([id, level]) => (level === 'manage' ? [id] : []))
}
