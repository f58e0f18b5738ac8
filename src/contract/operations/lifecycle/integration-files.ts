/** An integration as files, for version control and pipelines. */
import { Type } from 'typebox'
import type { Operation } from '../../operation.ts'
import { integrationParams } from '../integrations/integration-errors.ts'
import { RevisionPlan } from './pulls-and-reverts.ts'
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
      'A ZIP archive with a file for each resource, in stable order and formatting, so that version control shows what changed. Source text of scripts lies in `.js` files. No secrets, no stamps. The same state gives the same bytes. `sluice.json` names the state as `base`, from which a later import tells what was changed in the files from what was changed in the integration. `ETag` is the hash of the state.',
    access: 'monitor',
    extent: 'environment',
    tokenLevel: 'read',
    resultType: 'application/zip',
    result: archive('The archive.'),
    errors: ['not_found', 'too_many_resources'],
  },
  importIntegrationFiles: {
    ...common,
    method: 'PUT',
    summary: 'Import an integration from files',
    description:
      'Brings the changes that the files hold into the integration, as one revision. Files of the integration itself are merged: what was changed in them since their `base`, with what was changed here since; a file that was removed takes its resource to the recycle bin. Without `base` in `sluice.json` they say what the integration becomes, and a note tells so. Files of a direct relative are merged like a pull of it, and so are files of an integration on another server: resources are known by their ids and, the first time, by their names. Applied at once, unless something is to be decided: conflicts, install steps or warnings. Then the revision is answered as `inprogress`. What no decision could mend is refused. Connections are never changed; one that is not here is asked for once, as an install step. New flows and APIs arrive disabled. A new resource needs no id: other files name it by its place, `exports/orders`, and a new group by its name. The files may lie in a folder, beside others that are none of an integration. `If-Match` with the hash of the state refuses a change of any other state. Neither `preSave` functions nor settings forms are asked, as with every revision. The header `Sluice-Warning` has the notes in short, also where nothing differs.',
    access: 'manage',
    extent: 'own',
    // Without `dryRun` it asks for more itself.
    tokenLevel: 'plan',
    query: Type.Object(
      {
        description: Type.Optional(Type.String({ maxLength: 10_240, description: 'What the revision is for; `Files` by default.' })),
        dryRun: Type.Optional(Type.Boolean({ description: 'Says what the files would do, and stores nothing.' })),
      },
      // A misspelt dryRun must not change anything.
      { additionalProperties: false },
    ),
    bodyType: 'application/zip',
    body: archive('An archive as the export makes it. File names may differ in what stands before the id.'),
    result: Type.Union([Revision, RevisionPlan], { description: 'The revision; with `dryRun` the plan of one.' }),
    empty: 'Nothing differs, and nothing was changed. With `dryRun` that is a plan without changes.',
    errors: [
      'not_found',
      'invalid_archive',
      'too_many_at_once',
      'not_a_relative',
      'precondition_failed',
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
