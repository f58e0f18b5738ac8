/**
 * An authorization server (oidc-provider) and the application that it guards, on one address. `/source/<name>` answers records, `/sink/<name>` takes them, each
 * for a valid access token alone. It tells what tokens were asked for, and of whom.
 */
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration } from 'oidc-provider'
import { jwtBearer, registerGrants } from './authorization-grants.ts'

export const client = { id: 'sluice', secret: 'the-secret-of-the-client' } as const

export interface AuthorizationServer {
  readonly origin: string
  /** Requests for tokens as they came: `refresh_token`, with what the client sent. */
  readonly asked: { readonly grant: string; readonly authorization: string | undefined; readonly body: URLSearchParams }[]
  /** Every token that was handed out. */
  readonly handedOut: string[]
  /** What the application was asked, with the status it answered: `GET /source/orders 200`. */
  readonly requests: string[]
  readonly taken: unknown[]
  /** Answers in the place of the token endpoint. */
  token: (request: IncomingMessage, response: ServerResponse) => boolean
  /** What the application waits for before it looks at the token of a request. */
  hold: (pathname: string) => Promise<void>
  /** No access token that was handed out so far is valid any more. */
  forgetAccessTokens(): void
  /** As a person in a browser: agrees, and answers the address that leads back. */
  agree(authorizationURL: string): Promise<string>
  close(): Promise<void>
}

export async function startAuthorizationServer({
  redirectURIs = ['http://127.0.0.1/callback'] as readonly string[],
  seconds = 3600,
  codeSeconds = 60,
  records = [{ id: 1 }, { id: 2 }] as readonly object[],
  authMethod = 'client_secret_basic' as 'client_secret_basic' | 'client_secret_post',
} = {}): Promise<AuthorizationServer> {
  let provider: Provider | undefined
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let validFrom = 0
  const issued = new Map<string, number>()
  const made: AuthorizationServer = {
    origin,
    asked: [],
    handedOut: [],
    requests: [],
    taken: [],
    token: () => false,
    hold: async () => undefined,
    forgetAccessTokens: () => void (validFrom = performance.now()),
    agree,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
  provider = new Provider(origin, configure(redirectURIs, { seconds, codeSeconds }, authMethod))
  registerGrants(provider)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', origin)
    if (pathname.startsWith('/source/') || pathname.startsWith('/sink/')) return serveRecords(request, response, pathname)
    if (pathname.startsWith('/interaction/')) return finishInteraction(request, response)
    if (pathname === '/token') return serveToken(request, response)
    await provider?.callback()(request, response)
  }

  async function serveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new URLSearchParams(await textOf(request))
    made.asked.push({ grant: body.get('grant_type') ?? '', authorization: request.headers.authorization, body })
    if (made.token(request, response)) return
    Object.assign(request, { body: Object.fromEntries(body) })
    const end = response.end.bind(response)
    response.end = ((chunk: unknown, ...rest: never[]) => {
      const text = Buffer.isBuffer(chunk) || typeof chunk === 'string' ? String(chunk) : '{}'
      const { access_token, refresh_token } = JSON.parse(text || '{}') as { access_token?: string; refresh_token?: string }
      if (access_token) issued.set(access_token, performance.now())
      made.handedOut.push(...[access_token, refresh_token].filter((token) => token !== undefined))
      return end(chunk as never, ...rest)
    }) as typeof response.end
    await provider?.callback()(request, response)
  }

  async function serveRecords(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    const text = await textOf(request)
    await made.hold(pathname)
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const isValid = (await provider?.AccessToken.find(token)) ?? (await provider?.ClientCredentials.find(token))
    const isTaken = isValid !== undefined && !isValid.isExpired && (issued.get(token) ?? 0) > validFrom
    made.requests.push(`${request.method} ${pathname} ${isTaken ? 200 : 401}`)
    const said = isTaken
      ? pathname.startsWith('/sink/')
        ? { id: made.taken.push(JSON.parse(text)) }
        : records
      : { message: `no such token: ${token}` }
    response.writeHead(isTaken ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(said))
  }

  async function finishInteraction(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const op = provider as Provider
    const { prompt, params, session } = await op.interactionDetails(request, response)
    if (prompt.name === 'login') return op.interactionFinished(request, response, { login: { accountId: 'ada' } })
    const grant = new op.Grant({ accountId: session?.accountId as string, clientId: params['client_id'] as string })
    grant.addOIDCScope(String(params['scope']))
    return op.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
  }
  return made
}

export const signingKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })

function configure(
  redirectURIs: readonly string[],
  { seconds, codeSeconds }: { readonly seconds: number; readonly codeSeconds: number },
  authMethod: 'client_secret_basic' | 'client_secret_post',
): Configuration {
  return {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [...redirectURIs],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'password', jwtBearer],
        response_types: ['code'],
        token_endpoint_auth_method: authMethod,
      },
    ],
    scopes: ['openid', 'offline_access', 'orders', 'customers'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
    },
    pkce: { required: () => true },
    jwks: { keys: [signingKey] },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    ttl: {
      IdToken: 600,
      AccessToken: seconds,
      ClientCredentials: seconds,
      AuthorizationCode: codeSeconds,
      RefreshToken: 86_400,
      Grant: 86_400,
      Interaction: 600,
      Session: 600,
    },
    cookies: { keys: ['a-key-of-the-test'] },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  }
}

export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Follows redirects at the address where it begins, with cookies. */
export async function agree(authorizationURL: string): Promise<string> {
  const cookies = new Map<string, string>()
  const { origin } = new URL(authorizationURL)
  let url = authorizationURL
  for (let hops = 0; hops < 10; hops++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s)
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location === null) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
    url = new URL(location, url).href
    if (new URL(url).origin !== origin) return url
  }
  throw new Error('The way to the page went in circles.')
}
