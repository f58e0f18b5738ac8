/** A token that is sent with every request, and how a new one is fetched when it no longer works. */
import { secret } from '../../kit.ts'
import { choice, list, optional, object, text, texts } from '../../shared/schema-helpers.ts'
import { templatedHeader } from './parts.ts'

export const token = object(
  'A token that is sent with every request.',
  optional({
    token: secret({ description: 'The token.' }),
    location: choice(
      ['url', 'header', 'body'],
      'Where requests carry it: in the query string, in a header, or in the body through a template.',
    ),
    headerName: text('Header that carries it, for tokens in a header. `Authorization` by default; `X-WSSE` for `wsse`.'),
    scheme: text('Word before the token in the header, such as `Bearer`.'),
    paramName: text('Query parameter that carries it, for tokens in the query string.'),
    refreshMethod: choice(['GET', 'POST', 'PUT'], 'Method of the request for a new token.', { default: 'POST' }),
    refreshRelativeURI: text('Where a new token is asked for: absolute, or after the base URI. Handlebars.'),
    refreshBody: text('Body of the request for a new token. Handlebars.'),
    refreshMediaType: choice(['json', 'urlencoded', 'xml', 'plaintext'], 'How the body of that request is written.', {
      default: 'urlencoded',
    }),
    refreshResponseMediaType: choice(['json', 'xml'], 'How the answer with the new token is read.'),
    refreshTokenPath: text('Path of the new token in the answer.'),
    refreshToken: secret({ description: 'Token that is exchanged for a new one.' }),
    refreshTokenLocation: choice(['header', 'body'], 'Where the answer holds the new token.'),
    refreshHeaders: list(templatedHeader, 'Headers of the request for a new token.'),
    tokenPaths: texts(
      'Paths of further values of the answer that are kept as secrets. Templates read them in `http.encrypted` by the last names of the paths; `refresh_token` takes the place of `refreshToken`.',
    ),
    revoke: object(
      'How a token is given back when the connection is signed out or removed.',
      optional({
        uri: text('Address to call. Handlebars.'),
        body: text('Body to send. Handlebars.'),
        headers: list(templatedHeader, 'Headers to send.'),
      }),
    ),
  }),
)
