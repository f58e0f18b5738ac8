/** Writes down what goes over the wire of a connection while its `debugDate` is ahead, or for an export or import while its `debugUntil` is. */
import { addDebugEntries, type DebugEntry } from '../../domain/on-request/connection-debug.ts'
import type { World } from '../../domain/context.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import type { DebugConnection } from '../adaptor.ts'
import { tellExchange } from './tell-exchange.ts'
import { createWatchedTimes } from './watched-times.ts'
import type { Exchange } from '../exchange.ts'

/** How long entries are gathered before they are written together. Milliseconds. */
const gatherMs = 200
/** Entries that wait to be written, and their characters. Of what comes while the database is slow the newest is left out. */
const most = { entries: 500, characters: 10 * 1024 * 1024 } as const
/** Characters of a body: there are many of them. */
const longestBody = 16 * 1024

/** For one run or request, in its environment. */
export function createConnectionDebug(world: Pick<World, 'store' | 'vault' | 'log'>, envId: string, redact: Redact): DebugConnection {
  const isWatched = createWatchedTimes(world, envId)
  let waiting: DebugEntry[] = []
  let characters = 0
  let timer: NodeJS.Timeout | undefined
  const write = async (): Promise<void> => {
    const entries = waiting
    waiting = []
    characters = 0
    timer = undefined
    await addDebugEntries(world, envId, entries).catch((error: unknown) =>
      world.log.warn({ err: error }, 'the debug log of a connection could not be written'),
    )
  }
  return {
    isWatched({ _id, debugDate }, step) {
      const ofConnection = isWatched(_id, debugDate)
      return isWatched(step._id, step.debugUntil) || ofConnection
    },
    tell(connection, { _id: resourceId }, exchange) {
      if (waiting.length >= most.entries || characters >= most.characters) return
      const text = writeDown(exchange, resourceId, redact)
      const at = new Date(exchange.at).toISOString()
      waiting.push({ connectionId: connection._id, at, text, ...(resourceId !== undefined && { resourceId }) })
      characters += text.length
      timer ??= setTimeout(() => void write(), gatherMs)
    },
  }
}

function writeDown(exchange: Exchange, resourceId: string | undefined, redact: Redact): string {
  const { request, response, error } = tellExchange(exchange, redact, longestBody)
  const of = resourceId === undefined ? '' : ` for ${resourceId}`
  const lines = [
    `${new Date(exchange.at).toISOString()} ${request.method} ${request.url}${of}, ${Math.round(exchange.ms)} ms`,
    ...message('>', request.headers, request.body),
    ...(response ? [`< ${response.status}`, ...message('<', response.headers, response.body)] : []),
    ...(error ? [`< ${error.code}: ${error.message}`] : []),
  ]
  return `${lines.join('\n')}\n\n`
}

function message(mark: string, headers: Readonly<Record<string, string>>, body: unknown): string[] {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  return [
    ...Object.entries(headers).map(([name, value]) => `${mark} ${name}: ${value}`),
    ...(text === '' ? [] : [`${mark} `, ...text.split('\n').map((line) => `${mark} ${line}`)]),
  ]
}
