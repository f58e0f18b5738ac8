/** The OpenID provider of the settings: where a browser goes, and who it is that comes back. Code flow with a proof key, a state and a nonce. */
import type * as OpenId from 'openid-client'
import type {
  OpenIdFailure,
  OpenIdKept,
  OpenIdParameters,
  OpenIdProvider,
  OpenIdSettings,
  OpenIdStart,
  OpenIdUser,
} from '../../../domain/ports/sessions/openid-provider.ts'
import { lazyLoad } from '../../../domain/lazy-load.ts'
import type { Send } from '../message.ts'
import { explainOpenIdError, InvalidSubject } from './explain-openid-error.ts'
import { sendAsFetch } from './send-as-fetch.ts'

const openId = lazyLoad<typeof OpenId>('openid-client')

/** What the provider says of itself is asked for again after this long: addresses and keys move. Milliseconds. */
const discoveredMs = 3_600_000
/** For one exchange: somebody stands at the door and waits. Milliseconds. */
const defaultTimeoutMs = 10_000
/** How far the clocks of both may be apart. Seconds. */
const clockTolerance = 30
/** Characters of a name that are kept. */
const maxName = 200

export function createOpenIdProvider(settings: OpenIdSettings, send: Send, timeoutMs = defaultTimeoutMs): OpenIdProvider {
  const { name, createsUsersOf } = settings
  // The same with a slash at the end and without.
  const issuer = new URL(settings.issuer).href
  let discovered: { readonly at: number; readonly configuration: Promise<OpenId.Configuration> } | undefined
  /** Once for all who ask meanwhile. What failed is tried again by the next. */
  const configure = (): Promise<OpenId.Configuration> => {
    if (discovered && performance.now() - discovered.at < discoveredMs) return discovered.configuration
    const configuration = discover(settings, sendAsFetch(send, timeoutMs))
    const mine = { at: performance.now(), configuration }
    discovered = mine
    configuration.catch(() => {
      if (discovered === mine) discovered = undefined
    })
    return configuration
  }
  const attempt = async <T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T | OpenIdFailure> => {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      return explainOpenIdError(error, name)
    }
  }
  return {
    issuer,
    name,
    createsUsersOf,
    async begin(redirectURI, signal) {
      const started = await attempt(signal, async () => buildStart(await configure(), redirectURI))
      // Nobody has done anything yet that could have been wrong.
      return 'failed' in started ? { ...started, isDown: true } : started
    },
    finish: (parameters, kept, signal) => attempt(signal, async () => identify(await configure(), parameters, kept)),
  }
}

async function discover({ issuer, clientId, clientSecret }: OpenIdSettings, fetch: OpenId.CustomFetch): Promise<OpenId.Configuration> {
  const { allowInsecureRequests, clockTolerance: tolerance, ClientSecretBasic, ClientSecretPost, customFetch, discovery } = openId()
  const { enableNonRepudiationChecks } = openId()
  const [inHeader, inBody] = [ClientSecretBasic(clientSecret), ClientSecretPost(clientSecret)]
  // OpenID Connect Discovery 1.0: where nothing is said, it is the header.
  const authenticate: OpenId.ClientAuth = (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (methods.includes('client_secret_basic') ? inHeader : inBody)(server, ...rest)
  }
  return discovery(new URL(issuer), clientId, { client_secret: clientSecret, [tolerance]: clockTolerance }, authenticate, {
    [customFetch]: fetch,
    // The settings take an address without TLS on this machine alone.
    execute: [enableNonRepudiationChecks, ...(issuer.startsWith('http:') ? [allowInsecureRequests] : [])],
  })
}

async function buildStart(configuration: OpenId.Configuration, redirectURI: string): Promise<OpenIdStart> {
  const { buildAuthorizationUrl, calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier, randomState } = openId()
  const kept: OpenIdKept = { redirectURI, state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
  const url = buildAuthorizationUrl(configuration, {
    redirect_uri: redirectURI,
    scope: 'openid email profile',
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: await calculatePKCECodeChallenge(kept.verifier),
    code_challenge_method: 'S256',
  })
  return { url: url.href, kept }
}

async function identify(
  configuration: OpenId.Configuration,
  parameters: OpenIdParameters,
  { redirectURI, state, nonce, verifier }: OpenIdKept,
): Promise<OpenIdUser> {
  const { authorizationCodeGrant, fetchUserInfo } = openId()
  const url = new URL(redirectURI)
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(key, String(value))
  const tokens = await authorizationCodeGrant(configuration, url, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  })
  const claims = tokens.claims() as Claims
  // Many providers tell the address only to who asks for it.
  const asked = claims.email === undefined && configuration.serverMetadata().userinfo_endpoint !== undefined
  const said: Claims = asked ? await fetchUserInfo(configuration, tokens.access_token, claims.sub) : claims
  const { email, email_verified: verified, name } = said
  if (!isSubject(claims.sub)) throw new InvalidSubject()
  return {
    subject: claims.sub,
    ...(typeof email === 'string' && { email }),
    isVerified: verified === true,
    ...(typeof name === 'string' && toName(name) !== '' && { name: toName(name) }),
  }
}

/** OpenID Connect Core 1.0, section 2: at most 255 characters of ASCII. */
const isSubject = (text: string): boolean => /^[\x20-\x7e]{1,255}$/.test(text)
const toName = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
    .slice(0, maxName)
    .toWellFormed()

interface Claims {
  readonly sub: string
  readonly email?: unknown
  readonly email_verified?: unknown
  readonly name?: unknown
}
