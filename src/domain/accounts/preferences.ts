/** How pages are to look to a user, in whichever browser. */
import type { Input, Result } from '../../contract/operation.ts'
import type { profile as operations } from '../../contract/operations/accounts/profile.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import { JsonText } from '../result.ts'
import { refuseLesserTokens } from './user-sessions.ts'

type Ops = typeof operations

export async function getPreferences({ store, caller }: Context): Promise<JsonText> {
  return new JsonText((await store.preferences.read(caller.userId)) ?? '{}')
}

export async function updatePreferences(
  ctx: Context,
  { body }: Input<Ops['updatePreferences']>,
): Promise<Result<Ops['updatePreferences']>> {
  refuseLesserTokens(ctx)
  const { timezone } = body
  if (timezone !== undefined && !isTimezone(timezone))
    throw new DomainError('invalid_field', `There is no time zone ${timezone}: one is written as Europe/Berlin.`, 'timezone')
  await ctx.store.preferences.write(ctx.caller.userId, JSON.stringify(body))
  return body
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
