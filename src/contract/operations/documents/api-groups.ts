/** What APIs have beyond the operations of every document: they are put into groups of their integration, several at once. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

/** APIs in one request at the most: each is locked until all are written. */
const maxGrouped = 1000

export const apis = {
  updateApiGrouping: {
    method: 'PUT',
    path: '/v1/apis/updateApiGrouping',
    tag: 'apis',
    summary: 'Put APIs into a group of their integration',
    description: 'All of them or none. The group is one of the `apiGroupings` of the integration that the APIs belong to.',
    access: 'manage',
    extent: 'environment',
    partialAccess: 'account',
    body: Type.Object({
      _apiIds: Type.Array(objectId(), { minItems: 1, maxItems: maxGrouped, description: 'Ids of the APIs.' }),
      _apiGroupingId: Type.Unsafe<string | null>({
        type: ['string', 'null'],
        format: 'objectId',
        description: 'Id of the group, or null to take them out of theirs.',
      }),
    }),
    status: 204,
    errors: ['missing_required_field', 'invalid_field', 'invalid_ref'],
  },
} as const satisfies Record<string, Operation>
