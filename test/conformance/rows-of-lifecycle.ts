/** Clones, revisions, what is bound to a share, and Integration Apps. */
import { of, type Rows } from './row.ts'

const clones = of('clones')
const family = of('clone-family')
const assignment = of('error-assignment')
const revisions = of('revisions')
const app = of('app-lifecycle')

/** What the two operations have in common that answer within a share only. */
const withinShare = (name: string): Readonly<Record<string, readonly string[]>> => ({
  '403': family(
    `${name} > 403 get_not_allowed without the header, in the documented words`,
    `${name} > 403 invalid_header_value where it is malformed`,
  ),
  '404': family(`${name} > 404 for an integration that is not there`),
  'Without `integrator-ashareid`: 403 `get_not_allowed`': family(
    `${name} > 403 get_not_allowed without the header, in the documented words`,
  ),
  "Somebody else's share: 404 `access_restricted`": family(`${name} > 404 access_restricted where it is somebody else's`),
  'A malformed header: 403 `invalid_header_value`': family(`${name} > 403 invalid_header_value where it is malformed`),
})

export const lifecycle: Rows = {
  previewCloneIntegration: {
    '200': clones('the preview > lists the integration and everything it needs, with models and the ids of the originals'),
    '400': clones('the preview > and clone refuse an integration with tools (preview)'),
    '404': clones('the preview > of an unknown integration and of another account is 404'),
    'Nothing is made': clones('the preview > shows no secret and makes nothing'),
    '`stackRequired` and `_stackId` tell of a stack': clones('the preview > names the stack that serves a hook, or a wrapper connection'),
  },
  cloneIntegration: {
    '200': clones('a clone within the environment > is a copy of every document but the connections, each with the id of its source'),
    '404': clones('no clone, and nothing changed, > of an unknown, a deleted and another account’s integration'),
    '`connectionMap` binds the clone to other connections': clones(
      'a clone within the environment > works over the connections of its map',
    ),
    'The clone knows its source (`_sourceId`)': clones('a clone within the environment > can be cloned again, and each knows its source'),
  },
  listIntegrationCloneFamily: {
    '200': family('the clone family > is the same seen from original: the original and every clone, across environments'),
    ...withinShare('clonefamily'),
    'Clones of clones belong to it, across environments': family(
      'the clone family > is the same seen from of the first: the original and every clone, across environments',
    ),
  },
  getIntegrationILMIgnoreFields: {
    '200': family('the fields that a pull can leave alone > by type, in the singular'),
    ...withinShare('iLMIgnore'),
  },
  assignIntegrationErrors: {
    '200': assignment('assigning errors across an integration > 200 within a share, of whichever flow'),
    '400': assignment(
      ...['no errors', 'more than 1,000', 'no list of errors', 'no address', 'what is no address'].map(
        (what) => `assigning errors of a step > is a bad request, as documented: ${what}`,
      ),
      'assigning errors across an integration > 403 invalid_header_value, 404 access_restricted, 400 for an unknown address, 404 for an unknown integration',
    ),
    '403': assignment(
      'assigning errors across an integration > 403 invalid_header_value, 404 access_restricted, 400 for an unknown address, 404 for an unknown integration',
    ),
    '404': assignment(
      'assigning errors across an integration > 404 invalid_ref without the header, in the documented words, and 200 with strictness',
    ),
    'Somebody else’s share: 404 `access_restricted`': assignment(
      'assigning errors across an integration > 403 invalid_header_value, 404 access_restricted, 400 for an unknown address, 404 for an unknown integration',
    ),
    'Errors stay open': assignment('assigning errors of a step > with a plain token: those that are open, and the answer names them'),
    'About 1,000 errors at once': assignment(
      'assigning errors of a step > is a bad request, as documented: more than 1,000',
      'assigning errors of a step > 404 for a flow that is not there; 1,000 at once are one request',
    ),
    'The same for one step needs no header': assignment(
      'assigning errors of a step > with a plain token: those that are open, and the answer names them',
    ),
  },
  listIntegrationRevisions: {
    '200': revisions('the history > is empty without a body, then newest first, in pages if asked'),
    '204': revisions('the history > is empty without a body, then newest first, in pages if asked'),
    'Newest first': revisions('the history > is empty without a body, then newest first, in pages if asked'),
  },
  getIntegrationRevision: {
    '200': revisions('a snapshot > is done at once, with every documented field'),
    '404': revisions('the history > says which of the two ids is unknown'),
    'The 404 names `_revisionId` or `_integrationId`': revisions('the history > says which of the two ids is unknown'),
  },
  createIntegrationRevision: {
    '201': revisions('a snapshot > is done at once, with every documented field'),
    '400': revisions('a snapshot > needs a description, and an integration'),
    '404': revisions('a snapshot > needs a description, and an integration'),
    'A snapshot is completed at once': revisions('a snapshot > is done at once, with every documented field'),
    'A description is required': revisions('a snapshot > needs a description, and an integration'),
  },
  getIntegrationRevisionDiff: {
    '200': of('pull')('a pull > brings changes under the ids of this side, and leaves names, connections, schedules and what is off'),
    '400': revisions('the history > has no difference for a snapshot'),
    '404': revisions('the history > says which of the two ids is unknown'),
    'A snapshot has none: 400 `invalid_revision_state`': revisions('the history > has no difference for a snapshot'),
  },
}

export const apps: Rows = {
  resumeIntegration: {
    '200': app('an installation whose licence ends > is not resumed without a valid licence, and stays paused until it is'),
    '404': app('an integration that is no installation > that is unknown is a 404'),
    '422': app('an integration that is no installation > is refused word for word'),
  },
  changeIntegrationEdition: {
    '200': app('a change of the edition > runs the function with both editions, and brings the resources of the new one'),
    '404': app('an integration that is no installation > that is unknown is a 404'),
    '422': app('an integration that is no installation > is refused word for word'),
  },
  initChildIntegration: {
    '200': app('a child > is what initChild returns, below its parent, with the resources of the edition for children'),
    '404': app('an integration that is no installation > that is unknown is a 404'),
    '422': app('an integration that is no installation > is refused word for word'),
    'No init script: `invalid_ref`, `Script fields invalid or not found.`': app(
      'a child > is not made of what is no integration, nor where the script is gone',
    ),
  },
  detachIntegrationLicense: {
    '204': app('an integration that is no installation > has no licence to detach, which is no mistake'),
    '404': app('an integration that is no installation > that is unknown is a 404'),
    'A second time is 204 too': app(
      'an installation whose licence ends > whose licence was detached, twice, pauses and resumes under one that is free',
    ),
  },
}
