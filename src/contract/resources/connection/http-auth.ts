/** How an HTTP connection proves who it is, and how it learns that the proof no longer holds. */
import { Type } from 'typebox'
import { secret } from '../../kit.ts'
import { choice, flag, list, optional, requireIf, number, object, text, texts } from '../../shared/schema-helpers.ts'
import { jwt } from './jwt.ts'
import { oauth } from './oauth.ts'
import { token } from './token.ts'

const basic = object('User name and password.', optional({ username: text('User name.'), password: secret({ description: 'Password.' }) }))

const cookie = object(
  'A session that begins with a request and lives in a cookie.',
  optional({
    uri: text('Address that starts the session. Handlebars.'),
    body: text('Body of that request. Handlebars.'),
    method: text('Method of that request.'),
    successStatusCode: number('Status that means the session has begun.'),
  }),
)

const failure = Type.Object(
  optional({
    statusCode: number('Status of the answer.'),
    path: text('Path in the answer to look at, besides the status.'),
    values: texts('Values at that path.'),
  }),
)

/** RSA signatures are made with a private key, all others with secrets. */
const oauth1 = {
  required: ['oauth1'],
  properties: {
    oauth1: {
      required: ['signatureMethod'],
      ...requireIf({
        field: 'signatureMethod',
        is: ['rsa-sha1', 'rsa-sha256', 'rsa-sha512'],
        need: ['consumerKey', 'accessToken', 'consumerPrivateKey'],
      }),
      else: { required: ['signatureMethod', 'consumerKey', 'accessToken', 'consumerSecret', 'tokenSecret'] },
    },
  },
}

export const auth = object(
  'How requests prove who sends them.',
  optional({
    type: choice(
      ['custom', 'basic', 'token', 'oauth', 'wsse', 'cookie', 'jwt', 'digest', 'specific', 'oauth1', 'jwtbearer'],
      'How requests prove who sends them. `custom` leaves it to templates that read `encrypted`. `jwt` and `specific` are out of use.',
    ),
    failStatusCode: number('Status that means the proof was not accepted, for applications that do not say 401.'),
    failPath: text('Path in the answer to look at, where the status does not tell.'),
    failValues: texts('Values at that path that mean the proof was not accepted.'),
    failures: list(failure, 'Answers that mean the proof was not accepted; any one of them does.'),
    skipFollowAuthorizationHeader: flag('True leaves the proof out where the application redirects to another address.'),
    basic,
    token,
    oauth,
    cookie,
    jwt,
  }),
  requireIf(
    { field: 'type', is: ['basic', 'digest', 'wsse'], need: ['basic'] },
    { field: 'type', is: ['token'], need: ['token'] },
    { field: 'type', is: ['cookie'], need: ['cookie'], also: { properties: { cookie: { required: ['uri'] } } } },
    { field: 'type', is: ['jwtbearer'], need: ['jwt'], also: { properties: { jwt: { required: ['signatureMethod', 'payload'] } } } },
    { field: 'type', is: ['oauth1'], need: ['oauth'], also: { properties: { oauth: oauth1 } } },
  ),
)
