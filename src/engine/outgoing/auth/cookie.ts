/** A session that lives in cookies: begun by a request of its own, kept, and begun again where the application no longer accepts it. */
import type * as ToughCookie from 'tough-cookie'
import { lazyLoad } from '../../../domain/lazy-load.ts'
import { isRefused, type NoSession, type Session } from '../../../domain/ports/sessions/session.ts'
import type { HttpRequest } from '../message.ts'
import { proveBySession } from '../sessions/session-proof.ts'
import { printOf, withSession } from '../sessions/session-context.ts'
import { askToSignIn, describeAnswer, renderRequest } from '../sessions/sign-in-request.ts'
import type { Auth, SignInInput, SignInKind } from './sign-in.ts'

const cookies = lazyLoad<typeof ToughCookie>('tough-cookie')

type Cookie = NonNullable<Auth['cookie']>

export const signInByCookie: SignInKind = (input) => {
  const { connection, auth, base, sessions } = input
  const { cookie = {} } = auth
  const print = printOf(connection, base.href)
  const proof = proveBySession(
    connection,
    { print, obtain: (before) => beginSession(input, cookie, print, before), place: placeCookies },
    sessions,
  )
  return { proof, session: proof }
}

/** Beside those that a step sends itself. */
function placeCookies(request: HttpRequest, session: Session): HttpRequest {
  const jar = cookies().CookieJar.deserializeSync(session.cookies ?? '{"cookies":[]}')
  const text = [request.headers['cookie'], jar.getCookieStringSync(request.url)].filter(Boolean).join('; ')
  return text === '' ? request : { ...request, headers: { ...request.headers, cookie: text } }
}

async function beginSession(
  { context, base, means, connection }: SignInInput,
  { uri = '', body, method, successStatusCode }: Cookie,
  print: string,
  before: Session | undefined,
): Promise<Session | NoSession> {
  const now = Date.now()
  const mediaType = connection.http?.mediaType ?? 'json'
  const written = { method: (method ?? (body ? 'POST' : 'GET')).toUpperCase(), uri, headers: [], body, mediaType }
  const request = await renderRequest(written, withSession(context, before), means)
  const url = /^https?:\/\//i.test(request.url) ? request.url : `${base.href.replace(/\/+$/, '')}/${request.url.replace(/^\/+/, '')}`
  // Many lead on to their first page with the cookie, and that page says nothing of it.
  const answer = await askToSignIn({ ...request, url, staysPut: true }, means)
  if (isRefused(answer)) return answer
  const isSuccess = successStatusCode === undefined ? answer.statusCode < 400 : answer.statusCode === successStatusCode
  if (!isSuccess) return { refused: describeAnswer(answer, url, undefined, means.redact), isFinal: true }
  const given = answer.headers['set-cookie']
  const lines = given === undefined ? [] : Array.isArray(given) ? given : [given]
  if (lines.length === 0) return { refused: `${describeAnswer(answer, url, undefined, means.redact)} It gave no cookie.`, isFinal: true }
  const jar = new (cookies().CookieJar)()
  for (const line of lines) jar.setCookieSync(line, url, { ignoreError: true })
  const ends = jar.serializeSync()?.cookies.flatMap(({ maxAge, expires }) => endOfCookie(maxAge, expires, now)) ?? []
  return {
    cookies: JSON.stringify(jar.serializeSync()),
    obtainedAt: now,
    ...(ends.length > 0 && { expiresAt: Math.min(...ends) }),
    print,
  }
}

function endOfCookie(maxAge: unknown, expires: unknown, now: number): number[] {
  if (typeof maxAge === 'number') return maxAge > 0 ? [now + maxAge * 1000] : []
  const at = typeof expires === 'string' ? Date.parse(expires) : Number.NaN
  return at > now ? [at] : []
}
