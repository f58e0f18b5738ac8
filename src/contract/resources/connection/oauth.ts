/** OAuth 2.0 and 1.0a: what is agreed with the application, and what it handed out. */
import { secret } from '../../kit.ts'
import { choice, flag, list, optional, requireIf, object, text, texts } from '../../shared/schema-helpers.ts'
import { plainHeader } from './parts.ts'

const oauth1 = object(
  'OAuth 1.0a, where requests are signed.',
  optional({
    consumerKey: text('Key of the client.'),
    consumerSecret: secret({ description: 'Secret of the client.' }),
    accessToken: secret({ description: 'Token of the person who agreed.' }),
    tokenSecret: secret({ description: 'Secret that belongs to the token.' }),
    signatureMethod: choice(
      ['hmac-sha1', 'hmac-sha256', 'hmac-sha512', 'rsa-sha1', 'rsa-sha256', 'rsa-sha512', 'plaintext'],
      'How requests are signed.',
    ),
    consumerPrivateKey: secret({ description: 'Private key in PEM, for the `rsa` methods.' }),
    realm: text('Realm to name in the header. Handlebars.'),
  }),
)

export const oauth = object(
  'OAuth, where the application hands out tokens.',
  optional({
    type: choice(['custom', 'assistant'], 'Whether these values were entered by hand or come from a prepared form.'),
    grantType: choice(['authorizecode', 'clientcredentials', 'password'], 'How the first token is won.', { default: 'authorizecode' }),
    authURI: text('Page where a person agrees, for `authorizecode`. Handlebars.'),
    tokenURI: text('Address that hands out tokens. Handlebars.'),
    skipOauthValidations: flag('True takes a token without checking what came with it.', { default: false }),
    scope: texts('Rights to ask for.'),
    scopeDelimiter: text('What separates the rights in the request.', { default: ' ' }),
    clientId: text('Id of the client.'),
    clientSecret: secret({ description: 'Secret of the client.' }),
    username: text('User name, for `password`.'),
    password: secret({ description: 'Password, for `password`.' }),
    clientCredentialsLocation: choice(['basicauthheader', 'body'], 'Where requests for a token carry the id and secret of the client.', {
      default: 'basicauthheader',
    }),
    accessTokenPath: text('Path of the token in the answer. `access_token` by default.'),
    accessTokenHeaders: list(plainHeader, 'Headers of the request for a token.'),
    accessTokenBody: text('Body of the request for a token, instead of the usual one. Handlebars.'),
    oauth2RedirectUrl: text('Address that a person is led to in the end, once the connection is signed in. Handlebars.'),
    useIClientFields: flag('True takes the addresses and rights from the client document instead of from here.'),
    oauth1,
    pkceCodeVerifier: secret({ description: 'Proof key of an authorization that is under way. Kept beside the connection here.' }),
  }),
  requireIf(
    { field: 'grantType', is: ['authorizecode'], need: ['authURI', 'tokenURI'] },
    { field: 'grantType', is: ['clientcredentials'], need: ['tokenURI'] },
    { field: 'grantType', is: ['password'], need: ['tokenURI', 'username', 'password'] },
  ),
)
