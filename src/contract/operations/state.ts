/** The state of an integration: what its scripts remember from one call to the next, by key. */
import { Type } from 'typebox'
import { objectId } from '../kit.ts'
import type { Operation } from '../operation.ts'

/** Keys of one integration, characters of one of them, and characters of one value as JSON. */
export const maxKeys = 1000
export const maxKeyCharacters = 200
export const maxValueCharacters = 1_000_000

const _id = objectId({ description: 'Id of the integration.' })
const ofAll = { tag: 'integrations', path: '/v1/integrations/:_id/state', params: Type.Object({ _id }) } as const
const ofOne = {
  tag: 'integrations',
  path: '/v1/integrations/:_id/state/:key',
  params: Type.Object({ _id, key: Type.String({ description: 'Key of the value.' }) }),
} as const

export const state = {
  listIntegrationState: {
    ...ofAll,
    method: 'GET',
    summary: 'List the keys of the state of an integration',
    access: 'monitor',
    status: 200,
    result: Type.Object({ keys: Type.Array(Type.String(), { description: 'The keys, in order.' }) }),
    errors: ['not_found'],
  },
  deleteIntegrationState: {
    ...ofAll,
    method: 'DELETE',
    summary: 'Delete all of the state of an integration',
    access: 'manage',
    status: 204,
    errors: ['not_found'],
  },
  getIntegrationStateValue: {
    ...ofOne,
    method: 'GET',
    summary: 'Get a value of the state of an integration',
    access: 'monitor',
    status: 200,
    result: Type.Unknown({ description: 'The value, as it was put there.' }),
    errors: ['not_found'],
  },
  putIntegrationStateValue: {
    ...ofOne,
    method: 'PUT',
    summary: 'Put a value into the state of an integration',
    description: `Any JSON of up to ${maxValueCharacters.toLocaleString('en')} characters; an integration has up to ${maxKeys.toLocaleString('en')} keys.`,
    access: 'manage',
    body: Type.Unknown({ description: 'The value.' }),
    status: 204,
    errors: ['not_found', 'state_limit'],
  },
  deleteIntegrationStateValue: {
    ...ofOne,
    method: 'DELETE',
    summary: 'Delete a value of the state of an integration',
    access: 'manage',
    status: 204,
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
