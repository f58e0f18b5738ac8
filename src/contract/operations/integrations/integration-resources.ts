/** What belongs to an integration, each as by id: flows, exports, imports, connections, async helpers. Their quirks stand in docs/quirks.md. */
import { Type } from 'typebox'
import type { Operation } from '../../operation.ts'
import { resources } from '../../resources/index.ts'
import { integrationParams } from './integration-errors.ts'

/** Documents of one answer at the most. These lists have no pages, and clients read them whole; some 50 MB of flows of 5 KB. */
export const maxMembers = 10_000

const common = {
  method: 'GET',
  tag: 'integrations',
  access: 'monitor',
  extent: 'environment',
  params: integrationParams,
  status: 200,
} as const
const limited = (description: string) => Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, description })) })
const exactLimit = limited('Documents to answer with at the most.')
const oneMore = limited(
  'Documents to answer with, and one more: integrator.io answers N+1. Exactly N with `Prefer: handling=strict` or `SLUICE_STRICT=1`.',
)
const whole = `A bare array, without pages: all of them, oldest first, up to ${maxMembers.toLocaleString('en')}. \`offset\`, \`fields\` and \`sort\` are ignored.`
const unknownIsEmpty = 'An unknown integration answers 204 too, and 404 with `Prefer: handling=strict` or `SLUICE_STRICT=1`.'
const throughFlows =
  'Those that its flows use as page generators, page processors or in routers, and those that name it in `_integrationId`.'

export const integrationResources = {
  listIntegrationFlows: {
    ...common,
    partialAccess: 'filtered',
    path: '/v1/integrations/:_id/flows',
    summary: 'List the flows of an integration',
    description: `${whole} ${unknownIsEmpty}`,
    query: exactLimit,
    result: Type.Array(resources.flows.stored),
    empty: 'The integration has no flows, or there is none of this id.',
    errors: ['invalid_query_params', 'not_found'],
  },
  listIntegrationExports: {
    ...common,
    partialAccess: 'filtered',
    path: '/v1/integrations/:_id/exports',
    summary: 'List the exports of an integration',
    description: `${throughFlows} ${whole} ${unknownIsEmpty}`,
    query: oneMore,
    result: Type.Array(resources.exports.stored),
    empty: 'The integration has no exports, or there is none of this id.',
    errors: ['invalid_query_params', 'not_found'],
  },
  listIntegrationImports: {
    ...common,
    partialAccess: 'filtered',
    path: '/v1/integrations/:_id/imports',
    summary: 'List the imports of an integration',
    description: `${throughFlows} ${whole} ${unknownIsEmpty}`,
    query: oneMore,
    result: Type.Array(resources.imports.stored),
    empty: 'The integration has no imports, or there is none of this id.',
    errors: ['invalid_query_params', 'not_found'],
  },
  listIntegrationConnections: {
    ...common,
    path: '/v1/integrations/:_id/connections',
    summary: 'List the connections registered to an integration',
    description: whole,
    query: exactLimit,
    result: Type.Array(resources.connections.stored),
    empty: 'The integration has no connections.',
    errors: ['invalid_query_params', 'not_found'],
  },
  listIntegrationAsyncHelpers: {
    ...common,
    path: '/v1/integrations/:_id/asynchelpers',
    summary: 'List the async helpers of an integration',
    description: `Those that its exports and imports name, and those that name it in \`_integrationId\`. ${whole} So is \`limit\`.`,
    result: Type.Array(resources.asynchelpers.stored),
    empty: 'The integration has no async helpers.',
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
