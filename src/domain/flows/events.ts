/** Streams of events: who follows which environment on this server, and how many at once. */
import type { Input } from '../../contract/operation.ts'
import { maxWatchedFlows, resumeSeconds, type events as operations } from '../../contract/operations/flows/events.ts'
import { filterVisible, listVisibleIntegrations, visibleIntegrations } from '../access/access.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import { isId } from '../ids.ts'
import type { ChangeSignals } from '../ports/flows/live-changes.ts'
import { EventStream } from '../result.ts'
import { EnvironmentWatch } from './environment-watch.ts'
import { LiveReader } from './live-reader.ts'

/** Streams of one user: a tab each. */
const maxOfUser = 50
/** Streams of one server, some 30 KB each with their connections. */
const maxStreams = 2000

interface Server {
  readonly watches: Map<string, EnvironmentWatch>
  readonly streams: Map<string, number>
  all: number
  isClosed: boolean
}

/** Of each server in this program. */
const servers = new WeakMap<ChangeSignals, Server>()

function serverOf(changes: ChangeSignals): Server {
  const found = servers.get(changes) ?? { watches: new Map(), streams: new Map(), all: 0, isClosed: false }
  servers.set(changes, found)
  return found
}

export async function streamEvents(ctx: Context, { query }: Input<(typeof operations)['streamEvents']>): Promise<EventStream> {
  const { caller, changes } = ctx
  const server = serverOf(changes)
  const steps = parseSteps(query.steps)
  const leave = enter(server, caller.userId)
  try {
    const present = await listVisibleIntegrations(ctx)
    const reader = new LiveReader({
      caller,
      steps,
      renew: ctx.renewCaller ?? (async () => caller),
      keepVisible: (now, keys) => filterVisible({ ...ctx, caller: now }, keys),
      // What is in the recycle bin by then stays there until somebody connects anew.
      visibleTo: (now) => intersect(visibleIntegrations({ ...ctx, caller: now }), present),
    })
    const watch = server.watches.get(caller.envId) ?? new EnvironmentWatch(ctx, caller)
    server.watches.set(caller.envId, watch)
    const close = (): void => {
      reader.end()
      if (!watch.remove(reader) && server.watches.get(caller.envId) === watch) server.watches.delete(caller.envId)
      leave()
    }
    const since = parseSince(ctx)
    if (since === 'too long ago') reader.resync()
    await watch.add(reader, since === 'too long ago' ? undefined : since)
    return new EventStream(reader.read(), close)
  } catch (error) {
    leave()
    throw error
  }
}

/** All streams of a server end, so that it can. */
export function endStreams(changes: ChangeSignals): void {
  const server = serverOf(changes)
  server.isClosed = true
  for (const watch of server.watches.values()) watch.close()
  server.watches.clear()
}

/** Answers how to leave, which may be done more than once. */
function enter(server: Server, userId: string): () => void {
  const own = server.streams.get(userId) ?? 0
  if (own >= maxOfUser)
    throw new DomainError('too_many_at_once', `You follow ${maxOfUser} streams of events already: close a tab or a connection first.`)
  if (server.all >= maxStreams || server.isClosed)
    throw new DomainError('server_busy', 'This server has as many streams of events as it can hold. Try again shortly.')
  server.streams.set(userId, own + 1)
  server.all++
  let isLeft = false
  return () => {
    if (isLeft) return
    isLeft = true
    server.all--
    const left = (server.streams.get(userId) ?? 1) - 1
    if (left > 0) server.streams.set(userId, left)
    else server.streams.delete(userId)
  }
}

function parseSteps(text = ''): ReadonlySet<string> {
  const ids = text.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim().toLowerCase()]))
  const wrong = ids.find((id) => !isId(id))
  if (wrong !== undefined) throw new DomainError('invalid_query_params', 'steps holds ids of flows, separated by commas.', 'steps')
  if (ids.length > maxWatchedFlows)
    throw new DomainError(
      'invalid_query_params',
      `steps names ${ids.length} flows, and at most ${maxWatchedFlows} can be followed.`,
      'steps',
    )
  return new Set(ids)
}

/** What is no id of ours is taken for none that is known: everything is read anew. */
function parseSince({ lastEventId, now }: Context): number | 'too long ago' | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined
  const at = /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : 0
  const age = now().getTime() - at
  return age < 0 || age > resumeSeconds * 1000 ? 'too long ago' : at
}

function intersect(visible: readonly string[] | undefined, present: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (visible === undefined) return undefined
  return new Set(present ? visible.filter((id) => present.includes(id)) : visible)
}
