/** What an application was told of this client, and how it hands out tokens. */
import { Type } from 'typebox'
import { secret } from '../../kit.ts'
import { choice, flag, anyObject, list, optional, nullableText, number, object, pair, text, texts } from '../../shared/schema-helpers.ts'
import { encrypted, unencrypted } from '../connection/parts.ts'

/** Older documents hold a text here, or null. */
const headers = Type.Unsafe<readonly { name?: string; value?: string }[] | string | null>({
  type: ['array', 'string', 'null'],
  items: pair('header', 'Its value. Handlebars.'),
  description: 'Headers of the request.',
})
const uri = text('Address to call. Handlebars.')
const body = text('Body of the request. Handlebars.')
const method = choice(['GET', 'POST'], 'Method of the request.')

const failure = Type.Object(
  optional({
    statusCode: number('Status of such an answer.'),
    path: text('Path in such an answer.'),
    values: texts('Values there that mean a failure.'),
  }),
)

const requests = optional({
  auth: object(
    'The page where a person agrees.',
    optional({ uri: text('Address of the page. Handlebars.'), queryParameters: anyObject('Parameters of its query string, by name.') }),
  ),
  token: object('The request for the first token.', optional({ method, uri, body, headers })),
  refresh: object('The request for a new token.', optional({ method, uri, body, headers })),
  revoke: object('The request that gives a token back.', optional({ uri, body, headers })),
})

const failing = optional({
  failPath: text('Path in an answer that tells of a token which is not taken.'),
  failValues: texts('Values there that mean so.'),
  failStatusCode: number('Status that means so. 401 by default.'),
  useNewAuthFailSchema: flag('True where `failures` counts and not the three fields before.', { readOnly: true }),
  failures: list(failure, 'Answers that mean a token is not taken.', { readOnly: true }),
})

export const oauth2 = object(
  'An OAuth 2.0 client, for `custom_oauth2` and applications of that kind.',
  optional({
    clientId: text('Id of the client.'),
    clientSecret: secret({ description: 'Secret of the client.' }),
    scope: Type.Unsafe<readonly string[] | string>({
      type: ['array', 'string'],
      items: Type.String(),
      description: 'Rights to ask for: a list, or one text.',
    }),
    scopeDelimiter: text('What separates the rights in the request.'),
    redirectUri: text('Address that the application leads back to.'),
    grantType: choice(['authorizecode', 'password', 'clientcredentials'], 'How the first token is won.'),
    clientCredentialsLocation: choice(['basicauthheader', 'body'], 'Where requests for a token carry the id and secret of the client.'),
    accessTokenLocation: choice(['url', 'header', 'body'], 'Where requests carry the token.'),
    accessTokenHeaderName: nullableText('Header that carries the token, for tokens in a header.'),
    accessTokenParamName: text('Query parameter that carries the token, for tokens in the query string.'),
    accessTokenPath: text('Path of the token in the answer that holds it.'),
    refreshTokenPath: text('Path of the refresh token in that answer.'),
    scheme: text('Word before the token in the header, such as `Bearer`.'),
    validDomainNames: texts(
      'Domains in which the addresses of OAuth and the base URIs of connections with this client have to lie; all where it is absent.',
    ),
    ...failing,
    pkceCodeChallengeMethod: Type.Unsafe<'plain' | 's256' | null>({
      type: ['string', 'null'],
      enum: ['plain', 's256', null],
      description: 'How the proof key of an authorization is sent: `s256` where it is absent, none where it is null.',
    }),
    useIClientFields: flag('True has connections take addresses and rights from here and not from their own.'),
    username: text('User name, for `password`.'),
    password: secret({ description: 'Password, for `password`.' }),
    ...requests,
    unencrypted,
    encrypted,
  }),
)
