/** OAuth 2.0: tokens that an authorization server hands out, by a person's consent, to a client, or for a user name and a password. */
import { StepFailure, type ConnectionDoc } from '../../adaptor.ts'
import type { NoSession, Session } from '../../../domain/ports/sessions/session.ts'
import { isRefused } from '../../../domain/ports/sessions/session.ts'
import { isValidDomain, readOAuthSetup } from '../sessions/oauth-setup.ts'
import { createOAuthClient, type OAuthClient } from '../sessions/oauth-tokens.ts'
import { placeToken, queryParameterOf } from '../sessions/place-token.ts'
import { proveBySession } from '../sessions/session-proof.ts'
import { printOf } from '../sessions/session-context.ts'
import type { SignInInput, SignInKind } from './sign-in.ts'
import { sendToken } from './token.ts'

/** The client of a connection, for whoever signs somebody in or out. */
export function oauthClientOf({
  connection,
  context,
  base,
  means,
}: Pick<SignInInput, 'connection' | 'context' | 'base' | 'means'>): OAuthClient {
  return createOAuthClient({ connection, context, href: base.href, print: printOf(connection, base.href), means })
}

export const signInByOAuth: SignInKind = (input) => {
  const { connection, auth, base, sessions } = input
  const client = oauthClientOf(input)
  const { tokenURI, refreshURI, place, grantType } = client.setup
  const { token, refreshToken } = auth.token ?? {}
  if (!tokenURI && !refreshURI) {
    // A connection that already holds its access token needs nothing more than a token connection.
    if (token) return sendToken(auth.token ?? {})
    throw new StepFailure({
      source: 'connection',
      code: 'auth_type_unsupported',
      message:
        'The connection says neither an access token nor the tokenURI of OAuth, and no iClient says it for it: there is nothing to sign in with.',
    })
  }
  const host = new URL(base.href).hostname
  if (!isValidDomain(host, client.setup.validDomains))
    throw new StepFailure({
      source: 'connection',
      code: 'address_refused',
      message: `The connection leads to ${host}, which is none of the validDomainNames of its iClient: its token does not go there.`,
    })
  const print = printOf(connection, base.href)
  const own: Session | undefined =
    token || refreshToken ? { ...(token && { token }), ...(refreshToken && { refreshToken }), obtainedAt: 0, print } : undefined
  const obtain = async (before: Session | undefined): Promise<Session | NoSession> => {
    if (before?.refreshToken && grantType !== 'clientcredentials') {
      const renewed = await client.byRefreshToken(before)
      if (grantType !== 'password' || !isRefused(renewed) || !renewed.isFinal) return renewed
    }
    if (grantType === 'clientcredentials') return client.byClientCredentials()
    if (grantType === 'password') return client.byPassword()
    const why = before ? 'Its token is no longer accepted, and the application gave none to renew it with.' : 'Nobody has signed in yet.'
    return { refused: why, isFinal: true, needsPerson: true }
  }
  const proof = proveBySession(
    connection,
    { print, own, obtain, place: (request, session) => placeToken(request, place, session.token ?? '') },
    sessions,
  )
  const parameter = queryParameterOf(place)
  return { proof, session: proof, ...(parameter !== undefined && { parameter }) }
}

/** With its iClient: whether a person signs it in. */
export const signsInByPerson = (connection: ConnectionDoc): boolean =>
  connection.http?.auth?.type === 'oauth' && readOAuthSetup(connection).grantType === 'authorizecode'

/** Whether a person has to agree first, as the connection itself has it, and did not by the same sign-in before; undefined where OAuth has no part in it. Secrets may be masked. */
export function awaitsPerson({ type, http, ...connection }: ConnectionDoc, before: ConnectionDoc | undefined): boolean | undefined {
  const { auth } = http ?? {}
  const { grantType, tokenURI } = auth?.oauth ?? {}
  const { token, refreshToken } = auth?.token ?? {}
  if (auth?.type !== 'oauth') return before?.http?.auth?.type === 'oauth' ? false : undefined
  if (type !== 'http' || grantType !== 'authorizecode' || !tokenURI || token || refreshToken) return false
  const print = (of: ConnectionDoc): string => printOf(of, of.http?.baseURI ?? '')
  return before?.needsAuthorization !== false || print(before) !== print({ ...connection, type, http } as ConnectionDoc)
}
