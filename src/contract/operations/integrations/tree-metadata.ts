/** How an integration and its children are built: steps, groups and connections, without flows. */
import { Type } from 'typebox'
import type { Operation } from '../../operation.ts'
import { resources } from '../../resources/index.ts'
import { integrationParams } from './integration-errors.ts'

/** Children of one answer at the most. An Integration App has one for each store or subsidiary. */
export const maxChildren = 1000

/** Lists that are always there, empty where the integration has none. */
export const treeLists = [
  'installSteps',
  'uninstallSteps',
  'changeEditionSteps',
  'flowGroupings',
  'apiGroupings',
  '_registeredConnectionIds',
] as const
/** What else is answered, as far as the integration has it. */
export const treeFields = [
  'mode',
  'version',
  'updateInProgress',
  'childDisplayName',
  'initChild',
  '_connectorId',
  '_templateId',
  '_parentId',
  'createdAt',
  'lastModified',
] as const

const { stored } = resources.integrations
const metadata = Type.Object(
  {
    _id: stored.properties._id,
    name: stored.properties.name,
    ...Type.Required(Type.Pick(stored, [...treeLists])).properties,
    ...Type.Pick(stored, [...treeFields]).properties,
  },
  { description: 'How an integration is built.' },
)

export const treeMetadata = {
  getIntegrationTreeMetadata: {
    method: 'GET',
    path: '/v1/integrations/:_id/tree/metadata',
    tag: 'integrations',
    summary: 'Get how an integration and its children are built',
    description: `Children are the integrations whose \`_parentId\` is this one, one level, oldest first, up to ${maxChildren.toLocaleString('en')}.`,
    access: 'monitor',
    extent: 'environment',
    params: integrationParams,
    status: 200,
    result: Type.Object({
      integration: metadata,
      childIntegrations: Type.Array(metadata, { description: 'Its children; empty where it has none.' }),
    }),
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
