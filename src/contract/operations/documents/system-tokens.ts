/** What server stacks have beyond the operations of every document: the token that calls to them carry. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

const common = {
  tag: 'stacks',
  path: '/v1/stacks/:_id/systemToken',
  access: 'manage',
  extent: 'environment',
  params: Type.Object({ _id: objectId({ description: 'Id of the stack.' }) }),
  errors: ['not_found'],
} as const

export const stacks = {
  getSystemToken: {
    ...common,
    method: 'GET',
    summary: 'Get the system token of a server stack',
    description: 'The server compares it with the bearer token of each call. Stacks of type `lambda` have none.',
    status: 200,
    result: Type.Object({ systemToken: Type.String({ description: 'The token.' }) }),
  },
  rotateSystemToken: {
    ...common,
    method: 'DELETE',
    summary: 'Replace the system token of a server stack',
    description: 'Calls carry the new token from then on. Get it and hand it to the server.',
    status: 204,
    errors: ['not_found', 'precondition_failed'],
  },
} as const satisfies Record<string, Operation>
