/** Revisions: the history of an integration, of which each entry is a state that it was in. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import { Mention } from '../../text-mentions.ts'
import type { Operation } from '../../operation.ts'
import { maxLimit, maxSkip } from '../../paging.ts'
import { choice, anyObject, list, optional, text } from '../../shared/schema-helpers.ts'
import { DiffResponse, diffFormat } from './revision-diff.ts'
import { integrationParams } from '../integrations/integration-errors.ts'

export const revisionTypes = ['snapshot', 'pull', 'revert'] as const
export const revisionStatuses = ['inprogress', 'completed', 'failed', 'canceled'] as const

const hash = (description: string) => text(`${description} SHA-256: equal states have equal hashes, wherever they are.`)

const resource = {
  type: text('Type of the resource: `flow`.'),
  _id: objectId({ description: 'Id that the resource has in this integration.' }),
}
export const RevisionProblem = Type.Object({
  ...resource,
  path: text('Dotted path of the field at fault.'),
  message: text('What is wrong with it.'),
})

export const RevisionWarning = Type.Object({
  id: text('What to confirm it by. Another one as soon as it says something else.'),
  code: choice(
    ['shared_resource', 'taken_back', 'moved_here', 'moved_away', 'id_in_script'],
    '`shared_resource`: something outside the integration uses what is changed. `taken_back`: what was moved to another integration, or is only used there, is overwritten and comes back. `moved_here`: what was moved here since the state to go back to is deleted. `moved_away`: what is written comes to lie in another integration. `id_in_script`: source text that comes along names a document of the other side by its id.',
  ),
  ...resource,
  name: text('What the resource is called.'),
  message: text('What happens, for people.'),
})

const named = { ...resource, name: text('What the resource is called.') }

const doneFields = {
  change: choice(
    ['created', 'updated', 'deleted', 'restored'],
    'What was done. `deleted`: to the recycle bin. `restored`: out of it, and brought into the state that was wanted.',
  ),
  collection: text('Collection of the resource: `flows`.'),
  ...named,
}
export const DoneChange = Type.Object(doneFields, { description: 'What became of a resource.' })
export const PlannedChange = Type.Object(
  {
    ...doneFields,
    ...optional({ fields: list(anyObject('A field.'), 'Of an updated resource: what changes in it, as in a diff with `format=changes`.') }),
  },
  { description: 'What would become of a resource.' },
)

export const LeftOut = Type.Object(named)
export const KeptResource = Type.Object(
  { ...named, message: text('What uses it, for people.') },
  { description: 'A resource that is not removed, since something uses it.' },
)

export const FileNote = Type.Object(
  {
    code: choice(
      ['no_base', 'ignored_file', 'unused_file', 'connection_kept', 'newer_here', 'arrives_disabled'],
      '`no_base`: the manifest names no state that the files were made of, so they took the place of the whole integration. `ignored_file`: it lies where no file of an integration lies. `unused_file`: nothing of the integration uses the resource, which was left out. `connection_kept`: a connection was edited, and files change none. `newer_here`: the resource was changed here since the files were made, and that stays. `arrives_disabled`: a new flow or API.',
    ),
    message: text('What happened, for people.'),
    ...optional({
      file: text('The file that it is about.'),
      field: text('Dotted path of the field that it is about.'),
      type: resource.type,
      _id: resource._id,
      name: named.name,
    }),
  },
  { description: 'What files hold and what did not happen, or not as somebody may expect. Nobody has to confirm it.' },
)

export const Revision = Type.Object(
  {
    _id: objectId({ description: 'Id of the revision.' }),
    _integrationId: objectId({ description: 'Integration whose history it belongs to.' }),
    type: choice(
      revisionTypes,
      'Whether it holds a state (`snapshot`), brings changes of a related integration (`pull`), or goes back to an earlier state (`revert`).',
    ),
    status: choice(
      revisionStatuses,
      'Open (`inprogress`): it can be applied or canceled. Done, failed while it was applied, or canceled before: nothing changes it any more.',
    ),
    createdAt: dateTime({ description: 'When it was opened, in UTC.' }),
    ...optional({
      _fromIntegrationId: objectId({ description: 'Integration that the changes come from; of a snapshot the integration itself.' }),
      _fromIntegrationEnvId: objectId({ description: 'Environment of that integration.' }),
      fromIntegrationName: text('What that integration was called then.'),
      description: text('What it holds or does, in the words of whoever opened it.'),
      beforeRevisionHash: hash('Hash of the state before the revision.'),
      transactionHash: hash('Hash of what the revision does to that state. Pulls and reverts have one.'),
      afterRevisionHash: hash('Hash of the state once it was applied. Pulls and reverts have one.'),
      _revertToRevisionId: objectId({ description: 'Of a revert: the revision whose state it goes back to.' }),
      revertToRevisionHash: hash('Of a revert: the hash of the state that it goes back to.'),
      _createdByUserId: objectId({ description: 'User who opened it.' }),
      installSteps: list(
        anyObject('A step.'),
        'What a person has to do before it can be applied, by `type`: a `connection`, a `stack` or an `ediProfile` to choose or to make in place of the one of the other side, and `secrets` to send for what comes without them.',
      ),
      lastModified: dateTime({ description: 'When it last changed, in UTC.' }),
      error: text('Of a failed revision: why.', { 'x-sluice-extension': true }),
      problems: list(RevisionProblem, 'Why the result of an open revision could not be saved: it is not applied until they are gone.', {
        'x-sluice-extension': true,
      }),
      leftOut: list(
        LeftOut,
        'Of a pull: resources whose changes were pulled before and reverted here. They are left out; a pull that includes `reverted` brings them again.',
        { 'x-sluice-extension': true },
      ),
      warnings: list(RevisionWarning, 'What the revision does beyond its integration. Applying it needs the `id` of each as `confirm`.', {
        'x-sluice-extension': true,
      }),
      kept: list(KeptResource, 'Resources that it would remove, were they not in use: they stay.', { 'x-sluice-extension': true }),
      notes: list(FileNote, 'Of files: what did not happen, or not as somebody may expect.', { 'x-sluice-extension': true }),
      filesHash: text('Of files: the hash of the state that they hold. As `base` in `sluice.json` it makes files go on from these ones.', {
        'x-sluice-extension': true,
      }),
      changes: list(DoneChange, 'What was done. Only the answer that applies a revision has it; later its diff tells.', {
        'x-sluice-extension': true,
      }),
      mentions: list(
        Mention,
        'Of a pull: texts of what it brings that name documents of the other side by their ids, the first 100. They get the ids of this side, but for source text of scripts.',
        { 'x-sluice-extension': true },
      ),
    }),
  },
  { description: 'An entry in the history of an integration.' },
)

export const revisionParams = Type.Object({
  ...integrationParams.properties,
  _revisionId: objectId({ description: 'Id of the revision.' }),
})
const common = { tag: 'integrations', params: integrationParams } as const
const one = { tag: 'integrations', params: revisionParams } as const

export const description = text('What the revision is for, in words that the next person understands.', { minLength: 1, maxLength: 10_240 })

export const revisions = {
  listIntegrationRevisions: {
    ...common,
    method: 'GET',
    path: '/v1/integrations/:_id/revisions',
    summary: 'List revisions for an integration',
    description: 'Newest first.',
    access: 'monitor',
    tokenLevel: 'read',
    extent: 'environment',
    query: Type.Object({
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          description: `Revisions of one page, ${maxLimit} by default and at the most.`,
          'x-sluice-extension': true,
        }),
      ),
      skip: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: maxSkip,
          description: 'Revisions to pass over before the page begins.',
          'x-sluice-extension': true,
        }),
      ),
    }),
    status: 200,
    result: Type.Array(Revision),
    empty: 'The integration has no revisions yet.',
    paged: true,
    errors: ['not_found', 'invalid_query_params'],
  },
  getIntegrationRevision: {
    ...one,
    method: 'GET',
    path: '/v1/integrations/:_id/revisions/:_revisionId',
    summary: 'Get a revision',
    access: 'monitor',
    tokenLevel: 'read',
    extent: 'environment',
    status: 200,
    result: Revision,
    errors: ['not_found'],
  },
  createIntegrationRevision: {
    ...common,
    method: 'POST',
    path: '/v1/integrations/:_id/revisions/create',
    summary: 'Create a snapshot revision',
    description:
      'Holds the state that the integration is in. Done at once. Only what differs from states that are already there takes room.',
    access: 'manage',
    tokenLevel: 'apply',
    extent: 'environment',
    body: Type.Object({ description }),
    badBody: true,
    status: 201,
    result: Revision,
    errors: ['not_found', 'bad_field', 'bad_missing_field', 'invalid_field', 'too_many_resources'],
  },
  getIntegrationRevisionDiff: {
    ...one,
    method: 'GET',
    path: '/v1/integrations/:_id/revisions/:_revisionId/diff',
    summary: 'Diff a pending revision',
    description: 'What a pull or a revert does, as soon as it is open and as long as it is neither canceled nor failed.',
    access: 'monitor',
    tokenLevel: 'read',
    extent: 'environment',
    query: Type.Object({ format: diffFormat }),
    status: 200,
    result: DiffResponse,
    errors: ['not_found', 'invalid_revision_state', 'invalid_query_params'],
  },
} as const satisfies Record<string, Operation>
