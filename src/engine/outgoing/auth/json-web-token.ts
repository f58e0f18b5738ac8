/** JSON Web Tokens of the connection's own: signed for each request, or handed to a token server that answers with a token (RFC 7523). */
import type { NoSession, Session } from '../../../domain/ports/sessions/session.ts'
import type { HttpRequest, Proof } from '../message.ts'
import { StepFailure } from '../../adaptor.ts'
import { unreachable } from '../failure.ts'
import { placeToken, queryParameterOf } from '../sessions/place-token.ts'
import { proveBySession } from '../sessions/session-proof.ts'
import { printOf } from '../sessions/session-context.ts'
import { createJwtSigner } from '../sessions/signed-jwt.ts'
import { oauthClientOf } from './oauth.ts'
import type { SignInKind } from './sign-in.ts'

export const signInByJwt: SignInKind = (input) => {
  const { connection, auth, base, context, means, sessions } = input
  const signer = createJwtSigner(auth.jwt ?? {}, means.evaluate)
  const client = oauthClientOf(input)
  const { place, tokenURI } = client.setup
  const parameter = queryParameterOf(place)
  const placed = { ...(parameter !== undefined && { parameter }) }
  if (!tokenURI) {
    const proof: Proof = {
      async prove(request: HttpRequest) {
        try {
          const token = await signer.sign(context)
          sessions.learn([token])
          return placeToken(request, place, token)
        } catch (error) {
          if (!(error instanceof StepFailure)) throw error
          return unreachable('sign_in_refused', error.failure.message)
        }
      },
    }
    return { proof, ...placed }
  }
  const print = printOf(connection, base.href)
  const obtain = async (): Promise<Session | NoSession> => {
    const assertion = await signer.sign(context)
    sessions.learn([assertion])
    return client.byAssertion(assertion)
  }
  const proof = proveBySession(
    connection,
    { print, obtain, place: (request, session) => placeToken(request, place, session.token ?? '') },
    sessions,
  )
  return { proof, session: proof, ...placed }
}
