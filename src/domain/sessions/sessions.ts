/**
 * What connections obtained by signing in, for all workers. One signs in at a time: it holds the row for a while, and the others wait for what it keeps. What was
 * obtained is kept before anything is sent with it: a refresh token that is used up by a new one is lost only where a worker dies between the two.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectionDocument } from '../../contract/document.ts'
import { resources } from '../../contract/resources/index.ts'
import type { World } from '../context.ts'
import { StoreUnavailable } from '../errors.ts'
import type { SessionRow } from '../ports/sessions/connection-sessions.ts'
import {
  isRefused,
  type HostKey,
  type KeptSession,
  type NoSession,
  type Obtain,
  type Session,
  type SessionOf,
  type Sessions,
} from '../ports/sessions/session.ts'
import { untilAborted } from '../limits/until-aborted.ts'
import { findReferences } from '../references.ts'

/** How long one worker may take to sign in before another one tries: longer than its request and the writing down together. Milliseconds. */
const holdMs = 40_000
/** How often the row is looked at while another worker signs in. Milliseconds. */
const lookMs = 100
/** How long anybody waits for that: until the other one's time is over, and to sign in after it. Milliseconds. */
const waitMs = holdMs + 20_000
/** How long a database that is away is asked to keep what was obtained: a refresh token may be used up by it. Milliseconds. */
const keepMs = 15_000
const keepAgainMs = 500
/** How long a failed sign-in is remembered before it is tried again, so that a page of records does not try once for each: a final failure, and one that may pass. Milliseconds. */
const silentMs = { final: 60_000, passing: 1000 } as const

/** Opens for its connection alone. */
const place = (envId: string, connectionId: string): string => `${envId}/session/${connectionId}`

type Means = Pick<World, 'store' | 'vault' | 'newId'>

export const sealSession = ({ vault }: Pick<World, 'vault'>, envId: string, connectionId: string, session: Session): string =>
  vault.seal(JSON.stringify(session), place(envId, connectionId))

/** By whichever sign-in it was obtained. */
export async function findSession(
  { store, vault }: Pick<World, 'store' | 'vault'>,
  envId: string,
  connectionId: string,
): Promise<Session | undefined> {
  const row = await store.connectionSessions.find(envId, connectionId)
  return row?.sealed === undefined ? undefined : (JSON.parse(vault.open(row.sealed, place(envId, connectionId))) as Session)
}

function openSession(
  { vault }: Means,
  envId: string,
  { connectionId, print }: SessionOf,
  row: SessionRow | undefined,
): KeptSession | undefined {
  if (row?.sealed === undefined) return undefined
  const session = JSON.parse(vault.open(row.sealed, place(envId, connectionId))) as Session
  return session.print === print ? { session, version: row.version } : undefined
}

/** Where sessions come from, whatever is known of them here. */
interface Source extends Pick<Sessions, 'showHostKey'> {
  find(of: SessionOf): Promise<KeptSession | undefined>
  renew(of: SessionOf, version: number | undefined, obtain: Obtain): Promise<KeptSession | NoSession>
}

/** Those of the stored connections of an environment. */
export const openSessions = (world: Means, envId: string): Sessions =>
  remember({
    find: async (of) => openSession(world, envId, of, await world.store.connectionSessions.find(envId, of.connectionId)),
    renew: (of, version, obtain) => new Renewal(world, envId, of, version, obtain).done(),
    showHostKey: (connectionId, hostKey) => showHostKey(world, envId, connectionId, hostKey),
  })

/** `lastModified` stays. */
async function showHostKey({ store }: Means, envId: string, connectionId: string, learnedHostKey: HostKey): Promise<void> {
  await store.transaction(async (rows) => {
    const before = await rows.documents.lock(envId, 'connections', connectionId)
    if (!before) return
    const doc: ConnectionDocument = { ...before.doc, learnedHostKey }
    const references = { all: findReferences(resources.connections.stored, doc), checked: [] }
    await rows.documents.write(envId, 'connections', { doc, secrets: before.secrets }, references, 'replacement')
  })
}

/** For a connection that is not stored: nothing of it is kept. */
export function openUnkeptSessions(): Sessions {
  let kept: KeptSession | undefined
  return remember({
    find: async () => kept,
    async renew(_of, version = 0, obtain) {
      const session = await obtain(kept?.session)
      return isRefused(session) ? session : (kept = { session, version: version + 1 })
    },
    showHostKey: async () => undefined,
  })
}

/** All that ask at the same time share one answer, and one that failed is not asked for again at once. */
function remember(source: Source): Sessions {
  const known = new Map<string, KeptSession>()
  const reading = new Map<string, Promise<KeptSession | undefined>>()
  const renewing = new Map<string, Promise<KeptSession | NoSession>>()
  const failed = new Map<string, { readonly why: NoSession; readonly until: number }>()
  const read = async (of: SessionOf): Promise<KeptSession | undefined> => {
    const kept = await source.find(of)
    if (kept) known.set(of.connectionId, kept)
    return kept
  }
  const renew = async (of: SessionOf, version: number | undefined, obtain: Obtain): Promise<KeptSession | NoSession> => {
    const kept = await source.renew(of, version, obtain)
    if (!isRefused(kept)) known.set(of.connectionId, kept)
    else failed.set(of.connectionId, { why: kept, until: performance.now() + silentMs[kept.isFinal ? 'final' : 'passing'] })
    return kept
  }
  return {
    showHostKey: source.showHostKey,
    async current(of) {
      const found = known.get(of.connectionId)
      if (found) return found
      const asked = reading.get(of.connectionId) ?? read(of).finally(() => reading.delete(of.connectionId))
      reading.set(of.connectionId, asked)
      return asked
    },
    async renew(of, version, obtain, signal) {
      const { connectionId } = of
      const latest = known.get(connectionId)
      if (latest && latest.version !== version) return latest
      const before = failed.get(connectionId)
      if (before && before.until > performance.now()) return before.why
      const renewal = renewing.get(connectionId) ?? renew(of, version, obtain).finally(() => renewing.delete(connectionId))
      renewing.set(connectionId, renewal)
      return untilAborted(renewal, signal)
    },
  }
}

/** Of one connection, by one worker for all. */
class Renewal {
  readonly #world: Means
  readonly #envId: string
  readonly #of: SessionOf
  /** Of the session that is no good any more. */
  readonly #version: number | undefined
  readonly #obtain: Obtain
  readonly #holder: string

  constructor(world: Means, envId: string, of: SessionOf, version: number | undefined, obtain: Obtain) {
    this.#world = world
    this.#envId = envId
    this.#of = of
    this.#version = version
    this.#obtain = obtain
    this.#holder = world.newId()
  }

  async done(): Promise<KeptSession | NoSession> {
    const { connectionSessions } = this.#world.store
    const until = performance.now() + waitMs
    for (;;) {
      const row = await connectionSessions.take(this.#envId, this.#of.connectionId, this.#holder, holdMs)
      if (row) return this.#renew(row)
      if (performance.now() > until) return busy
      await pause(lookMs)
      const kept = this.#openIfNew(await connectionSessions.find(this.#envId, this.#of.connectionId))
      if (kept) return kept
    }
  }

  #openIfNew(row: SessionRow | undefined): KeptSession | undefined {
    const kept = openSession(this.#world, this.#envId, this.#of, row)
    return kept?.version === this.#version ? undefined : kept
  }

  /** While the row is held. */
  async #renew(row: SessionRow): Promise<KeptSession | NoSession> {
    const { connectionSessions } = this.#world.store
    const { connectionId } = this.#of
    const release = (): Promise<void> => connectionSessions.release(this.#envId, connectionId, this.#holder)
    let obtained: KeptSession | Session | NoSession
    try {
      // Somebody else was faster.
      obtained = this.#openIfNew(row) ?? (await this.#obtain(openSession(this.#world, this.#envId, this.#of, row)?.session))
    } catch (error) {
      await release().catch(() => undefined)
      throw error
    }
    if (isRefused(obtained) || 'version' in obtained) {
      await release()
      return obtained
    }
    const sealed = sealSession(this.#world, this.#envId, connectionId, obtained)
    const isKept = await insisting(() => connectionSessions.keep(this.#envId, connectionId, row.version, sealed))
    if (isKept) return { session: obtained, version: row.version + 1 }
    // The connection was signed in or saved meanwhile; or this took longer than anybody waits.
    return this.#openIfNew(await connectionSessions.find(this.#envId, connectionId)) ?? changed
  }
}

const busy: NoSession = { refused: `Another worker has been at it for ${waitMs / 1000} s, and nothing came of it.`, isFinal: false }
const changed: NoSession = { refused: 'The connection was changed meanwhile.', isFinal: false }

async function insisting<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + keepMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || performance.now() > until) throw error
      await pause(keepAgainMs)
    }
  }
}
