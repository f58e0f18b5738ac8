/** What stages made of the records of a run, where the flow records its runs (`logging`). */
import { Type } from 'typebox'
import { dateTime, idText, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { optional, text } from '../../shared/schema-helpers.ts'

/** Rows of one answer. */
export const logsPerPage = 100
/** Of all runs of an environment. Bytes. */
export const maxLogBytes = 1024 * 1024 * 1024

const flowParams = { _id: objectId({ description: 'Id of the flow.' }) }
const params = Type.Object({ ...flowParams, _jobId: objectId({ description: 'Id of the run.' }) })
const common = { tag: 'jobs', access: 'monitor', extent: 'environment' } as const

const entry = {
  time: dateTime({ description: 'When it was.' }),
  _expOrImpId: text('The export or import; of a router its id.'),
  groupId: text('Id of the page.'),
  recordId: text('Id of the record within the run; empty where it is about the page as a whole.'),
  stage: text(
    '`apiCall`, `transformation`, `mapping`, `inputFilter`, `outputFilter`, `responseMapping`, `responseTransformation`, `routing`, or the name of a function.',
  ),
  status: Type.Enum(['success', 'error'], { type: 'string', description: 'How it went.' }),
  ...optional({
    traceKey: text('Identifies the record.'),
    oIndex: Type.Integer({ minimum: 0, description: 'Position of the record in its page, from 0.' }),
  }),
}
const logs = Type.Array(Type.Object(entry), { description: 'In the order in which they happened.' })
const told = Type.Array(
  Type.Object({
    ...entry,
    ...optional({
      input: Type.Unknown({ description: 'What went in.' }),
      output: Type.Unknown({ description: 'What came out.' }),
      errors: Type.Array(
        Type.Object({ source: text('Where it comes from.'), code: text('A status, or a word.'), message: text('What went wrong.') }),
        {
          description: 'What failed.',
        },
      ),
      request: Type.Unknown({ description: 'What was sent.' }),
      response: Type.Unknown({ description: 'What was answered.' }),
    }),
  }),
  { description: 'In the order in which they happened.' },
)
const ofRecord = {
  _expOrImpId: idText({ maxLength: 200, description: 'The export, import or router.' }),
  groupId: idText({ description: 'Id of the page.' }),
  recordId: Type.String({ maxLength: 100, description: 'Id of the record.' }),
}
const time = (name: string) => Type.String({ description: `${name}: ISO 8601, a date, or milliseconds since 1970.` })

export const executionLogs = {
  listExecutionLogs: {
    ...common,
    method: 'GET',
    path: '/v1/flows/:_id/jobs/:_jobId/logs',
    summary: 'List what was recorded of a run',
    description: `Where the \`logging\` of the flow says so, ${logsPerPage} entries a page.`,
    params,
    query: Type.Object(
      optional({
        _expOrImpId: text('Entries of this export, import or router.'),
        traceKey: text('Entries of records with this trace key.'),
        stage: text('Entries of this stage.'),
        status: text('`success` or `error`.'),
        time_gt: time('Entries after then'),
        time_lte: time('Entries of then or earlier'),
        after: Type.Integer({ minimum: 0, description: 'Where the page begins; `nextPageURL` holds it.' }),
      }),
    ),
    status: 200,
    result: Type.Object({ logs, ...optional({ nextPageURL: text('Path of the next page; absent on the last one.') }) }),
    errors: ['not_found', 'invalid_query_params'],
  },
  searchExecutionLogs: {
    ...common,
    extension: true,
    method: 'GET',
    path: '/v1/flows/:_id/logs',
    summary: 'Find what was recorded of a record in any run',
    description: `By its trace key, newest first, ${logsPerPage} entries a page.`,
    params: Type.Object(flowParams),
    query: Type.Object({
      traceKey: Type.String({ minLength: 1, maxLength: 10_000, description: 'Trace key of the record.' }),
      ...optional({
        time_gt: time('Entries after then'),
        time_lte: time('Entries of then or earlier'),
        before: Type.Integer({ minimum: 1, description: 'Where the page begins; `nextPageURL` holds it.' }),
      }),
    }),
    status: 200,
    result: Type.Object({
      logs: Type.Array(Type.Object({ _jobId: objectId({ description: 'Id of the run.' }), ...entry }), { description: 'Newest first.' }),
      ...optional({ nextPageURL: text('Path of the next page; absent on the last one.') }),
    }),
    errors: ['not_found', 'invalid_query_params'],
  },
  queryExecutionLogs: {
    ...common,
    reads: true,
    method: 'POST',
    path: '/v1/flows/:_id/jobs/:_jobId/logs/metadata/query',
    summary: 'List what was recorded of a record',
    description: 'At one step; with `traceKey` at every step of the run.',
    params,
    body: Type.Object({ ...ofRecord, ...optional({ traceKey: text('Trace key of the record.') }) }),
    status: 200,
    result: Type.Object({ logs }),
    errors: ['not_found', 'missing_required_field', 'invalid_field'],
  },
  queryExecutionLogData: {
    ...common,
    reads: true,
    method: 'POST',
    path: '/v1/flows/:_id/jobs/:_jobId/logs/data/query',
    summary: 'Get what a stage made of a record',
    description:
      'What went in and came out, with `logging.mode` detailed; the request and the answer of `apiCall` besides, while `logging.debugUntil` is ahead.',
    params,
    body: Type.Object({ ...ofRecord, stage: text('The stage.') }),
    status: 200,
    result: Type.Object({ data: told }),
    errors: ['not_found', 'missing_required_field', 'invalid_field'],
  },
  deleteExecutionLogs: {
    ...common,
    access: 'manage',
    method: 'DELETE',
    path: '/v1/flows/:_id/logs',
    summary: 'Remove what was recorded of the runs of a flow',
    params: Type.Object(flowParams),
    query: Type.Object({ startedAt: time('From then'), endAt: time('Until then') }),
    status: 204,
    errors: ['not_found', 'invalid_query_params'],
  },
} as const satisfies Record<string, Operation>
