/** Which connections people with access to an integration may use. Registering binds nothing: no step changes its connection. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { integrationParams } from './integration-errors.ts'

const connection = objectId({ description: 'Id of the connection.' })
const common = { tag: 'integrations', access: 'manage', extent: 'environment', status: 204 } as const
const byPath = {
  ...common,
  path: '/v1/integrations/:_id/connections/:_connectionId/register',
  params: Type.Object({ ...integrationParams.properties, _connectionId: connection }),
} as const
const effect = 'Answers alike where nothing was to change. Where something was, `lastModified` of the integration moves.'

export const registration = {
  registerConnectionToIntegration: {
    ...byPath,
    method: 'PUT',
    summary: 'Register a connection to an integration',
    description: `${effect} Connections that the flows of an integration use are registered when a flow or a step of it is saved.`,
    errors: ['not_found'],
  },
  registerConnectionToIntegrationByBody: {
    ...common,
    method: 'PUT',
    path: '/v1/integrations/:_id/connections/register',
    summary: 'Register a connection to an integration, named in the body',
    description: effect,
    params: integrationParams,
    body: Type.Object({ _connectionId: connection }),
    errors: ['not_found', 'missing_required_field', 'invalid_field'],
  },
  unregisterConnectionFromIntegration: {
    ...byPath,
    method: 'DELETE',
    summary: 'Take the registration of a connection from an integration',
    description: `${effect} The connection stays, and so do the steps that use it.`,
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
