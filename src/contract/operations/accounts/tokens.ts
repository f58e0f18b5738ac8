/** What a token can tell about itself. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

export const tokens = {
  getTokenInfo: {
    method: 'GET',
    path: '/v1/tokenInfo',
    tag: 'tokens',
    summary: 'Get what the token of the request stands for',
    access: 'monitor',
    extent: 'own',
    partialAccess: 'everyone',
    allowsScopedTokens: true,
    status: 200,
    result: Type.Object({
      _userId: objectId({ description: 'The user whose token it is.' }),
      scope: Type.String({
        description: 'What the token may do; `*` is everything its user may do, `custom` what concerns the documents that it lists.',
      }),
    }),
    errors: [],
  },
} as const satisfies Record<string, Operation>
