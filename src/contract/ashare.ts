/** An account share: a user who may work in an account that is not theirs, and how far. Not a document: it belongs to two accounts at once. */
import { Type } from 'typebox'
import { dateTime, objectId } from './kit.ts'
import { choice, flag, list, optional, object, text } from './shared/schema-helpers.ts'

/** Integrations of one share, and addresses of one invitation, at the most. */
const maxIntegrations = 1000
const maxInvited = 100

const integrationLevel = Type.Object({
  _integrationId: objectId({ description: 'Integration of the account, in whichever environment.' }),
  accessLevel: choice(['monitor', 'manage'], 'What the user may do there.'),
})

const settable = optional({
  disabled: flag('True keeps the user out, until it is set back.'),
  accessLevel: choice(
    ['monitor', 'manage', 'administrator'],
    'What the user may do in the whole account: look, run flows, and assign, resolve and retry errors (`monitor`), also change (`manage`), also manage users and environments (`administrator`). Where it is absent, only the integrations of `integrationAccessLevel` are open to them.',
  ),
  integrationAccessLevel: list(
    integrationLevel,
    'What the user may do in some integrations, where that is more than in the whole account.',
    {
      maxItems: maxIntegrations,
    },
  ),
  accountSSORequired: flag('Kept as it is: users do not sign in here.'),
  accountMFARequired: flag('Kept as it is: users do not sign in here.'),
  allowAccessToAPIM: flag('Kept as it is: there is no API management here.'),
  allowToEditRetryData: flag('True lets a user who may only look (`monitor`) correct the records of errors before they are sent again.'),
})

const address = Type.String({ format: 'email', maxLength: 320 })

export const AShareRequest = Type.Object(settable, { description: 'How far an account is shared with a user.' })
export const InviteRequest = Type.Object(
  { email: Type.String({ ...address, description: 'Address of the user.' }), ...settable },
  { description: 'Whom to share the account with, and how far.' },
)
export const InviteMultipleRequest = Type.Object(
  { emails: list(address, 'Addresses of the users.', { minItems: 1, maxItems: maxInvited }), ...settable },
  { description: 'Whom to share the account with, and how far: the same for all of them.' },
)

const lastSignIn = (options: object = {}) =>
  Type.Optional(dateTime({ ...options, description: 'When they last worked in the account, give or take some minutes.' }))
const user = {
  _id: Type.Optional(objectId({ description: 'Id of the user. Absent as long as nobody with this address is a user here.' })),
  email: text('Their address.', { format: 'email' }),
  name: Type.Optional(text('Their name.')),
  lastSignIn: lastSignIn(),
  allowedToResetMFA: flag('Always false: users do not sign in here.'),
}
const accountSSOLinked = choice(['not_linked', 'this_account', 'other_account'], 'Always `not_linked`: users do not sign in here.')
const readOnly = { readOnly: true }
const state = {
  _id: objectId({ ...readOnly, description: 'Id of the share: the value of `integrator-ashareid`.' }),
  accepted: flag('True once the user has accepted the invitation. The share is of no use before.', readOnly),
  dismissed: flag('True where the user has refused it.', readOnly),
  ...settable,
  createdAt: dateTime({ ...readOnly, description: 'When the user was invited, in UTC.' }),
  lastModified: dateTime({ ...readOnly, description: 'When the share was last changed, in UTC.' }),
  lastSignIn: lastSignIn(readOnly),
}

export const AShare = Type.Object(
  {
    ...state,
    sharedWithUser: object(
      'Whom the account is shared with.',
      {
        ...user,
        accountSSOLinked,
      },
      readOnly,
    ),
  },
  { description: 'A user that the account is shared with.' },
)

export const Invited = Type.Object(
  {
    statusCode: Type.Integer({ description: '201 where the account is shared with them now, 400 where it was already or they own it.' }),
    doc: Type.Optional(AShare),
    errors: Type.Optional(
      list(
        object('An error.', { code: text('Its code.'), message: text('What is wrong.'), field: text('Which address.') }),
        'Why there is no share.',
      ),
    ),
  },
  { description: 'What became of an invitation.' },
)

export const SharedAShare = Type.Object(
  {
    ...state,
    ownerUser: object('Whose account it is.', {
      _id: objectId({ description: 'Id of the account and of its owner.' }),
      email: user.email,
      name: text('Their name.'),
    }),
  },
  { description: 'An account that is shared with the caller.' },
)

export const IntegrationAShare = Type.Object(
  {
    _id: state._id,
    accepted: state.accepted,
    accessLevel: choice(['monitor', 'manage', 'administrator'], 'What the user may do in this integration.'),
    accountSSORequired: flag('Always false: users do not sign in here.'),
    accountMFARequired: flag('Always false: users do not sign in here.'),
    createdAt: state.createdAt,
    lastModified: state.lastModified,
    lastSignIn: state.lastSignIn,
    isProductionAdmin: flag('True for an administrator of the account.'),
    sharedWithUser: object('Whom the account is shared with.', {
      ...user,
      accountSSOLinked: flag('Always false: users sign in to this server, and not to an account. A word in `GET /v1/ashares`.'),
    }),
  },
  { description: 'A user who has access to the integration.' },
)
