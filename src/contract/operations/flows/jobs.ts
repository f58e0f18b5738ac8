/** Running flows and looking at what became of the runs. */
import { Type } from 'typebox'
import { dateTime, idText, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { maxSkip } from '../../paging.ts'

/** Rows of one answer at the most. Older ones follow with `createdAt_lte` a millisecond before the last row. */
export const maxJobs = 1001

/** In a body; `none` stands for flows without an integration. */
export const integrationIds = (description: string) =>
  Type.Optional(Type.Array(Type.Union([objectId(), Type.Literal('none')]), { maxItems: 1000, description }))

const count = (description: string) => Type.Integer({ minimum: 0, description })
const maybeId = (description: string) => Type.Optional(objectId({ description }))

export const jobTypes = ['flow', 'export', 'import', 'retry', 'bulk_retry'] as const
export const jobStatuses = ['queued', 'running', 'retrying', 'completed', 'failed', 'canceled'] as const

export const job = Type.Object(
  {
    _id: objectId({ description: 'Id of the job.' }),
    type: Type.Enum([...jobTypes], {
      description:
        'A run of a flow (`flow`), one step of such a run (`export`, `import`), errors sent again (`retry`), or all errors of a step that fit a filter (`bulk_retry`).',
    }),
    status: Type.Enum([...jobStatuses], {
      description: '`completed` with `numError` above 0 is a partial failure; `failed` could not go on.',
    }),
    _flowId: objectId({ description: 'The flow that runs.' }),
    _integrationId: maybeId('The integration of the flow.'),
    _exportId: maybeId('The export, of an export job or a retry.'),
    _importId: maybeId('The import, of an import job or a retry.'),
    _flowJobId: maybeId('The run that a step job belongs to.'),
    _userId: maybeId('Who started it, or the run that it followed; absent where a schedule or an automatic retry did.'),
    _afterJobId: maybeId('The run that started it, by `_runNextFlowIds` or `_runNextExportIds` of its flow. An addition of Sluice.'),
    createdAt: dateTime({ description: 'When it was asked for.' }),
    lastModified: dateTime({ description: 'When its status or counts last changed.' }),
    startedAt: Type.Optional(dateTime({ description: 'When a worker took it up.' })),
    endedAt: Type.Optional(dateTime({ description: 'When it completed, failed or was canceled.' })),
    numExport: count('Records that its sources gave.'),
    numSuccess: count('Records that went through.'),
    numError: count('Errors that were recorded.'),
    numIgnore: count('Records that a filter or a hook left out.'),
    numPagesGenerated: count('Pages that its sources gave.'),
    numPagesProcessed: count('Pages that went through every step.'),
    numRetry: Type.Optional(
      count(
        'Of a retry: records that it was asked to send again. As many are done as succeeded, failed and were left out. An addition of Sluice.',
      ),
    ),
    oIndex: Type.Optional(Type.Integer({ minimum: 0, description: 'Position of the step in the flow, from 0.' })),
    retriable: Type.Boolean({ description: 'Whether any of its errors can be sent again.' }),
    errorMessage: Type.Optional(Type.String({ description: 'Why it failed, where it did.' })),
  },
  { description: 'A run of a flow, or of one of its steps.' },
)

const jobParams = Type.Object({ _id: objectId({ description: 'Id of the job.' }) })
/** Of one event that is given with a run. */
const maxListenerRecords = 10_000
const record = Type.Object({}, { additionalProperties: true, description: 'A record.' })

const filter = (description: string) => Type.Optional(Type.String({ description }))
const idFilter = (description: string) => Type.Optional(idText({ description }))
const number = (description: string) => Type.Optional(Type.Integer({ minimum: 0, description }))
const range = (field: string) => ({
  [field]: number(`Jobs whose \`${field}\` is this.`),
  [`${field}_gte`]: number(`Jobs whose \`${field}\` is at least this.`),
  [`${field}_lte`]: number(`Jobs whose \`${field}\` is at most this.`),
})

const lists = { tag: 'jobs', access: 'monitor', extent: 'environment', status: 200, result: Type.Array(job) } as const

export const jobs = {
  runFlow: {
    method: 'POST',
    path: '/v1/flows/:_id/run',
    tag: 'flows',
    summary: 'Run a flow',
    description:
      'Puts a run of the flow into the queue and answers at once. Runs of one flow follow each other, they do not overlap. A flow whose `disabled` is true does not run. A field that is not listed here is refused: the run would not be the one that was asked for.',
    access: 'monitor',
    extent: 'environment',
    params: Type.Object({ _id: objectId({ description: 'Id of the flow.' }) }),
    body: Type.Object({
      export: Type.Optional(
        Type.Object(
          {
            startDate: Type.Optional(dateTime({ description: 'Export what changed since then, instead of since the last run.' })),
            endDate: Type.Optional(dateTime({ description: 'Export what changed until then.' })),
          },
          { description: 'Bounds for delta exports.' },
        ),
      ),
      _exportIds: Type.Optional(Type.Array(objectId(), { maxItems: 100, description: 'Run only these page generators of the flow.' })),
      listenerData: Type.Optional(
        Type.Union([record, Type.Array(record, { maxItems: maxListenerRecords })], {
          description: `Records that the webhook of the flow gets, as if its application had sent them: one, or up to ${maxListenerRecords}. For those who may change the flow.`,
        }),
      ),
    }),
    optionalBody: true,
    refusesUnknown: true,
    status: 201,
    result: Type.Object({ _jobId: objectId({ description: 'The job to follow with `GET /v1/jobs/{_id}`.' }) }),
    errors: ['not_found', 'invalid_ref', 'invalid_field', 'unknown_field', 'flow_not_runnable', 'access_denied'],
  },
  getJob: {
    method: 'GET',
    path: '/v1/jobs/:_id',
    tag: 'jobs',
    summary: 'Get a job',
    access: 'monitor',
    extent: 'environment',
    params: jobParams,
    status: 200,
    result: job,
    errors: ['not_found'],
  },
  listJobs: {
    method: 'GET',
    path: '/v1/jobs',
    tag: 'jobs',
    summary: 'List jobs',
    description: `Newest first, at most ${maxJobs}. Runs of flows and retries need a scope of an integration, a flow, an export, an import, a job or a time; jobs of steps (\`type\` export or import) need a run or a resource.`,
    access: 'monitor',
    extent: 'environment',
    partialAccess: 'filtered',
    query: Type.Object({
      type: filter('`flow`, `export`, `import`, `retry` or `bulk_retry`; runs of flows and retries when absent.'),
      type_in: filter('Several types, separated by commas.'),
      status: filter('Jobs in this status, or in one of several separated by commas.'),
      retriable: Type.Optional(Type.Boolean({ description: 'Jobs with, or without, an error that can be sent again.' })),
      _integrationId: idFilter('Jobs of this integration.'),
      _flowId: idFilter('Jobs of this flow.'),
      _flowId_in: idFilter('Jobs of these flows, separated by commas.'),
      _exportId: idFilter('Jobs of this export.'),
      _importId: idFilter('Jobs of this import.'),
      _flowJobId: idFilter('Jobs of the steps of this run.'),
      createdAt_gte: filter('Jobs made then or later: ISO 8601, a date, or milliseconds since 1970.'),
      createdAt_lte: filter('Jobs made then or earlier.'),
      ...range('numError'),
      ...range('numSuccess'),
      ...range('numIgnore'),
      ...range('numExport'),
    }),
    status: 200,
    result: Type.Array(job),
    empty: 'No job fits.',
    errors: ['invalid_query', 'invalid_query_params'],
  },
  listLatestFlowJobs: {
    ...lists,
    method: 'GET',
    path: '/v1/flows/:_id/jobs/latest',
    summary: 'List the latest runs of a flow',
    description: `The newest run of each of its page generators, however long ago, and those that have not ended: newest first, at most ${maxJobs}.`,
    params: Type.Object({ _id: objectId({ description: 'Id of the flow.' }) }),
    empty: 'The flow has not run yet.',
    errors: ['not_found'],
  },
  listLatestIntegrationJobs: {
    ...lists,
    method: 'GET',
    path: '/v1/integrations/:_id/jobs/latest',
    summary: 'List the latest runs of the flows of an integration',
    description: `The newest run of each flow, and those that have not ended: newest first, at most ${maxJobs}.`,
    params: Type.Object({ _id: objectId({ description: 'Id of the integration.' }) }),
    empty: 'None of its flows has run yet.',
    errors: ['not_found'],
  },
  listLatestJobs: {
    reads: true,
    ...lists,
    method: 'POST',
    path: '/v1/jobs/latest',
    extension: true,
    summary: 'List the latest runs of some flows',
    description: `The newest run of each of these flows, and those of their runs that have not ended: newest first, at most ${maxJobs}. A flow that is not there, or that the caller does not see, has none.`,
    partialAccess: 'filtered',
    body: Type.Object({ _flowIds: Type.Array(objectId(), { minItems: 1, maxItems: 1000, description: 'The flows.' }) }),
    empty: 'None of them has run yet.',
    errors: ['missing_required_field', 'invalid_field'],
  },
  listCurrentJobs: {
    reads: true,
    ...lists,
    method: 'POST',
    path: '/v1/jobs/current',
    summary: 'List the runs that are going on',
    description: `Runs of flows and retries that are queued or running, newest first, ${maxJobs} a page. Without a body all of them. A filter that is not known is refused, and an empty list is none.`,
    partialAccess: 'filtered',
    query: Type.Object({
      skip: Type.Optional(Type.Integer({ minimum: 0, maximum: maxSkip, description: 'Runs to pass over before the page begins.' })),
    }),
    body: Type.Object(
      {
        _integrationId: maybeId('Runs of flows of this integration.'),
        _integrationIds: integrationIds('Runs of flows of one of these integrations; `none` for flows without one.'),
        _flowId: maybeId('Runs of this flow.'),
        _flowIds: Type.Optional(Type.Array(objectId(), { maxItems: 1000, description: 'Runs of one of these flows.' })),
        status: Type.Optional(
          Type.Array(Type.Enum(['queued', 'running', 'retrying', 'canceling']), {
            maxItems: 4,
            description: 'Runs in one of these statuses. None is `retrying` or `canceling` here: a run that is canceled has ended.',
          }),
        ),
        sandbox: Type.Optional(Type.Boolean({ description: 'Means nothing: the environment is that of the request.' })),
      },
      { additionalProperties: true },
    ),
    optionalBody: true,
    result: Type.Object({
      jobs: Type.Array(job, { description: 'The runs.' }),
      nextPageURL: Type.Optional(
        Type.String({ description: 'Path of the next page, to be asked with the same body; absent on the last one.' }),
      ),
    }),
    empty: 'Nothing is going on.',
    errors: ['invalid_field', 'invalid_query_params'],
  },
  cancelJob: {
    method: 'PUT',
    path: '/v1/jobs/:_id/cancel',
    tag: 'jobs',
    summary: 'Cancel a job',
    access: 'manage',
    extent: 'environment',
    params: jobParams,
    status: 200,
    result: job,
    errors: ['not_found'],
    description: 'A waiting run never starts; a running one stops after the page it is at. A job that has ended stays as it is.',
  },
} as const satisfies Record<string, Operation>
