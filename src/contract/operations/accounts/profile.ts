/** Who is calling. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

const text = (description: string) => Type.String({ description })

export const profile = {
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
