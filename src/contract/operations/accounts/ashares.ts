/** Sharing an account with other users: inviting them, how far they reach, and their answer. */
import { Type } from 'typebox'
import { AShare, AShareRequest, IntegrationAShare, Invited, InviteMultipleRequest, InviteRequest, SharedAShare } from '../../ashare.ts'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { listQuery } from '../../paging.ts'
import { integrationParams } from '../integrations/integration-errors.ts'

const params = Type.Object({ _id: objectId({ description: 'Id of the share.' }) })
const common = { tag: 'ashares', access: 'administrator', extent: 'account', partialAccess: 'account' } as const
/** Of the user who is invited: nobody else sees the share this way, so nobody needs a level. */
const ofInvited = { tag: 'ashares', access: 'monitor', extent: 'account', partialAccess: 'everyone' } as const
const refusals = ['missing_required_field', 'invalid_field', 'invalid_ref'] as const

export const ashares = {
  inviteUser: {
    ...common,
    method: 'POST',
    path: '/v1/invite',
    summary: 'Share the account with a user',
    description:
      'The share is in force once the user has accepted it. Somebody who is no user here yet can accept once they are. The owner of the account and users who are invited already are a 409.',
    body: InviteRequest,
    status: 201,
    result: AShare,
    errors: ['conflict', ...refusals],
  },
  inviteUsers: {
    ...common,
    method: 'POST',
    path: '/v1/invite/multiple',
    summary: 'Share the account with several users',
    description:
      'Answers for each address, in their order, a `statusCode`: 201 with the share as `doc`, or 400 with `errors` for the owner of the account and for users who are invited already.',
    body: InviteMultipleRequest,
    status: 200,
    result: Type.Array(Invited),
    errors: refusals,
  },
  listAShares: {
    ...common,
    method: 'GET',
    path: '/v1/ashares',
    summary: 'List whom the account is shared with',
    description: 'The owner is not among them.',
    query: listQuery([], AShare.properties, true),
    status: 200,
    result: Type.Array(AShare),
    empty: 'The account is shared with nobody.',
    paged: true,
    errors: ['invalid_query_params'],
  },
  getAShare: {
    ...common,
    method: 'GET',
    path: '/v1/ashares/:_id',
    summary: 'Get a share of the account',
    params,
    status: 200,
    result: AShare,
    errors: ['not_found'],
  },
  updateAShare: {
    ...common,
    method: 'PUT',
    path: '/v1/ashares/:_id',
    summary: 'Change how far the account is shared with a user',
    description: 'In force with the next request of the user.',
    params,
    body: AShareRequest,
    known: AShare,
    status: 200,
    result: AShare,
    errors: ['not_found', 'precondition_failed', ...refusals],
  },
  deleteAShare: {
    ...common,
    method: 'DELETE',
    path: '/v1/ashares/:_id',
    summary: 'Share the account with a user no longer',
    description: 'Access tokens that the user made through the share are nobody from then on.',
    params,
    status: 204,
    errors: ['not_found', 'precondition_failed'],
  },
  disableAShare: {
    ...common,
    method: 'PUT',
    path: '/v1/ashares/:_id/disable',
    summary: 'Keep a user out of the account, or let them in again',
    description: 'Turns `disabled` round. In force with the next request of the user.',
    extension: true,
    params,
    status: 200,
    result: AShare,
    errors: ['not_found', 'precondition_failed'],
  },
  reinviteAShare: {
    ...common,
    method: 'PUT',
    path: '/v1/ashares/:_id/reinvite',
    summary: 'Invite a user again who has refused',
    extension: true,
    params,
    status: 200,
    result: AShare,
    errors: ['not_found', 'precondition_failed', 'invalid_field'],
  },
  listSharedAShares: {
    ...ofInvited,
    method: 'GET',
    path: '/v1/shared/ashares',
    summary: 'List the accounts that are shared with the caller',
    description: 'Also what waits for their answer; not what they have dismissed or what is disabled.',
    status: 200,
    result: Type.Array(SharedAShare),
    empty: 'No account is shared with the caller.',
    errors: [],
  },
  acceptAShare: {
    ...ofInvited,
    method: 'PUT',
    path: '/v1/ashares/:_id/accept',
    summary: 'Accept an invitation',
    extension: true,
    params,
    status: 200,
    result: SharedAShare,
    errors: ['not_found'],
  },
  dismissAShare: {
    ...ofInvited,
    method: 'PUT',
    path: '/v1/ashares/:_id/dismiss',
    summary: 'Refuse an invitation, or leave an account',
    extension: true,
    params,
    status: 200,
    result: SharedAShare,
    errors: ['not_found'],
  },
  listIntegrationAshares: {
    tag: 'integrations',
    method: 'GET',
    path: '/v1/integrations/:_id/ashares',
    summary: 'List the users who have access to an integration',
    description:
      'Those that the account or this integration is shared with, accepted or not. An empty list where there are none; never 204.',
    access: 'monitor',
    extent: 'environment',
    params: integrationParams,
    status: 200,
    result: Type.Array(IntegrationAShare),
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
