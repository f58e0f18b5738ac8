/** A token in a header, the query or the body, and how a new one is fetched where it is no longer accepted. */
import { isRefused, type NoSession, type Session } from '../../../domain/ports/sessions/session.ts'
import { placeToken, queryParameterOf } from '../sessions/place-token.ts'
import { proveBySession } from '../sessions/session-proof.ts'
import { printOf, withSession } from '../sessions/session-context.ts'
import { askToSignIn, describeAnswer, endOf, readSignInAnswer, renderRequest } from '../sessions/sign-in-request.ts'
import type { Auth, SignIn, SignInInput, SignInKind } from './sign-in.ts'

type Token = NonNullable<Auth['token']>

export const signInWithToken: SignInKind = (input) => {
  const { connection, auth, base, sessions } = input
  const { token = {} } = auth
  if (!token.refreshRelativeURI) return sendToken(token)
  const print = printOf(connection, base.href)
  const own: Session | undefined = token.token ? { token: token.token, obtainedAt: 0, print } : undefined
  const proof = proveBySession(
    connection,
    {
      print,
      own,
      obtain: (before) => fetchToken(input, token, print, before),
      place: (request, session) => placeToken(request, token, session.token ?? ''),
    },
    sessions,
  )
  const parameter = queryParameterOf(token)
  return { proof, session: proof, ...(parameter !== undefined && { parameter }) }
}

/** A token that stays as it is. */
export function sendToken(token: Token): SignIn {
  const template = token.token ?? ''
  if (token.location === 'url') return { additions: { query: { name: token.paramName ?? 'access_token', template } } }
  // Without a name for it, the token gets into the body by the template that asks for it.
  if (token.location === 'body') return token.paramName === undefined ? {} : { additions: { body: { name: token.paramName, template } } }
  const scheme = (token.scheme ?? 'Bearer').trim()
  const name = (token.headerName ?? 'Authorization').toLowerCase()
  return { additions: { header: { name, template, ...(scheme !== '' && scheme !== 'Custom' && { ahead: `${scheme} ` }) } } }
}

const lastName = (path: string): string => /[\w-]+(?=\W*$)/.exec(path)?.[0] ?? path

async function fetchToken(
  { context, base, means }: SignInInput,
  token: Token,
  print: string,
  before: Session | undefined,
): Promise<Session | NoSession> {
  const now = Date.now()
  const written = {
    method: token.refreshMethod ?? 'POST',
    uri: token.refreshRelativeURI ?? '',
    headers: token.refreshHeaders ?? [],
    body: token.refreshBody,
    mediaType: token.refreshMediaType ?? 'urlencoded',
  }
  const request = await renderRequest(written, withSession(context, before), means)
  const url = /^https?:\/\//i.test(request.url) ? request.url : `${base.href.replace(/\/+$/, '')}/${request.url.replace(/^\/+/, '')}`
  const answer = await askToSignIn({ ...request, url }, means)
  if (isRefused(answer)) return answer
  const path = token.refreshTokenPath || 'access_token'
  const inHeader = token.refreshTokenLocation === 'header'
  const tokenPaths = token.tokenPaths ?? []
  const paths = [...(inHeader ? [] : [path]), ...tokenPaths, 'expires_in', 'error', 'error_description']
  const said = await readSignInAnswer(answer, url, token.refreshResponseMediaType, paths, means)
  // In a header it may come with a body of any kind, or none.
  if (isRefused(said) && !inHeader) return said
  const at = isRefused(said) ? (): undefined => undefined : said
  if (answer.statusCode >= 400) return { refused: describeAnswer(answer, url, at, means.redact), isFinal: true }
  const header = answer.headers[path.toLowerCase()]
  const found = inHeader ? (Array.isArray(header) ? header[0] : header) : at(path)
  if ((typeof found !== 'string' && typeof found !== 'number') || found === '')
    return { refused: `${describeAnswer(answer, url, at, means.redact)} It holds no token at ${path}.`, isFinal: true }
  const further = tokenPaths.flatMap((each): [string, string][] => {
    const value = at(each)
    return value === undefined || value === null ? [] : [[lastName(each), typeof value === 'string' ? value : JSON.stringify(value)]]
  })
  const values = { ...before?.values, ...Object.fromEntries(further) }
  const refreshToken = new Map(further).get('refresh_token') ?? new Map(further).get('refreshToken') ?? before?.refreshToken
  const expiresAt = endOf(at('expires_in'), now)
  return {
    token: String(found),
    ...(refreshToken !== undefined && { refreshToken }),
    ...(Object.keys(values).length > 0 && { values }),
    obtainedAt: now,
    ...(expiresAt !== undefined && { expiresAt }),
    print,
  }
}
