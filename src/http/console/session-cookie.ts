/**
 * The cookie of a session. What it holds is taken out of the headers before anything else reads them: webhooks, APIs and MCP servers that answer under the
 * same address hand the headers of a request to what somebody wrote, and keep them on record.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../../domain/errors.ts'

const name = 'sluice_session'
const pattern = /(?:^|; *)sluice_session=([^;]*)/g

declare module 'fastify' {
  interface FastifyRequest {
    /** What the cookie holds, where it holds what one of ours does. */
    sessionSecret: string | undefined
  }
}

/** Comes before every other hook. */
export function takeSessionCookies(app: FastifyInstance): void {
  app.decorateRequest('sessionSecret', undefined)
  app.addHook('onRequest', async (request) => {
    const { headers } = request.raw
    const { cookie } = headers
    if (cookie === undefined || !cookie.includes(name)) return
    request.sessionSecret = [...cookie.matchAll(pattern)].map(([, value]) => value).find((value) => /^[0-9a-f]{64}$/.test(value ?? ''))
    const others = cookie.replaceAll(pattern, '').replace(/^; */, '')
    if (others === '') delete headers.cookie
    else headers.cookie = others
  })
}

/** For this host alone, and with no request that a page of another site makes; it ends with the browser, or when the session has been idle. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, secret: string | undefined): void {
  const end = secret === undefined ? '; Max-Age=0' : ''
  const secure = request.protocol === 'https' ? '; Secure' : ''
  void reply.header('set-cookie', `${name}=${secret ?? ''}; Path=/; HttpOnly; SameSite=Strict${secure}${end}`)
}

/**
 * Refuses what another page makes a browser send. `SameSite` alone lets pages of other ports and of neighbouring hosts through, and forms send what they like
 * but no header of ours. What only reads may also be asked for by typing its address.
 */
export function checkSameOrigin(request: FastifyRequest): void {
  const { method, headers } = request
  const site = headers['sec-fetch-site']
  const reads = method === 'GET' || method === 'HEAD'
  if (reads && (site === undefined || site === 'same-origin' || site === 'none')) return
  const isOwn = site === undefined ? URL.parse(headers.origin ?? '')?.host === request.host : site === 'same-origin'
  if (isOwn && (reads || headers['x-sluice-console'] === '1')) return
  throw new DomainError(
    'cross_site_request',
    'A request with the cookie of a session comes from a page of this server (Sec-Fetch-Site or Origin say so), with the header x-sluice-console: 1.',
  )
}
