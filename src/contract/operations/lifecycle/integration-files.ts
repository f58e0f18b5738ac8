/** An integration as files, for version control and pipelines. */
import { Type } from 'typebox'
import type { Operation } from '../../operation.ts'
import { integrationParams } from '../integrations/integration-errors.ts'
import { Revision } from './revisions.ts'

const common = {
  tag: 'integrations',
  path: '/v1/integrations/:_id/files',
  params: integrationParams,
  extension: true,
  status: 200,
} as const
const archive = (description: string) => Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary', description })

export const integrationFiles = {
  exportIntegrationFiles: {
    ...common,
    method: 'GET',
    summary: 'Export an integration as files',
    description:
      'A ZIP archive with a file for each resource, in stable order and formatting, so that version control shows what changed. Source text of scripts lies in `.js` files. No secrets, no stamps. The same state gives the same bytes.',
    access: 'monitor',
    extent: 'environment',
    resultType: 'application/zip',
    result: archive('The archive.'),
    errors: ['not_found', 'too_many_resources'],
  },
  importIntegrationFiles: {
    ...common,
    method: 'PUT',
    summary: 'Import an integration from files',
    description:
      'Brings the integration into the state that the files hold, as one revision. Files of the integration itself say what it becomes: what they lack goes to the recycle bin. Files of a direct relative are merged like a pull of it. Applied at once, unless something is to be decided: conflicts, install steps, problems or warnings. Then the revision is answered as `inprogress`. Connections are never changed. Neither `preSave` functions nor settings forms are asked, as with every revision.',
    access: 'manage',
    extent: 'own',
    reach: 'account',
    query: Type.Object({
      description: Type.Optional(Type.String({ maxLength: 10_240, description: 'What the revision is for; `Files` unless told.' })),
    }),
    bodyType: 'application/zip',
    body: archive('An archive as the export makes it. File names may differ in what stands before the id.'),
    result: Revision,
    empty: 'Nothing differs, and nothing was changed.',
    errors: [
      'not_found',
      'invalid_archive',
      'too_many_at_once',
      'not_a_relative',
      'revision_in_progress',
      'missing_required_field',
      'invalid_field',
      'invalid_ref',
      'invalid_secret',
      'has_dependents',
      'too_many_resources',
      'invalid_query_params',
    ],
  },
} as const satisfies Record<string, Operation>
