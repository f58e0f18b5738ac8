/**
 * What a function of an account's own may do. It acts in the name of a caller, but others wrote it: so it is held to where the document lies that names it, to
 * where the script lies itself, and to what those manage who wrote the script.
 */
import type { Collection } from '../../contract/resources/index.ts'
import { belonging } from './membership.ts'
import type { Context } from '../context.ts'
import type { Cap } from '../ports/membership.ts'
import type { Identity, Level } from '../ports/accounts.ts'

/** Documents that are looked at on the way up to integrations. A script in so many places may reach those that were found. */
const maxAbove = 5000

/** Integrations; undefined where there is none, and the document is the whole account's. */
export type Place = readonly string[] | undefined

/** The integrations that a stored document belongs to. */
export async function placeOf({ store, caller }: Context, collection: Collection, id: string): Promise<Place> {
  if (collection === 'integrations') return [id]
  const { integrations, isWhole } = await store.reach.holders(caller.envId, belonging, { collection, id }, maxAbove)
  return integrations.length === 0 && isWhole ? undefined : integrations
}

/** The rights of a function of this script, or on a stack, that a document in this place names. An Integration App has its own. */
export async function asCode(ctx: Context, place: Place, script?: Written & { readonly _id: string }): Promise<Context> {
  if (ctx.app ?? ctx.onBehalf?.app) return ctx
  // Inside an integration it need not be asked: what a document there names belongs there too.
  const within = place ?? (script && (await placeOf(ctx, 'scripts', script._id)))
  return asAuthorsMay(within ? cappedIn(ctx, within) : ctx, script)
}

interface Written {
  /** As in the document of a script. */
  readonly _authorIntegrationIds?: readonly string[]
}

/** No more than those who wrote the script. */
export const asAuthorsMay = (ctx: Context, script: Written | undefined): Context =>
  script?._authorIntegrationIds && !ctx.app && !ctx.onBehalf?.app ? cappedIn(ctx, script._authorIntegrationIds) : ctx

function cappedIn(ctx: Context, integrations: readonly string[]): Context {
  const callId = ctx.caller.reach?.callId ?? ctx.newId()
  return { ...ctx, caller: capped(ctx.caller, { integrations, callId }) }
}

/** The caller, within these integrations alone. */
export function capped(caller: Identity, { integrations, callId }: Cap): Identity {
  const kept = integrations.filter((id) => caller.cap?.integrations.includes(id) ?? true)
  const levels = kept.flatMap((id) => {
    const level = levelIn(caller, id)
    return level === undefined ? [] : [[id, level] as const]
  })
  return {
    ...caller,
    level: limited(caller.level),
    cap: { integrations: kept, callId },
    reach: { integrations: Object.fromEntries(levels), callId },
  }
}

const limited = (level: Level): 'manage' | 'monitor' => (level === 'monitor' ? 'monitor' : 'manage')

/** What a caller may in an integration. */
export function levelIn({ level, reach }: Identity, id: string): 'manage' | 'monitor' | undefined {
  if (!reach) return limited(level)
  const levels = [reach.level, reach.integrations[id]].flatMap((each) => (each === undefined ? [] : [limited(each)]))
  return levels.includes('manage') ? 'manage' : levels[0]
}

/** The integrations that a caller manages who does not manage the whole account. */
export function managedBy({ reach }: Identity): Place {
  if (!reach || (reach.level !== undefined && reach.level !== 'monitor')) return undefined
  return Object.entries(reach.integrations).flatMap(([id, level]) => (level === 'manage' ? [id] : []))
}
