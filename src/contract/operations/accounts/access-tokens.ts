/** Access tokens of the account. Everybody has their own; administrators also see those of others, and end them. */
import { Type } from 'typebox'
import { AccessToken, AccessTokenRequest, AccessTokenUpdate } from '../../access-token.ts'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { listQuery } from '../../paging.ts'

const common = { tag: 'accesstokens', access: 'monitor', extent: 'own', partialAccess: 'everyone' } as const
const one = {
  ...common,
  path: '/v1/accesstokens/:_id',
  params: Type.Object({ _id: objectId({ description: 'Id of the access token.' }) }),
} as const
const refusals = ['missing_required_field', 'invalid_field', 'invalid_ref', 'unknown_field'] as const
const ofOthers = 'Of a token of another user it is for administrators.'

export const accessTokens = {
  listAccessTokens: {
    ...common,
    method: 'GET',
    path: '/v1/accesstokens',
    summary: 'List access tokens',
    description: "The caller's own; for administrators those of all who work in the account.",
    query: listQuery([], AccessToken.properties, true),
    status: 200,
    result: Type.Array(AccessToken),
    empty: 'There are no access tokens.',
    paged: true,
    errors: ['invalid_query_params'],
  },
  createAccessToken: {
    ...common,
    method: 'POST',
    path: '/v1/accesstokens',
    summary: 'Create an access token',
    description:
      'Of the caller, in the account that the request works in. The answer shows the token this once. It may do what its user may do at the time of each request, or the part of that which its lists name.',
    body: AccessTokenRequest,
    known: Type.Object({ ...AccessToken.properties, ...AccessTokenRequest.properties }),
    status: 201,
    result: AccessToken,
    errors: refusals,
  },
  getAccessToken: {
    ...one,
    method: 'GET',
    summary: 'Get an access token',
    description: ofOthers,
    status: 200,
    result: AccessToken,
    errors: ['not_found'],
  },
  updateAccessToken: {
    ...one,
    method: 'PUT',
    summary: 'Update or revoke an access token',
    description: 'In force within a second. Of a token of another user, administrators can only set `revoked`.',
    body: AccessTokenUpdate,
    known: AccessToken,
    status: 200,
    result: AccessToken,
    errors: ['not_found', 'precondition_failed', ...refusals],
  },
  deleteAccessToken: {
    ...one,
    method: 'DELETE',
    summary: 'Delete an access token that is revoked',
    description: ofOthers,
    status: 204,
    errors: ['not_found', 'precondition_failed', 'invalid_field'],
  },
} as const satisfies Record<string, Operation>
