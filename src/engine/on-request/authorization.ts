/** Signs a person in at an authorization server, and gives back what was obtained. */
import type { Context } from '../../domain/context.ts'
import type { AuthorizationEnd, AuthorizationStart, Failure } from '../../domain/ports/applications.ts'
import { isRefused, listSessionSecrets, type NoSession, type Session } from '../../domain/ports/sessions/session.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import { StepFailure, type ConnectionDoc } from '../adaptor.ts'
import type { AdaptorPorts } from '../adaptors/index.ts'
import type { Evaluate } from '../evaluation/evaluator.ts'
import { openOAuth } from '../outgoing/auth/credentials.ts'
import { signsInByPerson } from '../outgoing/auth/oauth.ts'
import { renderText } from '../outgoing/request-texts.ts'
import { newVerifier } from '../outgoing/sessions/oauth-tokens.ts'

/** Where applications lead back to, on this server. */
const callback = '/connection/oauth2callback'

type Ports = Pick<AdaptorPorts, 'send' | 'evaluator'>

const evaluateFor =
  ({ evaluator }: Ports, { caller }: Context): Evaluate =>
  (stage, caches) =>
    evaluator.stage(caller.accountId, stage, caches)

const open = (ports: Ports, ctx: Context, connection: ConnectionDoc) =>
  openOAuth(connection, { send: ports.send, evaluate: evaluateFor(ports, ctx) })

const toFailure = ({ refused }: Pick<NoSession, 'refused'>, redact: Redact, code = 'sign_in_refused'): Failure => ({
  source: 'connection',
  code,
  message: redact(refused),
})

/** A connection that cannot be read answers why, and fails nothing. */
async function failing<T>(work: () => Promise<T>): Promise<T | Failure> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StepFailure) return error.failure
    throw error
  }
}

const notByPerson: Failure = {
  source: 'connection',
  code: 'connection_not_authorizable',
  message: 'No person signs in for this connection: that is for http.auth.type oauth with the grant type authorizecode.',
}

export const startAuthorization = (
  ports: Ports,
  ctx: Context,
  connection: ConnectionDoc,
  home: string | undefined,
  state: string,
): Promise<AuthorizationStart | Failure> =>
  failing(async () => {
    if (!signsInByPerson(connection)) return notByPerson
    const { client, print, masker } = await open(ports, ctx, connection)
    const redirectURI = client.setup.redirectURI ?? (home === undefined ? undefined : `${home}${callback}`)
    if (redirectURI === undefined)
      return toFailure(
        { refused: 'Where the application leads back to is not known here: ask over HTTP, or say redirectUri in the iClient.' },
        masker.redact,
      )
    const verifier = newVerifier()
    const url = await client.authorizationURL({ state, redirectURI, verifier })
    return typeof url === 'string' ? { url, verifier, redirectURI, print } : toFailure(url, masker.redact)
  })

export const endAuthorization = (
  ports: Ports,
  ctx: Context,
  connection: ConnectionDoc,
  { code, verifier, redirectURI, print }: AuthorizationEnd,
): Promise<{ readonly session: Session; readonly landingURI?: string } | Failure> =>
  failing(async () => {
    const { client, context, print: now, masker } = await open(ports, ctx, connection)
    if (now !== print)
      return toFailure(
        { refused: 'The connection was changed since this sign-in began, so the code is not sent anywhere. Begin again.' },
        masker.redact,
      )
    masker.learn([code, verifier])
    const session = await client.byCode(code, verifier, redirectURI)
    if (isRefused(session)) return toFailure(session, masker.redact)
    const landing = client.setup.landingURI ? await renderText(evaluateFor(ports, ctx), client.setup.landingURI, context) : ''
    // Not with what was obtained: a template cannot put it into the address.
    const address = URL.parse(landing)
    return { session, ...(address && /^https?:$/.test(address.protocol) && { landingURI: address.href }) }
  })

export async function revokeSession(
  ports: Ports,
  ctx: Context,
  connection: ConnectionDoc,
  session: Session,
): Promise<'given back' | 'nobody says how' | Failure> {
  return failing(async () => {
    const { client, print, masker } = await open(ports, ctx, connection)
    // It was obtained by another sign-in, and is not sent where this one leads.
    if (session.print !== print || client.setup.revokeURI === undefined) return 'nobody says how'
    masker.learn(listSessionSecrets(session))
    const refused = await client.revoke(session)
    return refused === undefined ? 'given back' : toFailure({ refused }, masker.redact)
  })
}
