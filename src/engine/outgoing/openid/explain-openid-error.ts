/** What a sign-in at an OpenID provider failed of, in a sentence for the person at the door and the one who runs the server. Tells no token and no code. */
import type { OpenIdFailure } from '../../../domain/ports/sessions/openid-provider.ts'
import { ProviderSilent } from './send-as-fetch.ts'

/** Characters of what the provider says that are shown. */
const maxShown = 300

/** Who somebody is to the provider, in a form that the standard does not know. */
export class InvalidSubject extends Error {
  override readonly name = 'InvalidSubject'
  readonly code = 'OAUTH_INVALID_RESPONSE'
}

interface Failure {
  readonly code?: unknown
  readonly error?: unknown
  readonly error_description?: unknown
  readonly status?: unknown
  readonly cause?: unknown
}

/** Codes of openid-client: what the provider has to be mended for, or the settings. */
const words: Readonly<Record<string, string>> = {
  OAUTH_TIMEOUT: 'did not answer in time',
  OAUTH_RESPONSE_IS_NOT_JSON: 'answered something that is no JSON',
  OAUTH_PARSE_ERROR: 'answered something that is no JSON',
  OAUTH_INVALID_SERVER_METADATA: 'does not say of itself what a sign-in needs',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'is not who SLUICE_OIDC_ISSUER says, or answered for somebody else',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'answered for another sign-in than this one',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'answered a token whose time is over or has not come: the clocks of both servers differ',
  OAUTH_KEY_SELECTION_FAILED: 'signed with a key that it does not publish',
  OAUTH_INVALID_RESPONSE: 'answered what OpenID Connect does not allow',
}

export function explainOpenIdError(error: unknown, name: string): OpenIdFailure {
  const { code, error: said, error_description: more, status, cause } = error as Failure
  if (error instanceof ProviderSilent) return { failed: `${name} cannot be asked: ${error.message}`, isDown: true }
  if (cause instanceof ProviderSilent) return { failed: `${name} cannot be asked: ${cause.message}`, isDown: true }
  // What the provider itself refuses: the person said no, the code is used up, the secret of the client is wrong.
  if (typeof said === 'string') {
    const told = [said, more].filter((each) => typeof each === 'string' && each !== '').join(', ')
    return { failed: `${name} says: ${told.slice(0, maxShown)}.`, isDown: false }
  }
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && cause instanceof Response)
    return { failed: `${name} answered with the status ${cause.status}.`, isDown: true }
  if (typeof status === 'number') return { failed: `${name} answered with the status ${status}.`, isDown: status >= 500 }
  const isAnswer = code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' || code === 'OAUTH_INVALID_RESPONSE'
  return { failed: `${name} ${words[String(code)] ?? 'answered what is no sign-in by OpenID Connect'}.`, isDown: !isAnswer }
}
