/** How people sign in: sessions of browsers, which hold a cookie in place of a token, and the passwords that begin them. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { AccessLevel, Operation } from '../../operation.ts'

/** Hours without a request after which a session is over. */
export const sessionIdleHours = 12
/** Days after which a session is over however much it is used: what a stolen cookie is worth at the most. */
export const sessionDays = 30
/** Sessions at a time that a user began, and that were begun with one of their tokens. The one that was used longest ago ends for the next. */
export const maxSessions = 100
/** Minutes that somebody may take at the OpenID provider. */
export const openIdMinutes = 15
/** Characters of a password. NIST asks for 8 where there is a second factor; here there is none. */
export const minPassword = 12
/** Characters that are read of a password: more than any passphrase has, and little to hash. */
export const maxPassword = 1024

const text = (description: string, options: object = {}) => Type.String({ description, ...options })
const secretText = (description: string, maxLength: number, minLength = 0) =>
  Type.String({ writeOnly: true, minLength, maxLength, description })

const levels = ['owner', 'administrator', 'manage', 'monitor'] as const satisfies readonly ('owner' | AccessLevel)[]

const fromBrowser =
  'What signs somebody in or out by a cookie, and whatever is no GET and comes with the cookie, needs the header `x-sluice-console: 1` and has to come from a page of this server: `Sec-Fetch-Site: same-origin`, or an `Origin` with this host.'

const account = Type.Object(
  { _id: objectId({ description: 'Id of the account.' }), name: text('Its name.') },
  { description: 'The account that the request works in.' },
)
const environment = Type.Object(
  { _id: objectId({ description: 'Id of the environment.' }), name: text('Its name.') },
  { description: 'The environment that the request works in.' },
)

const userSession = Type.Object(
  {
    _id: objectId({ description: 'Id of the session.' }),
    createdAt: dateTime({ description: 'When somebody signed in.' }),
    lastUsedAt: dateTime({ description: 'When its last request came, to the minute.' }),
    from: text('The address that it began from.'),
    userAgent: Type.Optional(text('What the browser said that it is.')),
    via: Type.Enum(['user', 'token'], { description: 'Whether the user signed in, or an access token of theirs was used.' }),
    current: Type.Boolean({ description: 'Whether it is the session of this request.' }),
  },
  { description: 'A browser in which somebody is signed in.' },
)

const common = { tag: 'session', access: 'monitor', extent: 'own', partialAccess: 'everyone', extension: true } as const
const atTheDoor = { ...common, withoutToken: true } as const
/** Of the user, whichever account they work in: for no token of less. */
const ofUser = { ...common, extent: 'account' } as const

const password = secretText(`The password, of at least ${minPassword} characters.`, maxPassword, minPassword)

export const userSessions = {
  listSignInMethods: {
    ...atTheDoor,
    method: 'GET',
    path: '/v1/session/methods',
    summary: 'List the ways to sign in',
    description: 'Asks for no token.',
    status: 200,
    result: Type.Object({
      password: Type.Boolean({ description: 'With an address and a password.' }),
      token: Type.Boolean({ description: 'With an access token.' }),
      openId: Type.Optional(
        Type.Object({ name: text('What people call the provider.') }, { description: 'With OpenID Connect, where a provider is set.' }),
      ),
    }),
    errors: [],
  },
  createSession: {
    ...atTheDoor,
    method: 'POST',
    path: '/v1/session',
    summary: 'Sign in',
    description: `With \`email\` and \`password\`, or with \`token\`. The answer sets the cookie \`sluice_session\` (\`__Host-sluice_session\` over TLS), which stands for the user, or for what the token may do, until it has been idle for ${sessionIdleHours} hours, or is ${sessionDays} days old. ${fromBrowser} An unknown address and a wrong password are the same.`,
    body: Type.Object({
      email: Type.Optional(text('The address of a user.', { maxLength: 320 })),
      password: Type.Optional(secretText('Their password.', maxPassword)),
      token: Type.Optional(secretText('An access token, in place of both.', 4096)),
    }),
    refusesUnknown: true,
    status: 204,
    errors: ['sign_in_failed', 'missing_required_field', 'invalid_field', 'unknown_field', 'cross_site_request'],
  },
  beginOpenIdSignIn: {
    ...atTheDoor,
    method: 'POST',
    path: '/v1/session/openid',
    summary: 'Begin to sign in with OpenID Connect',
    description: `Answers where the browser goes, and sets a cookie that is needed when it comes back, within ${openIdMinutes} minutes. The provider leads back to \`/sign-in/openid\` of this server, whose page passes on what it was given with \`POST /v1/session/openid/callback\`. ${fromBrowser}`,
    status: 200,
    result: Type.Object({
      authorizationURL: text('Where the user signs in.'),
      expiresAt: dateTime({ description: 'Until when they may come back.' }),
    }),
    errors: ['not_found', 'provider_unavailable', 'cross_site_request', 'too_many_at_once'],
  },
  finishOpenIdSignIn: {
    ...atTheDoor,
    method: 'POST',
    path: '/v1/session/openid/callback',
    summary: 'Sign in with what an OpenID provider answered',
    description:
      'With the parameters that the provider added to the address. The user is the one who came from there before, or whose address the provider has verified. The answer signs them in as `POST /v1/session` does.',
    body: Type.Object({
      state: secretText('The `state`, as it came.', 1024),
      code: Type.Optional(secretText('The `code`.', 8192)),
      iss: Type.Optional(text('The `iss`, where the provider says who it is.', { maxLength: 2048 })),
      error: Type.Optional(text('The `error`, in place of a code.', { maxLength: 1024 })),
      error_description: Type.Optional(text('What the provider says of the error.', { maxLength: 4096 })),
    }),
    refusesUnknown: true,
    status: 204,
    errors: [
      'not_found',
      'sign_in_failed',
      'provider_unavailable',
      'missing_required_field',
      'invalid_field',
      'unknown_field',
      'cross_site_request',
      'too_many_at_once',
    ],
  },
  getSession: {
    ...common,
    method: 'GET',
    path: '/v1/session',
    summary: 'Get who is signed in',
    description:
      'Whose request it is, what they may do, and where it works: of a session, and of a token. Until when a session lasts is told of sessions.',
    allowsScopedTokens: true,
    status: 200,
    result: Type.Object({
      via: Type.Enum(['session', 'token'], { description: 'Whether the request came with a session or with a token.' }),
      _id: Type.Optional(objectId({ description: 'Id of the session.' })),
      endsAt: Type.Optional(dateTime({ description: 'When the session is over unless it is used.' })),
      user: Type.Object(
        { _id: objectId({ description: 'Id of the user.' }), email: text('Their address.'), name: text('Their name.') },
        { description: 'Who it is.' },
      ),
      account,
      environment,
      accessLevel: Type.Enum([...levels], {
        description: 'What they may do in the account, or at the most in any of the integrations that are open to them.',
      }),
      accountAccessLevel: Type.Optional(
        Type.Enum([...levels], { description: 'What they may do in the account as a whole, where they may do more in some integrations.' }),
      ),
      integrationAccessLevel: Type.Optional(
        Type.Array(
          Type.Object({
            _integrationId: objectId({ description: 'Id of the integration.' }),
            accessLevel: Type.Enum([...levels], { description: 'What they may do in it.' }),
          }),
          {
            description:
              'Where it differs by integration: what they may do in these. They reach no others unless `accountAccessLevel` says so.',
          },
        ),
      ),
      _ashareId: Type.Optional(objectId({ description: 'The share through which they work in an account that is not theirs.' })),
      allowToEditRetryData: Type.Optional(
        Type.Boolean({ description: 'Whether they may correct records of errors, whatever their level.' }),
      ),
    }),
    errors: [],
  },
  deleteSession: {
    ...common,
    method: 'DELETE',
    path: '/v1/session',
    summary: 'Sign out',
    description: 'Ends the session of the request, within a second. Of a request that came with a token nothing ends.',
    allowsScopedTokens: true,
    status: 204,
    errors: ['cross_site_request'],
  },
  listSessions: {
    ...ofUser,
    method: 'GET',
    path: '/v1/sessions',
    summary: 'List where the user is signed in',
    description: `Their sessions that are not over, the one that was used last first. Of those that the user began, and of those of each token, there are ${maxSessions} at the most: a further one ends the one that was used longest ago.`,
    status: 200,
    result: Type.Array(userSession),
    empty: 'They are signed in nowhere.',
    errors: [],
  },
  endOtherSessions: {
    ...ofUser,
    method: 'DELETE',
    path: '/v1/sessions',
    summary: 'Sign the user out everywhere else',
    description: 'Ends all their sessions but the one of the request, within a second. With a token, all.',
    status: 204,
    errors: [],
  },
  endSession: {
    ...ofUser,
    method: 'DELETE',
    path: '/v1/sessions/:_id',
    summary: 'End a session of the user',
    description: 'Within a second.',
    params: Type.Object({ _id: objectId({ description: 'Id of the session.' }) }),
    status: 204,
    errors: ['not_found'],
  },
  redeemPasswordLink: {
    ...atTheDoor,
    method: 'POST',
    path: '/v1/session/password',
    summary: 'Set a password with a one-time link',
    description:
      'With what stands after the `#` in a link that the first start, or `sluice user password --link`, printed. The link is used up, all sessions of the user end, and the answer signs them in as `POST /v1/session` does.',
    body: Type.Object({ oneTimeToken: secretText('What the link holds.', 4096), password }),
    refusesUnknown: true,
    status: 204,
    errors: ['sign_in_failed', 'missing_required_field', 'invalid_field', 'unknown_field', 'cross_site_request'],
  },
  changePassword: {
    ...ofUser,
    method: 'PUT',
    path: '/v1/profile/password',
    summary: 'Change the password of the user',
    description: 'All other sessions of the user end. Not open to tokens for some documents, for one environment, or of a share.',
    body: Type.Object({
      currentPassword: Type.Optional(secretText('The password up to now; left out where there is none yet.', maxPassword)),
      password,
    }),
    refusesUnknown: true,
    status: 204,
    errors: ['sign_in_failed', 'missing_required_field', 'invalid_field', 'unknown_field'],
  },
} as const satisfies Record<string, Operation>
