/** What a connection and its iClient agree on with an authorization server. */
import type { ConnectionDoc } from '../../adaptor.ts'
import type { Place } from './place-token.ts'
import type { WrittenRequest } from './sign-in-request.ts'

type IClient = NonNullable<ConnectionDoc['iClient']>
type OAuth2 = NonNullable<IClient['oauth2']>

/** The client document that a connection names, where it signs in with one. */
export const iClientIdOf = ({ http, mcp, s3 }: ConnectionDoc): string | undefined =>
  http?._iClientId ?? mcp?.http._iClientId ?? s3?._iClientId

export interface OAuthSetup {
  readonly grantType: 'authorizecode' | 'clientcredentials' | 'password'
  readonly authURI: string | undefined
  readonly tokenURI: string | undefined
  readonly refreshURI: string | undefined
  readonly revokeURI: string | undefined
  /** Parameters of the page where a person agrees, besides the usual ones. */
  readonly authParameters: Readonly<Record<string, unknown>>
  readonly scope: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly inBody: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly pkce: 'S256' | 'plain' | undefined
  /** Where the application leads back to; undefined for this server. */
  readonly redirectURI: string | undefined
  /** Where a person is led in the end. */
  readonly landingURI: string | undefined
  readonly accessTokenPath: string
  readonly refreshTokenPath: string
  /** Takes a token without a look at what came with it. */
  readonly isUnchecked: boolean
  /** Requests that are written out, in the place of the usual ones. */
  readonly tokenRequest: Written
  readonly refreshRequest: Written
  readonly revokeRequest: Written
  readonly place: Place
  readonly validDomains: readonly string[]
  /** Addresses that the iClient itself says, where the id and the secret are its own. */
  readonly ofClient: readonly string[] | undefined
}

/** As much of a request as is written out. */
export type Written = Pick<WrittenRequest, 'headers'> & {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly body: string | undefined
  readonly mediaType: string
}

export function readOAuthSetup({ http, iClient }: ConnectionDoc): OAuthSetup {
  const { oauth = {}, token = {} } = http?.auth ?? {}
  const client: OAuth2 = iClient?.oauth2 ?? {}
  const byClient = oauth.useIClientFields === true || client.useIClientFields === true
  const first = <T>(own: T | undefined, ofClient: T | undefined): T | undefined =>
    (byClient ? (ofClient ?? own) : (own ?? ofClient)) || undefined
  const { clientId, clientSecret } = readClient(iClient)
  const scopes = first(oauth.scope?.length ? oauth.scope : undefined, client.scope?.length ? client.scope : undefined) ?? []
  const delimiter = first(oauth.scopeDelimiter, client.scopeDelimiter) ?? ' '
  const ofOwn = token.refreshRelativeURI
  return {
    grantType: first(oauth.grantType, client.grantType) ?? 'authorizecode',
    authURI: first(oauth.authURI, client.auth?.uri),
    tokenURI: first(oauth.tokenURI, client.token?.uri),
    refreshURI: first(ofOwn, client.refresh?.uri),
    revokeURI: first(token.revoke?.uri, client.revoke?.uri),
    authParameters: client.auth?.queryParameters ?? {},
    scope: typeof scopes === 'string' ? scopes : scopes.join(delimiter),
    clientId: clientId ?? oauth.clientId ?? '',
    clientSecret: clientId === undefined ? oauth.clientSecret : clientSecret,
    inBody: first(oauth.clientCredentialsLocation, client.clientCredentialsLocation) === 'body',
    username: oauth.username ?? client.username,
    password: oauth.password ?? client.password,
    pkce: client.pkceCodeChallengeMethod === null ? undefined : client.pkceCodeChallengeMethod === 'plain' ? 'plain' : 'S256',
    redirectURI: client.redirectUri,
    landingURI: oauth.oauth2RedirectUrl,
    accessTokenPath: first(oauth.accessTokenPath, client.accessTokenPath) ?? token.refreshTokenPath ?? 'access_token',
    refreshTokenPath: client.refreshTokenPath ?? 'refresh_token',
    isUnchecked: oauth.skipOauthValidations === true,
    tokenRequest: {
      method: client.token?.method ?? 'POST',
      headers: [...headersOf(client.token?.headers), ...(oauth.accessTokenHeaders ?? [])],
      body: first(oauth.accessTokenBody, client.token?.body),
      mediaType: 'urlencoded',
    },
    refreshRequest: {
      method: ofOwn ? (token.refreshMethod ?? 'POST') : (client.refresh?.method ?? 'POST'),
      headers: [...headersOf(client.refresh?.headers), ...(oauth.accessTokenHeaders ?? []), ...(token.refreshHeaders ?? [])],
      body: first(token.refreshBody, client.refresh?.body),
      mediaType: token.refreshBody ? (token.refreshMediaType ?? 'urlencoded') : 'urlencoded',
    },
    revokeRequest: {
      method: 'POST',
      headers: [...headersOf(client.revoke?.headers), ...(token.revoke?.headers ?? [])],
      body: first(token.revoke?.body, client.revoke?.body),
      mediaType: 'urlencoded',
    },
    place: placeOf(token, client),
    ofClient:
      clientId === undefined ? undefined : [client.token?.uri, client.refresh?.uri, client.revoke?.uri].filter((uri) => uri !== undefined),
    validDomains: (client.validDomainNames ?? [])
      .flatMap((names) => names.split(','))
      .map((name) => name.trim().toLowerCase())
      .filter(Boolean),
  }
}

/** Single applications have names of their own for the id and the secret. */
function readClient(iClient: IClient | undefined): { readonly clientId?: string | undefined; readonly clientSecret?: string | undefined } {
  const { oauth2, salesforce, ebay, azureserviceprincipal: azure } = iClient ?? {}
  if (oauth2?.clientId) return { clientId: oauth2.clientId, clientSecret: oauth2.clientSecret }
  if (salesforce?.clientId) return { clientId: salesforce.clientId, clientSecret: salesforce.clientSecret }
  if (ebay?.appId) return { clientId: ebay.appId, clientSecret: ebay.certId }
  return azure ? { clientId: azure.clientId, clientSecret: azure.clientSecret } : {}
}

/** Older documents hold a text, which is JSON. */
function headersOf(headers: NonNullable<OAuth2['token']>['headers'] | undefined): Written['headers'] {
  if (typeof headers !== 'string') return headers ?? []
  try {
    const parsed = JSON.parse(headers) as unknown
    if (Array.isArray(parsed)) return parsed as Written['headers']
    return Object.entries(parsed as object).map(([name, value]) => ({ name, value: String(value) }))
  } catch {
    return []
  }
}

function placeOf(token: Place, client: OAuth2): Place {
  const location = token.location ?? client.accessTokenLocation
  const headerName = token.headerName ?? client.accessTokenHeaderName ?? undefined
  const scheme = token.scheme ?? client.scheme
  const paramName = token.paramName ?? client.accessTokenParamName
  return {
    ...(location !== undefined && { location }),
    ...(headerName !== undefined && { headerName }),
    ...(scheme !== undefined && { scheme }),
    ...(paramName !== undefined && { paramName }),
  }
}

/** Whether a host is one of these domains, or lies below one. No domains are all. */
export const isValidDomain = (host: string, domains: readonly string[]): boolean =>
  domains.length === 0 || domains.some((domain) => host === domain || host.endsWith(`.${domain}`))
