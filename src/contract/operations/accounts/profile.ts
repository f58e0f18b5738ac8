/** Who is calling, and how pages are to look to them. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { tileOrders } from '../integrations/account-lists.ts'

const text = (description: string) => Type.String({ description })

const preferences = Type.Object({
  colorTheme: Type.Optional(
    Type.Enum(['light', 'dark'], { description: 'Light or dark; as the system of the browser where it is absent.' }),
  ),
  timezone: Type.Optional(
    Type.String({
      maxLength: 100,
      description: 'Time zone that times are shown in, as `Europe/Berlin`; that of the browser where it is absent.',
    }),
  ),
  tilesView: Type.Optional(Type.Enum(['tile', 'list'], { description: 'How Home shows integrations: `tile` where it is absent.' })),
  tilesSort: Type.Optional(Type.Enum([...tileOrders], { description: 'In which order, as `sort` of `GET /v1/tiles`.' })),
})
const ofUser = {
  path: '/v1/preferences',
  tag: 'users',
  access: 'monitor',
  extent: 'account',
  partialAccess: 'everyone',
  status: 200,
  extension: true,
} as const

export const profile = {
  getPreferences: {
    ...ofUser,
    method: 'GET',
    summary: 'Get the preferences of the user',
    description:
      'Whichever account and environment the request works in. Tiles are pinned in each environment: `PUT /v1/tiles/{_integrationId}/pin`.',
    result: preferences,
    errors: [],
  },
  updatePreferences: {
    ...ofUser,
    method: 'PUT',
    summary: 'Set the preferences of the user',
    description:
      'All of them: what is left out is as if it had never been set. Not open to tokens for some documents, for one environment, or of a share.',
    body: preferences,
    result: preferences,
    errors: ['invalid_field'],
  },
  getProfile: {
    method: 'GET',
    path: '/v1/profile',
    tag: 'users',
    summary: 'Get the user whose token it is',
    description: 'Whichever account the request works in.',
    access: 'monitor',
    extent: 'own',
    partialAccess: 'everyone',
    status: 200,
    result: Type.Object({
      _id: objectId({ description: 'Id of the user.' }),
      email: text('Their address.'),
      name: text('Their name.'),
      createdAt: dateTime({ description: 'When they were added, in UTC.' }),
    }),
    errors: [],
    extension: true,
  },
} as const satisfies Record<string, Operation>
