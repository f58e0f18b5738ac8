/** What is done to all open errors that fit a filter, of a step, a flow or an integration: a job that is counted, followed and canceled. */
import { Type } from 'typebox'
import { dateTime, idText, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { bodyFilter } from './flow-errors.ts'
import { maxTags } from './matching-errors.ts'

/** Errors that one job changes or writes: more need another one. */
export const maxErrorsOfJob = 1_000_000
/** Jobs of an environment that have not ended. Each holds a worker up for a part of a second at a time. */
export const maxOpenErrorJobs = 20
/** Downloads of an environment whose files are kept. */
export const maxKeptDownloads = 100
/** Jobs of one answer at the most. */
export const maxErrorJobs = 100
/** How long a job is kept after its end, and its file. */
export const hoursKept = 24

export const errorActions = ['retry', 'resolve', 'assign', 'tag', 'download'] as const
export const errorJobStatuses = ['queued', 'running', 'completed', 'failed', 'canceled'] as const

const id = (description: string) => Type.Optional(objectId({ description }))
const scope = {
  _integrationId: id('The integration, of all of whose flows errors are meant.'),
  _flowId: id('The flow; of all of its steps unless `_stepId` names one.'),
  _stepId: id('The export or import of the flow.'),
}
const asked = {
  action: Type.Enum([...errorActions], {
    description: 'What is done: `retry` sends their records again, by a retry of each step; `download` writes them as CSV.',
  }),
  filter: bodyFilter(
    'Which open errors, with the filters of the list of errors; `{}` is all. What comes after the request stays as it is.',
  ),
  email: Type.Optional(
    Type.String({ format: 'email', maxLength: 320, description: 'Of `assign`: address of a user who may work in the account.' }),
  ),
  tagIds: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: maxTags,
      description: 'Of `tag`: tags that they have then in place of others, by their `tagId`; an empty list takes them away.',
    }),
  ),
}
const count = (description: string) => Type.Integer({ minimum: 0, description })

const errorJob = Type.Object(
  {
    _id: objectId({ description: 'Id of the job.' }),
    ...scope,
    ...asked,
    status: Type.Enum([...errorJobStatuses], { description: 'How it is. The last three are final.' }),
    numTotal: Type.Optional(count('How many errors fit; absent until they are counted.')),
    numDone: count('How many of them are done. Of a retry: whose records were handed over to a run.'),
    _jobIds: Type.Optional(Type.Array(objectId(), { description: 'Of a retry: the runs that send the records, one for each step.' })),
    errorMessage: Type.Optional(Type.String({ description: 'Why it failed, or what of it was not done.' })),
    _userId: objectId({ description: 'Who asked for it.' }),
    createdAt: dateTime({ description: 'When it was asked for.' }),
    lastModified: dateTime({ description: 'When it last came further.' }),
    endedAt: Type.Optional(dateTime({ description: 'When it completed, failed or was canceled.' })),
  },
  { description: 'Something that is done to all errors that fit a filter.' },
)

const common = { tag: 'errors', access: 'monitor', extent: 'environment', partialAccess: 'filtered', extension: true } as const
const params = Type.Object({ _id: objectId({ description: 'Id of the job.' }) })

export const errorJobs = {
  startErrorJob: {
    ...common,
    method: 'POST',
    path: '/v1/errors/jobs',
    summary: 'Retry, resolve, assign, tag or download all open errors that fit a filter',
    description: `Of an integration, a flow or a step, up to ${maxErrorsOfJob.toLocaleString('en')} errors. The job is done in steps of some thousand, each whole; a server that dies leaves the rest to another one. It goes on record once. At most ${maxOpenErrorJobs} jobs of an environment are under way, and ${maxKeptDownloads} downloads are kept.`,
    body: Type.Object({ ...scope, ...asked }),
    refusesUnknown: true,
    status: 201,
    result: errorJob,
    errors: [
      ...(['not_found', 'missing_required_field', 'invalid_field', 'invalid_ref', 'unknown_field', 'bad_request'] as const),
      'too_many_at_once',
    ],
  },
  listErrorJobs: {
    ...common,
    method: 'GET',
    path: '/v1/errors/jobs',
    summary: 'List what is done to all errors that fit a filter',
    description: `Newest first, at most ${maxErrorJobs}: those under way, and those that ended within ${hoursKept} hours.`,
    query: Type.Object({
      _integrationId: Type.Optional(idText({ description: 'Jobs of this integration and its flows.' })),
      _flowId: Type.Optional(idText({ description: 'Jobs of this flow.' })),
    }),
    status: 200,
    result: Type.Array(errorJob),
    empty: 'There is none.',
    errors: ['invalid_query_params'],
  },
  getErrorJob: {
    ...common,
    method: 'GET',
    path: '/v1/errors/jobs/:_id',
    summary: 'Get how far something is that is done to all errors that fit a filter',
    params,
    status: 200,
    result: errorJob,
    errors: ['not_found'],
  },
  cancelErrorJob: {
    ...common,
    method: 'PUT',
    path: '/v1/errors/jobs/:_id/cancel',
    summary: 'Cancel what is done to all errors that fit a filter',
    description: 'What it has done stays done; runs that a retry has started go on. A job that has ended stays as it is.',
    params,
    status: 200,
    result: errorJob,
    errors: ['not_found'],
  },
  downloadErrorJob: {
    ...common,
    method: 'GET',
    path: '/v1/errors/jobs/:_id/csv',
    summary: 'Download the errors that a job has written as CSV',
    description: `Of a \`download\` that is completed, for ${hoursKept} hours. Texts that a spreadsheet would take for a formula begin with an apostrophe.`,
    params,
    status: 200,
    result: Type.String({ description: 'The file.' }),
    resultType: 'text/csv',
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
