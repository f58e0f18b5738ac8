/**
 * An application on this machine that flows export from and import into, with a ledger of everything it was sent.
 *
 * GET /source/<name> answers `{records, next}`, with `skip` and `limit` as much of it as is asked for; GET /lookup/<name>/<key> what the script holds
 * under the key, or 404; anything sent to /sink/<name> is written down and answered with an id. A record with a field `refuse` is refused with the
 * status it holds, one with `wait` is answered after so many milliseconds.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface Script {
  readonly sources?: Readonly<Record<string, readonly unknown[]>>
  readonly lookups?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

interface Sent {
  readonly sink: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
  readonly body: any
  /** As it came. */
  readonly text: string
  readonly at: number
}

export interface Application {
  readonly origin: string
  readonly server: Server
  /** Everything that was asked, as `GET /source/orders?skip=0`. */
  readonly asked: string[]
  /** What sinks took, in the order in which it came; what they refused is not in it. */
  readonly ledger: Sent[]
  /** Requests of sinks at once at the most, by sink. */
  readonly most: Map<string, number>
  script: Script
  /** Awaited before a request is answered: holds a run where a test wants it, or answers in its own words. */
  before: (asked: string, body: unknown) => Promise<readonly [number, unknown] | undefined> | undefined
  close(): Promise<void>
}

export async function startApplication(script: Script = {}): Promise<Application> {
  const atOnce = new Map<string, number>()
  const server = createServer((request, response) => void answer(application, atOnce, request, response))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const application: Application = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    asked: [],
    ledger: [],
    most: new Map(),
    script,
    before: () => undefined,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
  return application
}

async function answer(
  application: Application,
  atOnce: Map<string, number>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  const url = new URL(request.url ?? '/', 'http://application')
  const asked = `${request.method} ${request.url}`
  application.asked.push(asked)
  const [, kind = '', name = '', key = ''] = url.pathname.split('/').map(decodeURIComponent)
  const now = (atOnce.get(name) ?? 0) + 1
  atOnce.set(name, now)
  if (kind === 'sink') application.most.set(name, Math.max(application.most.get(name) ?? 0, now))
  const [status, said] =
    (await application.before(asked, body)) ??
    (kind === 'sink' ? await take(application, name, body, text) : give(application.script, kind, name, key, url.searchParams))
  atOnce.set(name, (atOnce.get(name) ?? 0) - 1)
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
}

function give({ sources, lookups }: Script, kind: string, name: string, key: string, query: URLSearchParams): [number, unknown] {
  if (kind === 'source' && sources?.[name]) {
    const skip = Number(query.get('skip') ?? 0)
    const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY)
    const all = sources[name]
    return [200, { records: all.slice(skip, skip + limit), ...(skip + limit < all.length && { next: skip + limit }) }]
  }
  const found = kind === 'lookup' ? lookups?.[name]?.[key] : undefined
  return found === undefined ? [404, { message: `no ${kind} ${name} ${key}`.trim() }] : [200, found]
}

async function take(application: Application, sink: string, body: unknown, text: string): Promise<[number, unknown]> {
  const { refuse, wait } = (body ?? {}) as { refuse?: number; wait?: number }
  if (wait) await pause(wait)
  if (refuse) return [refuse, { message: `${sink} does not take it` }]
  application.ledger.push({ sink, body, text, at: Date.now() })
  return [201, { id: `${sink}-${application.ledger.length}` }]
}
