/** Pulls and reverts, from opening one to its end. integrator.io keeps these behind its own pages. */
import { Type } from 'typebox'
import { idText, objectId } from '../../kit.ts'
import { Mention } from '../../text-mentions.ts'
import type { Operation } from '../../operation.ts'
import { choice, anyObject, list, optional, text } from '../../shared/schema-helpers.ts'
import { integrationParams } from '../integrations/integration-errors.ts'
import {
  description,
  FileNote,
  KeptResource,
  LeftOut,
  PlannedChange,
  Revision,
  revisionParams,
  RevisionProblem,
  RevisionWarning,
} from './revisions.ts'
import { DiffResponse, diffFormat } from './revision-diff.ts'

/** What a pull leaves out unless it is asked for. */
export const included = ['disabled', 'reverted'] as const
/** Conflicts that one request decides. */
const maxResolutions = 1000

/** Secrets of one resource, and characters of one of them. */
const maxSecrets = 20
const maxSecret = 10_000

/** Warnings that one request confirms: one for each resource of the largest state. */
const maxConfirmed = 10_000

/** Who manages some integrations only pulls between these, and writes what is theirs to change. */
const open = {
  tag: 'integrations',
  access: 'manage',
  extent: 'own',
  tokenLevel: 'apply',
  extension: true,
  status: 201,
  result: Revision,
  params: integrationParams,
} as const
const step = {
  tag: 'integrations',
  access: 'manage',
  extent: 'own',
  tokenLevel: 'apply',
  extension: true,
  status: 200,
  result: Revision,
  params: revisionParams,
} as const
const ofOpen = ['not_found', 'invalid_revision_state'] as const

const side = (whose: string) =>
  Type.Optional(Type.Unknown({ description: `The value ${whose}. Absent where the field, or the whole resource, is not there.` }))
const place = {
  type: text('Type of the resource: `flow`.'),
  _id: objectId({ description: 'Id that the resource has in this integration.' }),
  path: text('Field, items of lists by what identifies them: `mappings[generate=total].extract`. Empty for the resource as a whole.'),
}

const conflictId = text('Identifies the conflict within its revision.')

export const Conflict = Type.Object(
  {
    conflictId,
    ...place,
    name: text('What the resource is called.'),
    base: side('that both sides come from'),
    ours: side('in this integration'),
    theirs: side('that the revision brings'),
    ...optional({
      merged: text('Of source text: both sides in one text, with `<<<<<<< ours`, `=======`, `>>>>>>> theirs` around what contradicts.'),
      use: choice(['ours', 'theirs', 'value'], 'How it was decided. Absent while it is open.'),
      value: Type.Unknown({ description: 'The value, where it was decided by one.' }),
    }),
  },
  { description: 'What both sides changed, each in its own way.' },
)

const include = list(
  choice(
    included,
    '`disabled`: flows and APIs that the other side switched on or off are switched here too; what is new arrives disabled all the same. `reverted`: changes that were pulled before and reverted here come again.',
  ),
  'What a pull leaves out unless it is asked for.',
)
const stateHash = (which: string) => text(`Hash of the state of the integration ${which}.`)

export const RevisionPlan = Type.Object(
  {
    canApply: Type.Boolean({
      description:
        'Whether it can be applied as it is, but for warnings to confirm: something changes, no conflict and no install step is open, and there are no problems.',
    }),
    beforeRevisionHash: stateHash('now'),
    ...optional({
      transactionHash: text('Hash of what it does to that state: the revision that is opened for the same has the same.'),
      afterRevisionHash: stateHash('afterwards, where it could be applied now'),
    }),
    changes: list(PlannedChange, 'What it does. Where conflicts are open this side stands for each of them.'),
    conflicts: list(Conflict, 'What both sides changed, each in its own way.'),
    installSteps: list(anyObject('A step.'), 'What a person has to do before it can be applied.'),
    problems: list(RevisionProblem, 'Why the result could not be saved.'),
    warnings: list(RevisionWarning, 'What it does beyond the integration.'),
    kept: list(KeptResource, 'Resources that it would remove, were they not in use.'),
    leftOut: list(LeftOut, 'Of a pull: resources whose changes were pulled before and reverted here.'),
    mentions: list(Mention, 'Of a pull: texts that name documents of the other side by their ids.'),
    notes: list(FileNote, 'Of files: what does not happen, or not as somebody may expect.'),
  },
  { description: 'What a pull, a revert or files would do.' },
)

/** Files of one plan: two for each script, one for each other resource of the largest state. */
const maxPlanFiles = 20_000

export const lifecycle = {
  planRevision: {
    ...open,
    tokenLevel: 'plan',
    method: 'POST',
    path: '/v1/integrations/:_id/revisions/plan',
    summary: 'Plan a pull, a revert or an import of files',
    description:
      'Says what it would do, and stores nothing: it is tried out and taken back. Another revision may be open meanwhile. `PUT /v1/integrations/{_id}/files?dryRun=true` answers the same for an archive.',
    status: 200,
    body: Type.Object({
      type: choice(['pull', 'revert', 'files'], 'What is planned.'),
      ...optional({
        _fromIntegrationId: objectId({ description: 'Of a pull: the integration to pull from.' }),
        include,
        _revertToRevisionId: objectId({ description: 'Of a revert: the revision whose state to go back to.' }),
        to: choice(['before', 'after'], 'Of a revert: which of its two states; `before` by default.'),
        files: Type.Record(Type.String(), Type.String(), {
          description: 'Of files: their texts by their paths, as the archive of an export holds them.',
          maxProperties: maxPlanFiles,
        }),
      }),
    }),
    result: RevisionPlan,
    errors: [
      'not_found',
      'missing_required_field',
      'invalid_field',
      'invalid_ref',
      'not_a_relative',
      'invalid_revision_state',
      'invalid_archive',
      'too_many_resources',
      'request_too_large',
    ],
  },
  pullIntegration: {
    ...open,
    method: 'POST',
    path: '/v1/integrations/:_id/revisions/pull',
    summary: 'Open a pull from a related integration',
    description:
      'From the integration that this one was cloned from, or from a clone of it, in whichever environment. Merges what the other side changed since the two last had the same, field by field; `iLMIgnore` keeps fields as they are here. Connections never change: a connection that this side lacks becomes an install step, and so do stacks, EDI profiles, and the secrets of webhooks that are new here. A lookup cache that is new here brings its entries along where it says so (`includeDataInTemplatesAndCloning`); those of one that is here stay. Nothing is changed before it is applied. Which flows and APIs are on stays as it is here, and new ones arrive disabled.',
    body: Type.Object({
      _fromIntegrationId: objectId({ description: 'Integration to pull from.' }),
      description,
      ...optional({
        include,
      }),
    }),
    errors: [
      'not_found',
      'missing_required_field',
      'invalid_field',
      'invalid_ref',
      'not_a_relative',
      'nothing_to_change',
      'revision_in_progress',
      'too_many_resources',
    ],
  },
  revertIntegration: {
    ...open,
    method: 'POST',
    path: '/v1/integrations/:_id/revisions/revert',
    summary: 'Open a revert to an earlier state',
    description:
      'To the state before or after a revision of this integration. Never in conflict. Resources that were deleted since come back with their ids, later ones go to the recycle bin; connections stay as they are. A revert can be reverted.',
    body: Type.Object({
      _revertToRevisionId: objectId({ description: 'Revision whose state to go back to.' }),
      to: Type.Optional(choice(['before', 'after'], 'Which of its two states; a snapshot has only one.', { default: 'before' })),
      description,
    }),
    errors: [
      'not_found',
      'missing_required_field',
      'invalid_field',
      'invalid_ref',
      'invalid_revision_state',
      'nothing_to_change',
      'revision_in_progress',
      'too_many_resources',
    ],
  },
  listRevisionConflicts: {
    ...step,
    method: 'GET',
    path: '/v1/integrations/:_id/revisions/:_revisionId/conflicts',
    summary: 'List the conflicts of an open revision',
    description: 'Decided ones too, with how.',
    access: 'monitor',
    tokenLevel: 'read',
    extent: 'own',
    result: Type.Array(Conflict),
    empty: 'The two sides contradict each other nowhere.',
    errors: ofOpen,
  },
  resolveRevisionConflicts: {
    ...step,
    method: 'PUT',
    path: '/v1/integrations/:_id/revisions/:_revisionId/conflicts',
    summary: 'Decide conflicts of an open revision',
    description:
      'All at once with `use`, or each by its id or place; the latter wins. A value is checked at once: it has to make a resource that can be saved, and a text may hold no marks of conflicts. Answers the conflicts that are left; what the decisions together make impossible is in `problems` of the revision.',
    body: Type.Object(
      optional({
        use: choice(
          ['ours', 'theirs'],
          'Whose value to take wherever nothing else is said here. A side that was chosen before is chosen anew; a value that was sent stays.',
        ),
        conflicts: list(
          Type.Object({
            ...optional({
              conflictId,
              ...place,
              use: choice(['ours', 'theirs'], 'Whose value to take.'),
              value: Type.Unknown({ description: 'The value to take instead of both.' }),
            }),
          }),
          'Decisions on single conflicts. Each has `conflictId`, or `type`, `_id` and `path`, and either `use` or `value`.',
          { maxItems: maxResolutions },
        ),
      }),
    ),
    result: Type.Array(Conflict),
    empty: 'No conflict is left.',
    errors: [...ofOpen, 'missing_required_field', 'invalid_field', 'invalid_ref'],
  },
  completeRevisionInstallStep: {
    ...step,
    method: 'PUT',
    path: '/v1/integrations/:_id/revisions/:_revisionId/installSteps',
    summary: 'Complete an install step of an open revision',
    description:
      'Chooses a connection, a stack or an EDI profile of this environment, or makes one, in place of one that the other side uses; or sends the secrets that a step of type `secrets` asks for, as a webhook needs them that is new here. One step each time. The choice is kept for later pulls once the revision is applied. What was made stays when the revision is canceled; secrets are sealed, shown by nothing, and forgotten with its end.',
    body: Type.Object(
      optional({
        _sourceConnectionId: objectId({ description: 'Connection of the other side, as the step names it.' }),
        _connectionId: objectId({ description: 'Connection that takes its place.' }),
        connection: anyObject('A new connection to make, as for `POST /v1/connections`.'),
        _sourceStackId: objectId({ description: 'Stack of the other side, as the step names it.' }),
        _stackId: objectId({ description: 'Stack that takes its place.' }),
        stack: anyObject('A new stack to make, as for `POST /v1/stacks`.'),
        _sourceEdiProfileId: objectId({ description: 'EDI profile of the other side, as the step names it.' }),
        _ediProfileId: objectId({ description: 'EDI profile that takes its place.' }),
        ediProfile: anyObject('A new EDI profile to make, as for `POST /v1/ediprofiles`.'),
        _resourceId: objectId({ description: 'Resource of this integration, as a step of type `secrets` names it.' }),
        secrets: Type.Unsafe<Record<string, string>>({
          type: 'object',
          additionalProperties: { type: 'string', maxLength: maxSecret },
          maxProperties: maxSecrets,
          writeOnly: true,
          description: 'Its secrets, by the paths in `fields` of the step: `{"webhook.token": "..."}`.',
        }),
      }),
    ),
    errors: [...ofOpen, 'missing_required_field', 'invalid_field', 'invalid_ref', 'invalid_secret'],
  },
  applyRevision: {
    ...step,
    method: 'POST',
    path: '/v1/integrations/:_id/revisions/:_revisionId/apply',
    summary: 'Apply an open revision',
    body: Type.Object(
      optional({
        confirm: list(
          Type.String(),
          'The `id` of each warning of the revision that it is applied in spite of. Without them a revision with warnings is refused with `unconfirmed_warnings`.',
          { maxItems: maxConfirmed },
        ),
      }),
    ),
    optionalBody: true,
    description:
      'All of it in one transaction, or nothing. A pull that is refused stays open with its decisions; a revert, or what the server fails at, is `failed` then and says why. Snapshots are taken before and after. Runs that are going on finish as they began; run history, errors and the time of the last export of what stays are kept. `preSave` functions and settings forms are not asked: what is stored is what the difference showed.',
    errors: [
      ...ofOpen,
      'unresolved_conflicts',
      'open_install_steps',
      'invalid_result',
      'unconfirmed_warnings',
      'integration_changed',
      'missing_required_field',
      'invalid_field',
      'invalid_ref',
      'not_a_relative',
      'invalid_secret',
      'has_dependents',
      'too_many_resources',
    ],
  },
  refreshRevision: {
    ...step,
    method: 'POST',
    path: '/v1/integrations/:_id/revisions/:_revisionId/refresh',
    summary: 'Open a revision anew on the present state',
    description: 'Reads both sides again. Decisions on conflicts that are still the same ones, and chosen connections, are kept.',
    errors: [...ofOpen, 'not_a_relative', 'invalid_ref', 'too_many_resources'],
  },
  cancelRevision: {
    ...step,
    method: 'POST',
    path: '/v1/integrations/:_id/revisions/:_revisionId/cancel',
    summary: 'Cancel an open revision',
    description: 'It stays in the history; its difference does not.',
    errors: ofOpen,
  },
  diffIntegration: {
    tag: 'integrations',
    params: integrationParams,
    method: 'GET',
    path: '/v1/integrations/:_id/diff',
    summary: 'Compare an integration with another state',
    description:
      'Its present state, or one in its history (`from`), with the present state of a direct relative, or with a state in the history of the integration or of a direct relative. Ids of a relative are told as those that stand for them here.',
    access: 'monitor',
    extent: 'own',
    tokenLevel: 'read',
    extension: true,
    query: Type.Object({
      to: Type.Optional(idText({ description: 'Id of an integration or of a revision. It has to be named.' })),
      at: Type.Optional(choice(['before', 'after'], 'Which state of the revision; the one after it where there is one.')),
      from: Type.Optional(
        idText({ description: 'Id of a revision of the integration, whose state is compared instead of the present one.' }),
      ),
      fromAt: Type.Optional(choice(['before', 'after'], 'Which state of that revision; the one after it where there is one.')),
      format: diffFormat,
    }),
    status: 200,
    result: DiffResponse,
    errors: ['not_found', 'invalid_query_params', 'invalid_ref', 'not_a_relative', 'invalid_revision_state', 'too_many_resources'],
  },
} as const satisfies Record<string, Operation>
