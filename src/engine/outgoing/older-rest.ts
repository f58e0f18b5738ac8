/** Connections of the older type `rest`, read as the connections over HTTP that they are. */
import type { ConnectionDoc } from '../adaptor.ts'

type Rest = NonNullable<ConnectionDoc['rest']>
type Http = NonNullable<ConnectionDoc['http']>

/** What `rest` connections take at once where they do not say. */
const defaultConcurrencyLevel = 5

/** One that is over HTTP already, or over something else, is answered as it is. */
export function asHttp(connection: ConnectionDoc): ConnectionDoc {
  const { type, rest } = connection
  if (type !== 'rest' || !rest) return connection
  return { ...connection, type: 'http', http: withoutUndefined(readHttp(rest)) as unknown as Http }
}

function readHttp(rest: Rest): object {
  return {
    mediaType: rest.mediaType,
    baseURI: rest.baseURI,
    disableStrictSSL: rest.disableStrictSSL,
    concurrencyLevel: rest.concurrencyLevel ?? defaultConcurrencyLevel,
    targetConcurrencyLevel: rest.targetConcurrencyLevel,
    retryHeader: rest.retryHeader,
    headers: rest.headers,
    encrypted: rest.encrypted,
    unencrypted: rest.unencrypted,
    auth: withoutUndefined({
      type: rest.authType,
      basic: rest.basicAuth,
      token: withoutUndefined(readToken(rest)),
      cookie: rest.cookieAuth,
      oauth: withoutUndefined(readOAuth(rest)),
    }),
    ping: withoutUndefined({
      relativeURI: rest.pingRelativeURI,
      method: rest.pingMethod,
      body: rest.pingBody,
      successPath: rest.pingSuccessPath,
      successValues: rest.pingSuccessValues,
      failPath: rest.pingFailurePath,
      failValues: rest.pingFailureValues,
    }),
  }
}

const readToken = (rest: Rest): object => ({
  token: rest.bearerToken,
  location: rest.tokenLocation,
  // WSSE has a header of its own, and this one stands in every connection.
  headerName: rest.authType === 'wsse' ? undefined : rest.authHeader,
  scheme: rest.authScheme,
  paramName: rest.tokenParam,
  refreshToken: rest.refreshToken,
  refreshMethod: rest.refreshTokenMethod,
  refreshBody: rest.refreshTokenBody,
  refreshRelativeURI: rest.refreshTokenURI,
  refreshTokenPath: rest.refreshTokenPath,
  refreshMediaType: rest.refreshTokenMediaType,
  refreshHeaders: rest.refreshTokenHeaders,
})

const readOAuth = (rest: Rest): object => ({
  ...rest.oauth,
  authURI: rest.authURI ?? rest.oauth?.authURI,
  tokenURI: rest.oauthTokenURI ?? rest.oauth?.tokenURI,
  scope: rest.scope ?? rest.oauth?.scope,
  scopeDelimiter: rest.scopeDelimiter ?? rest.oauth?.scopeDelimiter,
  skipOauthValidations: rest.skipOauthValidations ?? rest.oauth?.skipOauthValidations,
})

const withoutUndefined = (fields: object): object => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
