/**
 * An application that signs clients in by requests of its own: POST /login begins a session that lives in a cookie, PUT /session exchanges a refresh token, which
 * can be used once, for a token and the next refresh token. `/source/<name>` answers records, `/sink/<name>` takes them, each for what it handed out alone.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { textOf } from './authorization-server.ts'

export const login = {
  password: 'the-password-of-the-login',
  key: 'the-key-of-the-application',
  refreshToken: 'the-first-refresh-token',
} as const

export interface SessionApplication {
  readonly origin: string
  /** How it was asked to sign in, whatever it answered. */
  readonly asked: string[]
  readonly handedOut: string[]
  /** What the application was asked, with the status it answered: `GET /source/orders 200`. */
  readonly requests: string[]
  readonly taken: unknown[]
  hold: (pathname: string) => Promise<void>
  /** Nothing that was handed out so far is accepted any more. */
  forgetAccessTokens(): void
  close(): Promise<void>
}

/** `seconds` is what it says of the first session: that it ends then. It accepts what it handed out until it is told to forget it. */
export async function startSessionApplication({
  records,
  seconds,
}: {
  readonly records: readonly object[]
  readonly seconds?: number
}): Promise<SessionApplication> {
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const accepted = new Set<string>()
  let refreshToken: string = login.refreshToken
  const made: SessionApplication = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    handedOut: [],
    requests: [],
    taken: [],
    hold: async () => undefined,
    forgetAccessTokens: () => accepted.clear(),
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = `${request.method} ${request.url}`
    const text = await textOf(request)
    const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    const lasts = seconds === undefined ? undefined : made.asked.length === 0 ? seconds : 3600
    if (asked === 'POST /login' || asked === 'PUT /session') {
      made.asked.push(asked)
      const sent = JSON.parse(text) as { password?: string; with?: string }
      if (asked === 'POST /login') {
        if (sent.password !== login.password) return json(403, { message: 'wrong password' })
        return json(200, {}, { 'set-cookie': `sid=${handOut('session')}; Path=/; HttpOnly${lasts ? `; Max-Age=${lasts}` : ''}` })
      }
      if (request.headers['x-key'] !== login.key || sent.with !== refreshToken) return json(403, { message: 'no such refresh token' })
      refreshToken = `refresh-token-${made.asked.length}-of-the-application`
      made.handedOut.push(refreshToken)
      return json(200, { access_token: handOut('token'), refresh_token: refreshToken, ...(lasts && { expires_in: lasts }) })
    }
    const { pathname } = new URL(request.url ?? '/', made.origin)
    await made.hold(pathname)
    const shown =
      /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? /\bsid=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
    const isTaken = accepted.has(shown)
    made.requests.push(`${asked} ${isTaken ? 200 : 401}`)
    if (!isTaken) return json(401, { message: `not signed in: ${shown}` })
    return json(200, pathname.startsWith('/sink/') ? { id: made.taken.push(JSON.parse(text)) } : records)
  }

  function handOut(what: string): string {
    const token = `${what}-${made.asked.length}-of-the-application`
    accepted.add(token)
    made.handedOut.push(token)
    return token
  }
  return made
}
