/**
 * Makes messages of what happened: once the first notice of an environment has waited for long enough, all of them become one message for each user and
 * channel. They are taken out in one short transaction, since pages of runs write the same rows, and become messages in another. A program that dies in
 * between leaves what was taken to the next one; two programs never tell the same.
 */
import type { World } from '../context.ts'
import { maskTokens } from '../mask-tokens.ts'
import type { Channel, OutboxEvent, Payload } from '../ports/notifications/outbox.ts'
import type { QuotedError } from '../ports/notifications/notification-event.ts'
import type { RowsOf } from '../ports/store.ts'
import { findDailyTime } from './daily-time.ts'
import { describeNotices, type Described } from './describe-notices.ts'
import { findRecipient, keepVisible, type RightsRows } from './recipients.ts'
import { readUserSettings, type UserSettings } from './settings.ts'

/** Environments that one look gathers; others wait for the next one, seconds later. */
const maxEnvironments = 20
/** Notices that are taken at once: steps, connections, runs. What is left becomes a message of its own. */
const maxNotices = 1000
/** Users of an environment who are notified of the same. */
const maxRecipients = 1000
/** Events of one message: nobody reads more, and it says how many there are besides. */
const maxEvents = 200
/** Messages of errors that an event quotes, characters of one, and events of a message that quote any. */
const [quotedErrors, maxQuote, quotingEvents] = [3, 500, 20] as const
/** Shares of an account that are looked through for its administrators. */
const maxShares = 1000

type GatheringRows = RightsRows &
  RowsOf<'ashares' | 'flowErrors' | 'notices' | 'notificationSettings' | 'outbox' | 'preferences' | 'subscriptions'>

/** An environment whose notices cannot be gathered is passed over, and keeps those of no other one. */
export async function gatherNotices(world: World): Promise<void> {
  const failed: string[] = []
  for (let n = 0; n < maxEnvironments; n++) {
    let at: string | undefined
    try {
      const before = new Date(world.now().getTime() - world.messengers.gatherMs).toISOString()
      await world.store.transaction((rows) => rows.notices.takeDue(before, failed, maxNotices))
      if (!(await world.store.transaction((rows) => tellTaken(world, rows, failed, (envId) => (at = envId))))) return
    } catch (error) {
      if (at === undefined) throw error
      failed.push(at)
      world.log.warn({ err: error, envId: at }, 'notices of an environment could not be gathered')
    }
  }
}

async function tellTaken(
  world: World,
  rows: GatheringRows,
  except: readonly string[],
  onEnvironment: (envId: string) => void,
): Promise<boolean> {
  const envId = await rows.notices.lockTaken(except)
  if (envId === undefined) return false
  onEnvironment(envId)
  const notices = await rows.notices.removeTaken(envId)
  const [first] = notices
  if (!first) return true
  const accountId = await rows.accounts.findAccount(envId)
  if (accountId === undefined) return true
  const described = await describeNotices(rows, envId, notices)
  const byUser = await findReaders(rows, accountId, envId, described)
  const settings = await readUserSettings(world, rows, [...byUser.keys()])
  const quotes = quoteErrors(rows, envId)
  for (const [userId, concerning] of byUser) {
    const own = settings.get(userId) as UserSettings
    const channels = listChannels(world, own)
    const caller = channels.length > 0 ? await findRecipient(rows, accountId, envId, userId) : undefined
    if (!caller) continue
    const visible = await keepVisible(rows, caller, concerning.filter(isWanted(own)), ({ key }) => key)
    if (visible.length === 0) continue
    const payload = await buildPayload(visible, first.firstAt, own.includeErrorMessages ? quotes : undefined)
    for (const channel of channels)
      await write(world, rows, { envId, userId, channel, isDaily: channel === 'email' && own.isDaily }, payload, own)
  }
  return true
}

/** Users, and what concerns each. */
async function findReaders(
  rows: RowsOf<'ashares' | 'subscriptions'>,
  accountId: string,
  envId: string,
  described: readonly Described[],
): Promise<ReadonlyMap<string, readonly Described[]>> {
  const subscribers = await rows.subscriptions.findSubscribers(
    envId,
    described.flatMap(({ subjects }) => subjects),
  )
  const usersOf = Map.groupBy(subscribers, ({ kind, id }) => `${kind} ${id}`)
  const administrators = described.some(({ isForAdministrators }) => isForAdministrators) ? await listAdministrators(rows, accountId) : []
  const byUser = new Map<string, Described[]>()
  for (const each of described) {
    const subscribed = each.subjects.flatMap(({ kind, id }) => (usersOf.get(`${kind} ${id}`) ?? []).map(({ userId }) => userId))
    const users = new Set([
      ...subscribed,
      ...(each.userId === undefined ? [] : [each.userId]),
      ...(each.isForAdministrators ? administrators : []),
    ])
    for (const userId of users) {
      const own = byUser.get(userId)
      if (own) own.push(each)
      else byUser.set(userId, [each])
    }
  }
  return new Map([...byUser].slice(0, maxRecipients))
}

async function listAdministrators({ ashares }: RowsOf<'ashares'>, accountId: string): Promise<readonly string[]> {
  const shares = await ashares.list(accountId, 0, maxShares)
  const administrators = shares.flatMap(({ user, doc }) =>
    user && doc.accessLevel === 'administrator' && doc.accepted && !doc.dismissed && !doc.disabled ? [user._id] : [],
  )
  return [accountId, ...administrators]
}

const listChannels = ({ messengers }: World, { email, webhook }: UserSettings): readonly Channel[] => [
  ...(email && messengers.sendMail ? (['email'] as const) : []),
  ...(webhook ? (['webhook'] as const) : []),
]

const isWanted =
  ({ errorThreshold, assignments }: UserSettings) =>
  ({ event: { type, numOpen = 0 } }: Described): boolean => {
    if (type === 'flow.errors') return numOpen >= errorThreshold
    return type !== 'errors.assigned' || assignments
  }

type Quote = (described: Described) => Promise<readonly QuotedError[]>

async function buildPayload(described: readonly Described[], since: string, quote: Quote | undefined): Promise<Payload> {
  const events: OutboxEvent[] = []
  for (const [i, each] of described.slice(0, maxEvents).entries()) {
    const errors = quote && i < quotingEvents ? await quote(each) : []
    events.push({ key: each.key, event: { ...each.event, ...(errors.length > 0 && { errors }) } })
  }
  return { events, omitted: described.length - events.length, since }
}

/** The newest open errors of a step, read once for all users who want them. */
function quoteErrors({ flowErrors }: RowsOf<'flowErrors'>, envId: string): Quote {
  const read = new Map<Described, readonly QuotedError[]>()
  return async (described) => {
    const known = read.get(described)
    if (known) return known
    const { errors } = described.step ? await flowErrors.listPage(envId, [described.step], 'open', { limit: quotedErrors }) : { errors: [] }
    const quoted = errors.map(({ source, code, message, traceKey }) => ({
      source,
      code,
      message: cut(maskTokens(message)),
      ...(traceKey !== undefined && { traceKey: cut(traceKey) }),
    }))
    read.set(described, quoted)
    return quoted
  }
}

/** A character that the end would halve is not kept: no database takes half of one. */
const cut = (text: string): string => (text.length > maxQuote ? `${text.slice(0, maxQuote - 1).toWellFormed()}…` : text)

async function write(
  { newId, now }: World,
  rows: RowsOf<'outbox' | 'preferences'>,
  to: { readonly envId: string; readonly userId: string; readonly channel: Channel; readonly isDaily: boolean },
  payload: Payload,
  { dailyHour }: UserSettings,
): Promise<void> {
  const createdAt = now().toISOString()
  if (!to.isDaily) return rows.outbox.add({ ...to, _id: newId(), payload, createdAt, dueAt: createdAt })
  const gathering = await rows.outbox.lockGathering(to.envId, to.userId, to.channel)
  if (gathering) return rows.outbox.replacePayload(gathering._id, joinPayloads(gathering.payload, payload))
  const dueAt = findDailyTime(now(), dailyHour, await readTimezone(rows, to.userId)).toISOString()
  await rows.outbox.add({ ...to, _id: newId(), payload, createdAt, dueAt })
}

async function readTimezone({ preferences }: RowsOf<'preferences'>, userId: string): Promise<string> {
  const { timezone } = JSON.parse((await preferences.read(userId)) ?? '{}') as { readonly timezone?: string }
  return timezone ?? 'UTC'
}

/** Events of the same kind and subject become one: how often in all, and the newest state. */
function joinPayloads(before: Payload, later: Payload): Payload {
  const joined = new Map(before.events.map((each) => [identify(each), each]))
  for (const each of later.events) {
    const id = identify(each)
    const known = joined.get(id)
    joined.set(id, known ? { key: each.key, event: joinEvents(known.event, each.event) } : each)
  }
  const events = [...joined.values()]
  return {
    events: events.slice(0, maxEvents),
    omitted: before.omitted + later.omitted + Math.max(0, events.length - maxEvents),
    since: before.since,
  }
}

/** A connection that went offline and came back is one thing. */
const identify = ({ key, event: { type, step, license } }: OutboxEvent): string =>
  [type.replace(/^connection\..*/, 'connection'), key.collection, key.id, step?._id ?? '', license?._id ?? ''].join(' ')

const joinEvents = (before: OutboxEvent['event'], later: OutboxEvent['event']): OutboxEvent['event'] => ({
  ...before,
  ...later,
  firstAt: before.firstAt,
  ...((before.num !== undefined || later.num !== undefined) && { num: (before.num ?? 0) + (later.num ?? 0) }),
})
