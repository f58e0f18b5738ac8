/**
 * The cookies of people who sign in: of a session, and of a sign-in elsewhere that has begun. What they hold is taken out of the headers before anything else
 * reads them: webhooks, APIs and MCP servers that answer under the same address hand the headers of a request to what somebody wrote, and keep them on record.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { openIdMinutes } from '../../contract/operations/accounts/user-sessions.ts'
import { DomainError } from '../../domain/errors.ts'

const session = 'sluice_session'
const signIn = 'sluice_sign_in'
const pattern = /(?:^|; *)((?:__Host-)?(?:sluice_session|sluice_sign_in))=([^;]*)/g
/** Of a secret as this server makes it. */
const shapes = { [session]: /^[0-9a-f]{64}$/, [signIn]: /^v1\.[0-9a-f]{8}\.[A-Za-z0-9+/=]{1,2000}$/ } as const
type Name = keyof typeof shapes

declare module 'fastify' {
  interface FastifyRequest {
    /** What the cookie of a session holds, where it holds what one of ours does. */
    sessionSecret: string | undefined
    /** The same of a sign-in that has begun. */
    signInSecret: string | undefined
  }
}

/** Over TLS its name is one that only this host itself can have set: no page of a neighbouring host puts its own session in the place of somebody's. */
const nameOf = (request: FastifyRequest, name: Name): string => (request.protocol === 'https' ? `__Host-${name}` : name)

/** Comes before every other hook. */
export function takeSessionCookies(app: FastifyInstance): void {
  app.decorateRequest('sessionSecret', undefined)
  app.decorateRequest('signInSecret', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw
    const { cookie } = headers
    if (cookie === undefined || !cookie.includes('sluice_')) return done()
    const found = [...cookie.matchAll(pattern)]
    const read = (name: Name): string | undefined =>
      found.find(([, as, value]) => as === nameOf(request, name) && shapes[name].test(value ?? ''))?.[2]
    request.sessionSecret = read(session)
    request.signInSecret = read(signIn)
    const others = cookie.replaceAll(pattern, '').replace(/^; */, '')
    if (others === '') delete headers.cookie
    else headers.cookie = others
    done()
  })
}

/** For this host alone, and with no request that a page of another site makes. */
function setCookie(request: FastifyRequest, reply: FastifyReply, name: Name, secret: string | undefined, seconds?: number): void {
  const maxAge = secret === undefined ? 0 : seconds
  const end = maxAge === undefined ? '' : `; Max-Age=${maxAge}`
  const secure = request.protocol === 'https' ? '; Secure' : ''
  void reply.header('set-cookie', `${nameOf(request, name)}=${secret ?? ''}; Path=/; HttpOnly; SameSite=Strict${secure}${end}`)
}

/** Ends with the browser, or when the session is over. With it a sign-in that had begun is done. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, secret: string | undefined): void {
  setCookie(request, reply, session, secret)
  if (request.signInSecret !== undefined) setCookie(request, reply, signIn, undefined)
}

export const setSignInCookie = (request: FastifyRequest, reply: FastifyReply, secret: string): void =>
  setCookie(request, reply, signIn, secret, openIdMinutes * 60)

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
