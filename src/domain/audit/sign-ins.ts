/**
 * Sign-ins on record. There are no sessions here, only tokens: the first request of a user from an address within a day is a sign-in, whatever number follows.
 * Tokens that nobody has are counted by address and hour, in the account of the one who runs the server. Requests wait for none of it.
 */
import { hashId } from './audit-entry.ts'
import type { Change } from '../ports/audit.ts'
import type { World } from '../context.ts'
import type { Identity } from '../ports/accounts.ts'

export interface SignIns {
  recordSignIn(caller: Identity, from: string): void
  recordRefusal(from: string): void
  /** Writes down what was gathered. */
  flush(): Promise<void>
}

/** Until what was gathered is written, so that a burst is one statement. Milliseconds. */
const gatheredMs = 1000
/** Users and addresses that are remembered as signed in; past that, some are written a second time, into the entry they have. */
const maxRemembered = 10_000
/** Addresses an hour that get an entry of their own for what was refused; those past them share one. Bounds what an attacker with many addresses writes. */
const maxRefused = 100
const elsewhere = 'other addresses'

/** Changes that wait, by account and id; `envId` is where they go. */
type Gathered = Map<string, { readonly envId: string; readonly change: Change; times: number }>

export function trackSignIns({ store, log, now }: Pick<World, 'store' | 'log' | 'now'>): SignIns {
  const gathered: Gathered = new Map()
  const known = new Set<string>()
  const refusals = refusalCounts()
  let timer: NodeJS.Timeout | undefined

  const gather = (envId: string, change: Change, times: number): void => {
    const key = `${change.accountId}/${change._id}`
    const waiting = gathered.get(key)
    if (waiting) waiting.times += times
    else gathered.set(key, { envId, change, times })
  }
  const soon = (): void => {
    timer ??= setTimeout(() => void flush(), gatheredMs).unref()
  }
  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    try {
      await countRefusals()
      // In the order of their keys: servers that count the same ones do not wait for each other in a ring.
      for (const [key, { envId, change, times }] of [...gathered].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        gathered.delete(key)
        await store.audit.addCounted(envId, [withCount(change, times)]).catch((error: unknown) => {
          gather(envId, change, times)
          throw error
        })
      }
    } catch (error) {
      // Kept, and written with what comes next: both maps are bounded.
      log.warn({ err: error }, 'sign-ins could not be put on record yet')
    }
  }
  /** The account that was made first is that of the one who runs the server. */
  const countRefusals = async (): Promise<void> => {
    const counts = refusals.take()
    const accountId = counts.length === 0 ? undefined : await store.accounts.findFirst()
    if (accountId === undefined) return
    for (const { hour, from, times } of counts) {
      const parts = [accountId, 'signin_failed', from, hour]
      gather(accountId, entry(accountId, 'unknown', 'signin_failed', from, parts, `${hour}:00:00.000Z`), times)
    }
  }

  return {
    recordSignIn({ accountId, envId, userId, oneTime }, from) {
      if (oneTime) return
      const at = now().toISOString()
      const parts = [accountId, envId, userId, from, at.slice(0, 10)]
      const key = parts.join(' ')
      if (known.has(key)) return
      if (known.size >= maxRemembered) known.clear()
      known.add(key)
      gather(envId, entry(accountId, userId, 'signin', userId, ['signin', ...parts], at, from), 1)
      soon()
    },
    recordRefusal(from) {
      refusals.add(from, now().toISOString().slice(0, 13))
      soon()
    },
    flush,
  }
}

/** How often tokens were refused, by address and hour. */
function refusalCounts() {
  let seen = { hour: '', addresses: new Set<string>() }
  let counts = new Map<string, { readonly hour: string; readonly from: string; times: number }>()
  return {
    add(address: string, hour: string): void {
      if (seen.hour !== hour) seen = { hour, addresses: new Set() }
      if (seen.addresses.size < maxRefused) seen.addresses.add(address)
      const from = seen.addresses.has(address) ? address : elsewhere
      const known = counts.get(`${hour} ${from}`)
      if (known) known.times++
      else counts.set(`${hour} ${from}`, { hour, from, times: 1 })
    },
    take() {
      const taken = [...counts.values()]
      counts = new Map()
      return taken
    },
  }
}

function entry(
  accountId: string,
  userId: string,
  event: Change['event'],
  resourceId: string,
  parts: readonly string[],
  time: string,
  from = resourceId,
): Change {
  const fieldChanges = [{ fieldPath: 'from', newValue: from }]
  return {
    _id: hashId(parts),
    accountId,
    time,
    userId,
    source: 'api',
    event,
    collection: 'users',
    resourceId,
    name: undefined,
    fieldChanges,
  }
}

const withCount = (change: Change, times: number): Change => ({
  ...change,
  fieldChanges: [{ fieldPath: 'times', newValue: times }, ...change.fieldChanges],
})
