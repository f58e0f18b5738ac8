/** Connections of the older type `rest`, which `http` has taken the place of. They are stored and answered; new ones are better made as `http`. */
import { Type } from 'typebox'
import { secret } from '../../kit.ts'
import { choice, flag, anyObject, list, optional, number, object, text, texts } from '../../shared/schema-helpers.ts'
import { oauth } from './oauth.ts'
import { concurrency, encryptedFields, unencrypted, unencryptedFields } from './parts.ts'

const header = Type.Object({ name: text('Name of the header.'), value: text('Its value.') })

const proof = optional({
  authURI: text('Page where a person agrees, for OAuth.'),
  oauthTokenURI: text('Address that hands out tokens, for OAuth.'),
  skipOauthValidations: flag('True takes a token without checking what came with it.', { default: false }),
  authHeader: text('Header that carries the token.', { default: 'Authorization' }),
  authScheme: choice(['MAC', 'OAuth', 'Bearer', 'Hmac'], 'Word before the token in the header.', { default: 'Bearer' }),
  scope: texts('Rights to ask for, for OAuth.'),
  scopeDelimiter: text('What separates the rights in the request.', { default: ' ' }),
  bearerToken: secret({ description: 'The token.' }),
  refreshToken: secret({ description: 'Token that is exchanged for a new one.' }),
  tokenLocation: choice(['header', 'url'], 'Where requests carry the token.', { default: 'header' }),
  tokenParam: text('Query parameter that carries the token.', { default: 'access_token' }),
  basicAuth: object('User name and password.', optional({ username: text('User name.'), password: secret({ description: 'Password.' }) })),
  cookieAuth: object(
    'A session that begins with a request and lives in a cookie.',
    optional({
      uri: text('Address that starts the session.'),
      body: text('Body of that request.'),
      method: text('Method of that request.'),
      successStatusCode: number('Status that means the session has begun.'),
    }),
  ),
  oauth,
})

const refresh = optional({
  refreshTokenMethod: choice(['POST', 'PUT', 'GET'], 'Method of the request for a new token.', { default: 'POST' }),
  refreshTokenBody: text('Body of the request for a new token.'),
  refreshTokenURI: text('Where a new token is asked for.'),
  refreshTokenPath: text('Path of the new token in the answer.'),
  refreshTokenMediaType: choice(['json', 'urlencoded'], 'How the body of that request is written.', { default: 'json' }),
  refreshTokenHeaders: list(header, 'Headers of the request for a new token.'),
})

const ping = optional({
  pingRelativeURI: text('Where a request goes that shows whether the connection works, after the base URI.'),
  pingSuccessPath: text('Path in its answer that shows success.'),
  pingSuccessValues: texts('Values at that path that mean success.'),
  pingFailurePath: text('Path in its answer that shows failure.'),
  pingFailureValues: texts('Values at that path that mean failure.'),
  pingMethod: choice(['GET', 'POST'], 'Its method.', { default: 'GET' }),
  pingBody: text('Its body.'),
})

export const rest = object(
  'A connection over HTTP in its older form. Required for type `rest`; use `http` for new ones.',
  {
    mediaType: choice(['json', 'urlencoded', 'xml', 'csv'], 'How bodies are written.'),
    baseURI: text('Beginning of every address. Handlebars.'),
    authType: choice(
      ['basic', 'token', 'oauth', 'custom', 'cookie', 'jwt', 'hmac', 'wsse', 'oauth1'],
      'How requests prove who sends them.',
    ),
    ...optional({
      disableStrictSSL: flag('True accepts certificates that cannot be verified.', { default: false }),
      isHTTPProxy: flag('True where the connection is served by the engine of type `http`.', { default: false }),
      retryHeader: text('Header in which the application says how many seconds to wait.', { default: 'Retry-After' }),
      headers: list(header, 'Headers of every request.'),
    }),
    ...concurrency(5, 100),
    ...proof,
    ...refresh,
    ...ping,
    ...optional({
      encrypted: anyObject('Credentials of your own, read by templates. Sealed as a whole.', { writeOnly: true, 'x-secret': true }),
      encryptedFields,
      unencrypted,
      unencryptedFields,
      info: anyObject('What the application said of the account when it was connected.', { readOnly: true }),
    }),
  },
  { deprecated: true },
)
