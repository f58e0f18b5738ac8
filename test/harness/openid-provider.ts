/** An OpenID provider (oidc-provider) at which people of a test sign in to the console, and that can be made to fail or to lie. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { importJWK, SignJWT, type JWTPayload } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'
import type { OpenIdSettings } from '../../src/domain/ports/sessions/openid-provider.ts'
import { agree, client, signingKey, textOf } from './authorization-server.ts'

export interface Person {
  readonly sub: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly name?: string
}

export interface OpenIdPeer {
  readonly origin: string
  readonly settings: OpenIdSettings
  /** Who signs in next. */
  who: Person
  /** How tokens were asked for. */
  readonly asked: { readonly authorization: string | undefined; readonly body: URLSearchParams }[]
  /** Answers in the place of the provider, and says so. */
  answers: (request: IncomingMessage, response: ServerResponse) => boolean
  /** Makes what the provider says who somebody is; undefined for the truth. */
  forge: ((claims: JWTPayload) => Promise<string>) | undefined
  sign(claims: JWTPayload): Promise<string>
  /** Where it leads back to. Nobody signs in before. */
  register(
    redirectURI: string,
    options?: { readonly inIdToken?: boolean; readonly authMethod?: 'client_secret_basic' | 'client_secret_post' },
  ): void
  /** As the person in a browser: answers the address that leads back, with what was added to it. */
  agree(authorizationURL: string): Promise<URL>
  close(): Promise<void>
}

export async function startOpenIdProvider(): Promise<OpenIdPeer> {
  let provider: Provider | undefined
  const people = new Map<string, Person>()
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let nonce: string | undefined
  const peer: OpenIdPeer = {
    origin,
    settings: { issuer: origin, clientId: client.id, clientSecret: client.secret, name: 'The company', createsUsersOf: [] },
    who: { sub: 'nobody' },
    asked: [],
    answers: () => false,
    forge: undefined,
    sign: async (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(await importJWK(signingKey as never, 'RS256')),
    register: (redirectURI, options = {}) => void (provider = new Provider(origin, configure(people, redirectURI, options))),
    async agree(authorizationURL) {
      nonce = new URL(authorizationURL).searchParams.get('nonce') ?? undefined
      return new URL(await agree(authorizationURL))
    },
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (peer.answers(request, response)) return
    const { pathname } = new URL(request.url ?? '/', origin)
    if (pathname.startsWith('/interaction/')) return finishInteraction(request, response)
    if (pathname === '/token') return serveToken(request, response)
    await provider?.callback()(request, response)
  }

  async function serveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new URLSearchParams(await textOf(request))
    peer.asked.push({ authorization: request.headers.authorization, body })
    if (peer.forge) {
      const now = Math.floor(Date.now() / 1000)
      const claims = { iss: origin, aud: client.id, iat: now, exp: now + 600, nonce, ...peer.who }
      const id_token = await peer.forge(claims)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ access_token: 'forged', token_type: 'Bearer', id_token }))
      return
    }
    Object.assign(request, { body: Object.fromEntries(body) })
    await provider?.callback()(request, response)
  }

  async function finishInteraction(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const op = provider as Provider
    const { prompt, params, session } = await op.interactionDetails(request, response)
    if (prompt.name === 'login') {
      people.set(peer.who.sub, peer.who)
      return op.interactionFinished(request, response, { login: { accountId: peer.who.sub, remember: false } })
    }
    const grant = new op.Grant({ accountId: session?.accountId as string, clientId: params['client_id'] as string })
    grant.addOIDCScope(String(params['scope']))
    return op.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
  }
  return peer
}

function configure(
  people: ReadonlyMap<string, Person>,
  redirectURI: string,
  { inIdToken = false, authMethod = 'client_secret_basic' }: NonNullable<Parameters<OpenIdPeer['register']>[1]>,
): Configuration {
  return {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [redirectURI],
        response_types: ['code'],
        token_endpoint_auth_method: authMethod,
      },
    ],
    clientAuthMethods: [authMethod],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    // By the standard the address is told to who asks for it with the access token.
    conformIdTokenClaims: !inIdToken,
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    jwks: { keys: [signingKey] },
    cookies: { keys: ['a-key-of-the-test'] },
    ttl: { IdToken: 600, AccessToken: 600, AuthorizationCode: 60, Grant: 600, Interaction: 600, Session: 600 },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ ...people.get(id), sub: id }) }),
  }
}
