/** The errors of a flow's steps: look, correct, send again, resolve. */
import { Type } from 'typebox'
import { dateTime, idText, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

/** Errors in one page of a step's errors. */
export const errorsPerPage = 1000
/** Errors or retry data keys in one request at the most. */
export const maxBatch = 1000

/** What errors are classified as, by rule. Those of the first line pass by themselves, and are retried. */
export const classifications = [
  ...(['intermittent', 'rate_limit'] as const),
  ...(['value', 'missing', 'duplicate', 'parse', 'too_large', 'connection'] as const),
] as const
export type Classification = (typeof classifications)[number]

/** Errors of a step whose records are kept: its newest. */
export const maxRetryData = 20_000

const flowParams = { _id: objectId({ description: 'Id of the flow.' }) }
const stepParams = { ...flowParams, _stepId: objectId({ description: 'Id of the export or import.' }) }
const dataParams = Type.Object({
  ...stepParams,
  retryDataKey: idText({ description: 'Key of the retry data, as an error names it.' }),
})
const text = (description: string) => Type.String({ description })

const error = {
  errorId: text('Id of the error.'),
  occurredAt: dateTime({ description: 'When it happened.' }),
  source: text('Where it comes from: `application`, `connection`, `mapping`, ...'),
  code: text('What kind of error; of an application, its HTTP status.'),
  message: text('What the application or the step said.'),
  traceKey: Type.Optional(text('Identifies the record.')),
  exportDataURI: Type.Optional(text('Address of the record in the application that it came from, by the `dataURITemplate` of its export.')),
  importDataURI: Type.Optional(
    text('Address of the record in the application that it was going to, by the `dataURITemplate` of the import.'),
  ),
  retryDataKey: Type.Optional(
    text(
      `Key of the record as it came to the step; absent where nothing can be sent again. A step keeps the records of its newest ${maxRetryData.toLocaleString('en')} errors.`,
    ),
  ),
  numRetries: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'How often its record was sent again by itself; absent where it was not. An addition of Sluice.',
    }),
  ),
  retryAt: Type.Optional(
    dateTime({ description: 'When its record is sent again by itself; absent where it is not. An addition of Sluice.' }),
  ),
  reqAndResKey: Type.Optional(
    text(
      'Key of the request that it came of, and of the answer: `GET /v1/flows/{_id}/{_stepId}/requests/{reqAndResKey}`. Absent where none was made, or is kept.',
    ),
  ),
  _flowJobId: objectId({ description: 'The run in which it happened.' }),
  oIndex: Type.Optional(Type.Integer({ minimum: 0, description: 'Position of the record in its page, from 0.' })),
  classification: Type.Optional(
    Type.Enum([...classifications], {
      description:
        'What kind of error it is, by its status, code and message: `intermittent` and `rate_limit` pass by themselves, all others need somebody.',
    }),
  ),
  classifiedBy: Type.Optional(Type.Enum(['autopilot'], { description: 'Who classified it.' })),
}
const assignment = {
  assignedTo: Type.Optional(
    Type.Object(
      { _userId: objectId({ description: 'Id of the user.' }), email: text('Their address.'), name: text('Their name.') },
      { description: 'Who looks after it.' },
    ),
  ),
  tagIds: Type.Optional(Type.Array(Type.String(), { description: 'Short ids of its tags.' })),
}
export const openError = Type.Object({ ...error, ...assignment }, { description: 'An error that is open.' })
export const resolvedError = Type.Object(
  {
    ...error,
    ...assignment,
    resolvedAt: dateTime({ description: 'When it was resolved.' }),
    resolvedBy: text('User id of who resolved it; `autopilot` where a retry or a later success did.'),
  },
  { description: 'An error that is resolved.' },
)
export const nextPageURL = Type.Optional(text('Path of the next page; absent on the last one.'))

/** Of lists of errors, and of all that fit. */
export const errorFilters = {
  occurredAt_gte: Type.Optional(text('Errors of then or later: ISO 8601, a date, or milliseconds since 1970.')),
  occurredAt_lte: Type.Optional(text('Errors of then or earlier.')),
  source: Type.Optional(text('Errors from this source.')),
  classification: Type.Optional(text('Errors that are classified so, or as one of several separated by commas. An addition of Sluice.')),
  _flowJobId: Type.Optional(idText({ description: 'Errors of this run.' })),
  code: Type.Optional(text('Errors with this code. An addition of Sluice, as are those below.')),
  message: Type.Optional(text('Errors whose message holds this text, in whatever case.')),
  traceKey: Type.Optional(text('Errors of the record with this trace key.')),
  assignedTo: Type.Optional(text('Errors that the user of this id looks after; `nobody` for those that nobody does.')),
  tagId: Type.Optional(text('Errors with this tag, by its `tagId`.')),
}
const byId = { errorId: Type.Optional(text('The error of this id.')) }
/** Of what is done to all that fit. Single errors are named by their ids there. */
export const bodyFilter = (description: string) => Type.Object(errorFilters, { additionalProperties: true, description })
export const pageQuery = Type.Object({
  ...errorFilters,
  ...byId,
  order: Type.Optional(Type.Enum(['desc', 'asc'], { description: '`asc` lists the oldest first. An addition of Sluice.' })),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: errorsPerPage,
      description: `Errors of one page, ${errorsPerPage} by default. An addition of Sluice.`,
    }),
  ),
  after: Type.Optional(text('Where the page begins; `nextPageURL` holds it.')),
})
export const resolvedQuery = Type.Object({
  ...pageQuery.properties,
  resolvedAt_gte: Type.Optional(text('Errors that were resolved then or later.')),
  resolvedAt_lte: Type.Optional(text('Errors that were resolved then or earlier.')),
})
const retryData = Type.Object(
  {
    data: Type.Unknown({ description: 'The record, as it came to the step.' }),
    stage: Type.Optional(text('Where in the step the record failed.')),
    traceKey: Type.Optional(text('Identifies the record.')),
  },
  { description: 'What a retry sends again.' },
)

const common = { tag: 'errors', access: 'monitor', extent: 'environment' } as const

const shortPages =
  'With filters other than a part of a message a page looks at a bounded number of errors, so that it takes the same time however many there are: it can be short, or empty, and still have a `nextPageURL`.'

/** Under three paths: clients in use spell the type of the step, too. */
const openOfStep = {
  ...common,
  method: 'GET',
  description: `Newest first, ${errorsPerPage} a page. ${shortPages} The same under \`/{_stepId}/errors\`, \`/exports/{_stepId}/errors\` and \`/imports/{_stepId}/errors\`.`,
  params: Type.Object(stepParams),
  query: pageQuery,
  status: 200,
  errors: ['not_found', 'invalid_query_params'],
  result: Type.Object({ errors: Type.Array(openError, { description: 'The errors.' }), nextPageURL }),
} as const

/** The open errors of each step, counted. */
export const openCounts = (step = 'The step.') =>
  Type.Array(
    Type.Object({
      _expOrImpId: objectId({ description: step }),
      numError: Type.Integer({ minimum: 0, description: 'How many of its errors are open.' }),
      lastErrorAt: Type.Optional(dateTime({ description: 'When the newest of them happened.' })),
    }),
    { description: 'One entry a step.' },
  )

export const flowErrors = {
  listFlowErrors: {
    ...common,
    method: 'GET',
    path: '/v1/flows/:_id/errors',
    summary: 'Count the open errors of each step of a flow',
    params: Type.Object(flowParams),
    status: 200,
    errors: ['not_found'],
    result: Type.Object({
      flowErrors: openCounts(),
    }),
  },
  listStepErrors: {
    ...openOfStep,
    path: '/v1/flows/:_id/:_stepId/errors',
    summary: 'List the open errors of a step',
  },
  listExportErrors: {
    ...openOfStep,
    path: '/v1/flows/:_id/exports/:_stepId/errors',
    summary: 'List the open errors of an export of a flow',
  },
  listImportErrors: {
    ...openOfStep,
    path: '/v1/flows/:_id/imports/:_stepId/errors',
    summary: 'List the open errors of an import of a flow',
  },
  listResolvedErrors: {
    ...common,
    method: 'GET',
    path: '/v1/flows/:_id/:_stepId/resolved',
    summary: 'List the resolved errors of a step',
    description: `Newest first, ${errorsPerPage} a page. ${shortPages}`,
    params: Type.Object(stepParams),
    query: resolvedQuery,
    status: 200,
    errors: ['not_found', 'invalid_query_params'],
    result: Type.Object({ resolved: Type.Array(resolvedError, { description: 'The errors.' }), nextPageURL }),
  },
  resolveErrors: {
    ...common,
    method: 'PUT',
    path: '/v1/flows/:_id/:_stepId/resolved',
    summary: 'Resolve errors of a step',
    params: Type.Object(stepParams),
    status: 204,
    errors: ['not_found', 'missing_required_field', 'invalid_field'],
    body: Type.Object({ errors: Type.Array(idText(), { minItems: 1, maxItems: maxBatch, description: 'Ids of the errors.' }) }),
  },
  retryErrors: {
    ...common,
    method: 'POST',
    path: '/v1/flows/:_id/:_stepId/retry',
    summary: 'Send failed records again',
    description:
      'Each record goes through the step and everything after it. Where that works its error is resolved, where it fails the error is replaced by the new one. What is to be sent is said by `retryDataKeys`, by `errorIds`, by both, or by `filter`. It is a job: its `numRetry` says how many records it is to send, its counts how far it is, and once it is canceled the errors that it had not begun with stay open.',
    params: Type.Object(stepParams),
    status: 201,
    errors: ['not_found', 'missing_required_field', 'invalid_field', 'invalid_ref', 'flow_not_runnable'],
    body: Type.Object({
      retryDataKeys: Type.Optional(
        Type.Array(idText(), {
          minItems: 1,
          maxItems: maxBatch,
          description: 'Keys of the retry data to send.',
        }),
      ),
      errorIds: Type.Optional(
        Type.Array(idText({ maxLength: 100 }), {
          minItems: 1,
          maxItems: maxBatch,
          description: 'Ids of open errors whose records are to be sent.',
        }),
      ),
      filter: Type.Optional(
        bodyFilter(
          'All open errors with retry data that fit, of before the request, with the filters of the list of errors; `{}` is all. Not together with the other two. An addition of Sluice.',
        ),
      ),
      errorFileId: Type.Optional(text('File with errors. Refused: `filter` sends as many as there are.')),
    }),
    result: Type.Object({
      _jobId: objectId({ description: 'The job to follow with `GET /v1/jobs/{_id}`.' }),
      _id: objectId({ description: 'The same id: clients read either.' }),
    }),
  },
  getRetryData: {
    ...common,
    method: 'GET',
    path: '/v1/flows/:_id/:_stepId/:retryDataKey/data',
    summary: 'Get the record of an error',
    params: dataParams,
    status: 200,
    result: retryData,
    errors: ['not_found'],
  },
  updateRetryData: {
    ...common,
    access: 'manage',
    allowedBy: 'allowToEditRetryData',
    method: 'PUT',
    path: '/v1/flows/:_id/:_stepId/:retryDataKey/data',
    summary: 'Correct the record of an error before it is sent again',
    description: 'Also for users with the access level `monitor` whose share says `allowToEditRetryData`.',
    params: dataParams,
    body: retryData,
    status: 204,
    errors: ['not_found', 'precondition_failed', 'missing_required_field', 'invalid_field'],
  },
} as const satisfies Record<string, Operation>
