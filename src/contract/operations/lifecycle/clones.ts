/** Copies of integrations, flows, exports and imports, with everything that they need. */
import { Type } from 'typebox'
import { ClonePreviewResponse, CloneRequest, CloneResponse, partOf, responseOf } from '../../clone.ts'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { descriptionBounds, text } from '../../shared/schema-helpers.ts'
import { api } from '../../resources/api.ts'
import { exportResource } from '../../resources/export.ts'
import { flow } from '../../resources/flow.ts'
import { importResource } from '../../resources/import.ts'
import { integrationParams } from '../integrations/integration-errors.ts'

const refusals = [
  'not_found',
  'missing_required_field',
  'invalid_field',
  'invalid_ref',
  'tools_not_supported',
  'too_many_resources',
  'app_resource_locked',
] as const

const part = <C extends string>(collection: C, name: string) =>
  ({
    tag: collection,
    method: 'POST',
    path: `/v1/${collection}/:_id/clone`,
    summary: `Clone ${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`,
    access: 'manage',
    extent: 'environment',
    partialAccess: 'account',
    params: Type.Object({ _id: objectId({ description: `Id of the ${name}.` }) }),
    optionalBody: true,
    status: 201,
    errors: refusals,
  }) as const

export const clones = {
  previewCloneIntegration: {
    tag: 'integrations',
    params: integrationParams,
    method: 'GET',
    path: '/v1/integrations/:_id/clone/preview',
    summary: 'Preview cloning an integration',
    description:
      'The integration and everything that its flows need, as it is now. Nothing is made. Scripts in the list would be a part of the clone; none of them runs when it is made.',
    access: 'monitor',
    extent: 'environment',
    status: 200,
    result: ClonePreviewResponse,
    errors: ['not_found', 'tools_not_supported', 'too_many_resources'],
  },
  cloneIntegration: {
    tag: 'integrations',
    params: integrationParams,
    method: 'POST',
    path: '/v1/integrations/:_id/clone',
    summary: 'Clone an integration',
    description:
      'Makes a copy of what the preview shows, all of it or nothing. Ids within it are those of the copies, also in settings and in texts such as templates; source text of scripts stays as it is, and where it names a document of the original by its id, the header `Sluice-Warning` says so. Its flows and APIs are disabled until somebody enables them; secrets, runs, errors and state stay with the original; entries of lookup caches go along where the cache says so. References to what is not copied are kept within an environment and left out in another one. No script runs.',
    access: 'manage',
    extent: 'own',
    partialAccess: 'account',
    body: CloneRequest,
    optionalBody: true,
    status: 200,
    result: CloneResponse,
    errors: refusals,
  },
  cloneFlow: {
    ...part('flows', 'flow'),
    description: 'Copies the flow, its steps and what they need into an integration. The copy is disabled until somebody enables it.',
    body: partOf('flow', { _integrationId: objectId({ description: 'Integration that the clone belongs to. It has to be named.' }) }),
    result: responseOf(flow.stored),
  },
  cloneExport: {
    ...part('exports', 'export'),
    description: 'Copies the export and what it needs, without flows.',
    body: partOf('export', {}),
    result: responseOf(exportResource.stored),
  },
  cloneApi: {
    ...part('apis', 'API'),
    description:
      'Copies an API of steps, its steps and what they need as another version. The copy is disabled until somebody enables it. APIs that are scripts are not cloned.',
    body: partOf('API', {
      description: text('Description of the clone. That of the API where it is absent.', descriptionBounds),
      version: text('Version of the clone, another one than that of the API. It has to be named.', { pattern: '^[a-zA-Z0-9\\-_\\.]+$' }),
    }),
    result: responseOf(api.stored),
  },
  cloneImport: {
    ...part('imports', 'import'),
    description: 'Copies the import and what it needs, without flows.',
    body: partOf('import', {}),
    result: responseOf(importResource.stored),
  },
} as const satisfies Record<string, Operation>
