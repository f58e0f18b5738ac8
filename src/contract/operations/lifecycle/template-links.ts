/** Links to integrations and flows as files to take away: they need no token, and expire. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { integrationParams } from '../integrations/integration-errors.ts'

const common = {
  method: 'GET',
  access: 'monitor',
  extent: 'environment',
  status: 200,
  result: Type.Object(
    {
      signedURL: Type.String({
        format: 'uri',
        description: 'Address of the ZIP archive at this server. It needs no token: anybody with the link can download the archive.',
      }),
      expiresAt: dateTime({
        description: 'Until when it works: for a quarter of an hour, and no longer than the user may see what it is of.',
      }),
    },
    { description: 'A link to an archive.' },
  ),
  errors: ['not_found', 'app_resource_locked'],
} as const
const what =
  'The archive is made when it is fetched, in the layout of `GET /v1/integrations/{_id}/files`, without secrets and stamps, and `PUT /v1/integrations/{_id}/files` takes it on any server.'

export const templateLinks = {
  getIntegrationTemplate: {
    ...common,
    tag: 'integrations',
    path: '/v1/integrations/:_id/template',
    summary: 'Get a link to an integration as files',
    description: `${what} What belongs to an Integration App is installed with it, and has none.`,
    params: integrationParams,
  },
  getFlowTemplate: {
    ...common,
    tag: 'flows',
    path: '/v1/flows/:_id/template',
    summary: 'Get a link to a flow as files',
    description: `The flow, its steps and what they need, as an integration of the name of the flow. ${what}`,
    params: Type.Object({ _id: objectId({ description: 'Id of the flow.' }) }),
  },
} as const satisfies Record<string, Operation>
