/** Notifications: subscriptions to flows, integrations and connections, and how the messages reach them. */
import { Type } from 'typebox'
import { dateTime, objectId, secret } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

/** Subscriptions of one request: what one page of a console changes. */
const maxChangedAtOnce = 1000
/** Subscriptions of one user in an environment: more flows than an integration can hold. */
export const maxSubscriptions = 10_000
/** Messages to a user that are listed: the newest. */
export const maxListedMessages = 100
/** Bytes of the secret that signs webhooks. */
export const webhookSecretBytes = { least: 24, most: 64 } as const
export const defaultDailyHour = 8
const maxThreshold = 1_000_000

const text = (description: string, options: object = {}) => Type.String({ description, ...options })
const flag = (description: string) => Type.Boolean({ description })

const subjectFields = {
  _integrationId: Type.Optional(
    text('Id of an integration, for the errors and failed runs of all its flows; `none` for the flows that belong to no integration.'),
  ),
  _flowId: Type.Optional(objectId({ description: 'Id of a flow, for its errors and failed runs.' })),
  _connectionId: Type.Optional(objectId({ description: 'Id of a connection, for when it goes offline and when it is back.' })),
}

const subscription = Type.Object(
  {
    _id: objectId({ description: 'Identifies the subscription.' }),
    type: Type.Enum(['integration', 'flow', 'connection'], { description: 'What is subscribed to.' }),
    ...subjectFields,
    subscribedByUser: Type.Object(
      {
        _id: objectId({ description: 'Id of the user.' }),
        email: text('Their address.'),
        name: text('Their name.'),
      },
      { description: 'Who is notified.' },
    ),
  },
  { description: 'A subscription of a user.' },
)

const subscriptionChange = Type.Object(
  {
    ...subjectFields,
    subscribed: flag('True subscribes, false unsubscribes.'),
    subscribedByUserEmail: Type.Optional(
      text('Address of another user of the account, whose subscription it is. For the owner and administrators.', { maxLength: 320 }),
    ),
  },
  { description: 'A subscription as it is to be. It names one of `_integrationId`, `_flowId` and `_connectionId`.' },
)

const settings = {
  email: Type.Optional(flag('False sends no mails. True where it is absent.')),
  frequency: Type.Optional(
    Type.Enum(['gathered', 'daily'], {
      description:
        '`gathered`: one mail holds what has happened, some minutes after the first event (`SLUICE_NOTIFY_AFTER`). `daily`: one mail a day. Webhooks are always called as for `gathered`, which it is where it is absent.',
    }),
  ),
  dailyHour: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 23,
      description: `The hour at which the daily mail is sent, in the time zone of the user's preferences: ${defaultDailyHour} where it is absent.`,
    }),
  ),
  errorThreshold: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: maxThreshold,
      description: 'New errors of a step are notified from this many open ones on: 1 where it is absent.',
    }),
  ),
  assignments: Type.Optional(flag('False leaves out errors that others assign to the user. True where it is absent.')),
  includeErrorMessages: Type.Optional(
    flag(
      'True puts messages of errors into mails and webhooks, with their trace keys. Applications quote records in them: where it is absent, neither holds anything of a record.',
    ),
  ),
  webhook: Type.Optional(
    Type.Object(
      {
        uri: text('Where it is sent: an address with `https:` or `http:`.', { maxLength: 2048 }),
        secret: secret({
          maxLength: 200,
          description: `The secret that signs it: \`whsec_\` and ${webhookSecretBytes.least} to ${webhookSecretBytes.most} bytes in base64.`,
        }),
      },
      { description: 'A webhook that is called besides the mails, or in place of them (docs/notifications.md).' },
    ),
  ),
}

const ofUser = {
  tag: 'notifications',
  access: 'monitor',
  extent: 'account',
  partialAccess: 'everyone',
  status: 200,
  extension: true,
} as const
const onlyInPerson = 'Not open to tokens for some documents, for one environment, or of a share.'

const outcome = (channel: string) =>
  Type.Optional(
    Type.Object(
      {
        sent: flag('Whether it was taken.'),
        message: Type.Optional(text('Why it was not.')),
      },
      { description: `What became of the ${channel}; absent where the user has none.` },
    ),
  )

export const notifications = {
  listNotifications: {
    method: 'GET',
    path: '/v1/notifications',
    tag: 'notifications',
    summary: 'List notifications',
    description:
      'What the user has subscribed to in the environment, the oldest first. With `users=all` what all users of the account have, for the owner and administrators; others get their own.',
    access: 'monitor',
    extent: 'environment',
    partialAccess: 'filtered',
    query: Type.Object({ users: Type.Optional(Type.Enum(['all'], { description: 'The subscriptions of all users.' })) }),
    status: 200,
    result: Type.Array(subscription),
    empty: 'Nobody has subscribed to anything.',
    errors: ['invalid_query_params'],
  },
  updateNotifications: {
    method: 'PUT',
    path: '/v1/notifications',
    tag: 'notifications',
    summary: 'Subscribe to flows, integrations and connections',
    description: `Or unsubscribe from them: all that is named, or nothing where one is wrong. What is not named stays. At most ${maxChangedAtOnce} at once, and ${maxSubscriptions} of a user in an environment. Answers what the user has then.`,
    access: 'monitor',
    extent: 'environment',
    partialAccess: 'filtered',
    body: Type.Array(subscriptionChange, { maxItems: maxChangedAtOnce }),
    status: 200,
    result: Type.Array(subscription),
    errors: ['invalid_field', 'invalid_ref', 'invalid_user', 'missing_required_field', 'state_limit'],
  },
  getNotificationSettings: {
    ...ofUser,
    method: 'GET',
    path: '/v1/notifications/settings',
    summary: 'Get the notification settings of the user',
    description: `Whichever account and environment the request works in. ${onlyInPerson}`,
    result: Type.Object({
      ...settings,
      sendsMail: flag('Whether this server sends mails at all.'),
    }),
    errors: [],
  },
  updateNotificationSettings: {
    ...ofUser,
    method: 'PUT',
    path: '/v1/notifications/settings',
    summary: 'Set the notification settings of the user',
    description: `All of it: what is left out is as if it had never been set. ${onlyInPerson}`,
    body: Type.Object(settings),
    known: Type.Object({ ...settings, sendsMail: Type.Optional(flag('As it is read.')) }),
    result: Type.Object({ ...settings, sendsMail: flag('Whether this server sends mails at all.') }),
    errors: ['invalid_field', 'invalid_secret', 'missing_required_field'],
  },
  testNotifications: {
    ...ofUser,
    method: 'POST',
    path: '/v1/notifications/test',
    summary: 'Send a test message',
    description: `To the address and the webhook of the user, at once; the answer says what became of it. ${onlyInPerson}`,
    result: Type.Object({ email: outcome('mail'), webhook: outcome('webhook') }),
    errors: ['too_many_at_once'],
  },
  listNotificationMessages: {
    ...ofUser,
    method: 'GET',
    path: '/v1/notifications/messages',
    summary: 'List the messages to the user',
    description: `The newest ${maxListedMessages} of the last 30 days, and whether they were delivered. ${onlyInPerson}`,
    result: Type.Array(
      Type.Object(
        {
          _id: objectId({ description: 'Identifies the message; webhooks have it in the header `webhook-id`.' }),
          channel: Type.Enum(['email', 'webhook'], { description: 'How it is sent.' }),
          status: Type.Enum(['waiting', 'sent', 'failed', 'dropped'], {
            description:
              '`waiting`: it is still to be sent, or sent again. `failed`: given up. `dropped`: the user did not want it any more, or may see nothing of it any more.',
          }),
          createdAt: dateTime({ description: 'When it was written, in UTC.' }),
          dueAt: Type.Optional(dateTime({ description: 'When it is tried next; absent once it is settled.' })),
          endedAt: Type.Optional(dateTime({ description: 'When it was settled.' })),
          attempts: Type.Integer({ minimum: 0, description: 'How often it was tried.' }),
          numEvents: Type.Integer({ minimum: 0, description: 'How many events it holds.' }),
          message: Type.Optional(text('Why it was not taken, last.')),
        },
        { description: 'A message.' },
      ),
    ),
    empty: 'There were none.',
    errors: [],
  },
} as const satisfies Record<string, Operation>
