/** A flow tried out with one page, an API with one request, a tool with one input, while somebody waits. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { flag, list, optional, text } from '../../shared/schema-helpers.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })

const error = {
  source: text('Where it comes from, as in the errors of flows.'),
  code: text('Status that the application answered, or a word.'),
  message: text('What it said, or what went wrong.'),
}
const ofRecord = optional({
  traceKey: text('Identifies the record.'),
  oIndex: Type.Integer({ minimum: 0, description: 'Position of the record in its page, from 0.' }),
})
const told = (what: string) => list(Type.Unknown({ description: 'As JSON, or a text that was cut.' }), what)

const stage = Type.Object(
  {
    name: text(
      '`request`, `response`, `parse`, `transformTwoDotZero`, `inputFilter`, `outputFilter`, `mapping`, `responseTransformation`, `responseMap`, `router`, or the name of a function.',
    ),
    input: told('What went in, one entry for each record. Of preSavePage and pages those of the page.'),
    output: told('What came out, in the same order; null for a record that failed.'),
    errors: list(Type.Object({ ...error, ...ofRecord }), 'What failed.'),
  },
  { description: 'What one stage of a step made of its records.' },
)

const counts = {
  numExport: count('Records that were fetched.'),
  numSuccess: count('Records that went through.'),
  numError: count('Errors that a run would have recorded.'),
  numIgnore: count('Records that a filter or a hook left out.'),
  numPagesGenerated: count('Pages that were fetched.'),
  numPagesProcessed: count('Pages that went through.'),
}
const times = {
  startedAt: dateTime({ description: 'When the test run began.' }),
  endedAt: dateTime({ description: 'When it ended.' }),
}

const allowed = {
  importsSent: flag('Whether imports were sent. Those with a `mockResponse` never are.'),
  scriptsWrote: flag('Whether functions could change something.'),
  ...times,
}
const noJob = { _id: objectId({ description: 'Id within this answer: there is no such job.' }) }

const ofStep = {
  ...optional({
    _exportId: objectId({ description: 'The export.' }),
    _importId: objectId({ description: 'The import.' }),
    _routerId: text('The router.'),
  }),
  _flowJobId: objectId({ description: 'Id of the run within this answer.' }),
  oIndex: count('Position of the step in the answer, from 0.'),
  ...counts,
  stages: list(stage, 'In the order in which they began.'),
  errors: list(
    Type.Object({ ...error, ...ofRecord, ...optional({ classification: text('A rough kind, as in the errors of flows.') }) }),
    'Errors that a run would have recorded.',
  ),
  truncated: flag('True where the data of its stages is more than 1 MB, and the rest of it is left out.'),
}
const step = Type.Object(
  {
    _id: objectId({ description: 'Id within this answer.' }),
    type: Type.Enum(['export', 'import', 'router'], { type: 'string', description: 'What it is.' }),
    _flowId: objectId({ description: 'The flow.' }),
    ...ofStep,
  },
  { description: 'A use of a step in the flow.' },
)
const stepOfApi = Type.Object(
  {
    _id: objectId({ description: 'Id within this answer.' }),
    type: Type.Enum(['request', 'export', 'import', 'router', 'response'], { type: 'string', description: 'What it is.' }),
    _apiId: objectId({ description: 'The API.' }),
    ...ofStep,
  },
  { description: 'What the API makes of the request, a use of a step, or the response.' },
)

const stepOfTool = Type.Object(
  {
    _id: objectId({ description: 'Id within this answer.' }),
    type: Type.Enum(['input', 'export', 'import', 'router', 'output'], { type: 'string', description: 'What it is.' }),
    _toolId: objectId({ description: 'The tool.' }),
    ...ofStep,
  },
  { description: 'What the tool makes of its input, a use of a step, or the output.' },
)

const testRun = Type.Object(
  {
    metadata: Type.Object(
      {
        _flowId: objectId({ description: 'The flow.' }),
        _exportId: objectId({ description: 'The page generator whose page it was.' }),
        ...allowed,
      },
      { description: 'What was tried.' },
    ),
    flowJob: Type.Object(
      {
        ...noJob,
        type: Type.Enum(['flow'], { type: 'string', description: 'A run of a flow.' }),
        _flowId: objectId({ description: 'The flow.' }),
        status: Type.Enum(['completed', 'failed'], { type: 'string', description: '`failed` where it could not go on.' }),
        ...times,
        ...counts,
        errors: list(Type.Object(error), 'Why it could not go on.'),
      },
      { description: 'The run as a whole.' },
    ),
    childJobs: list(step, 'Its steps and routers, each use of them by itself, in the order of the flow.'),
  },
  { description: 'What became of the page.' },
)

const apiTestRun = Type.Object(
  {
    metadata: Type.Object(
      {
        _apiId: objectId({ description: 'The API.' }),
        ...allowed,
      },
      { description: 'What was tried.' },
    ),
    flowJob: Type.Object(
      {
        ...noJob,
        type: Type.Enum(['api'], { type: 'string', description: 'A call of an API.' }),
        _apiId: objectId({ description: 'The API.' }),
        status: Type.Enum(['completed', 'failed'], { type: 'string', description: '`failed` where it did not come to its end.' }),
        ...times,
        ...counts,
        errors: list(Type.Object(error), 'Why it could not begin.'),
      },
      { description: 'The call as a whole.' },
    ),
    childJobs: list(stepOfApi, 'The request, each use of its steps and routers, and the response.'),
    ...optional({
      response: Type.Object(
        {
          statusCode: Type.Integer({ description: 'The status.' }),
          headers: Type.Record(Type.String(), Type.String(), { description: 'By their names.' }),
          body: Type.Unknown({ description: 'JSON as what it says, other text as it is; null where there is none.' }),
        },
        { description: 'What a caller would have been answered; absent where the call could not begin.' },
      ),
    }),
  },
  { description: 'What became of the call.' },
)

const toolTestRun = Type.Object(
  {
    metadata: Type.Object(
      {
        _toolId: objectId({ description: 'The tool.' }),
        ...allowed,
      },
      { description: 'What was tried.' },
    ),
    flowJob: Type.Object(
      {
        ...noJob,
        type: Type.Enum(['tool'], { type: 'string', description: 'A call of a tool.' }),
        _toolId: objectId({ description: 'The tool.' }),
        status: Type.Enum(['completed', 'failed'], { type: 'string', description: '`failed` where it has no output.' }),
        ...times,
        ...counts,
        errors: list(Type.Object(error), 'What failed of the tool itself: its input, its output, or what kept it from beginning.'),
      },
      { description: 'The call as a whole.' },
    ),
    childJobs: list(stepOfTool, 'The input, each use of its steps and routers, and the output.'),
    ...optional({ output: Type.Unknown({ description: 'What a caller would have got; absent where the call failed.' }) }),
  },
  { description: 'What became of the call.' },
)

const values = (what: string) => Type.Record(Type.String(), Type.Unknown(), { description: what })
const mockRequest = Type.Object(
  optional({
    method: Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], {
      type: 'string',
      description: 'Of an API that is a script; GET by default.',
    }),
    body: Type.Unknown({ description: 'The body, as JSON.' }),
    headers: values('The headers, by name.'),
    pathParams: values('The parameters of the path, by name.'),
    queryParams: values('The parameters of the query string, by name.'),
  }),
  { description: 'The call to try; `builder.request.mockRequest` of the API by default.' },
)

const mayDo = {
  allowImports: flag('Imports without a `mockResponse` send their records. Unless told they make their requests and send none.', {
    default: false,
  }),
  allowScriptWrites: flag(
    'Functions of scripts and stacks may change what is in the account: lookup caches, state, documents. Unless told they only look.',
    { default: false },
  ),
}

export const testRuns = {
  testApi: {
    tag: 'apis',
    method: 'POST',
    path: '/v1/apis/:_id/test',
    summary: 'Test an API',
    description:
      'Carries a mock request through the API and answers what each stage made of it, and what a caller would have been answered. Exports read; a `mockOutput` stands in for them, a `mockResponse` for what an import is answered. Nothing is sent by imports, and no error and no log is left. Also works for APIs that are disabled. At most 2 minutes, 1 MB for a step and 10 MB in all. Secrets are masked.',
    access: 'manage',
    extent: 'environment',
    params: Type.Object({ _id: objectId({ description: 'Id of the API.' }) }),
    body: Type.Object(optional({ mockRequest, ...mayDo })),
    optionalBody: true,
    refusesUnknown: true,
    status: 200,
    result: apiTestRun,
    errors: ['not_found', 'invalid_field', 'unknown_field', 'too_many_at_once'],
    extension: true,
  },
  testTool: {
    tag: 'tools',
    method: 'POST',
    path: '/v1/tools/:_id/test',
    summary: 'Test a tool',
    description:
      'Carries a mock input through the tool and answers what each stage made of it, and the output. Exports read; a `mockOutput` stands in for them, a `mockResponse` for what an import is answered. Nothing is sent by imports, and no error is left. At most 2 minutes, 1 MB for a step and 10 MB in all. Secrets are masked.',
    access: 'manage',
    extent: 'environment',
    params: Type.Object({ _id: objectId({ description: 'Id of the tool.' }) }),
    body: Type.Object(
      optional({ mockInput: Type.Unknown({ description: 'The input to try; `input.mockInput` of the tool by default.' }), ...mayDo }),
    ),
    optionalBody: true,
    refusesUnknown: true,
    status: 200,
    result: toolTestRun,
    errors: ['not_found', 'invalid_field', 'unknown_field', 'too_many_at_once'],
    extension: true,
  },
  testFlow: {
    tag: 'flows',
    method: 'POST',
    path: '/v1/flows/:_id/test',
    summary: 'Test a flow',
    description:
      'Sends one page of a page generator through every step and answers what each stage made of it. Exports read; a `mockOutput` stands in for them, a `mockResponse` for what an import is answered. Nothing is sent by imports, no job, error or delta is left, nothing is marked as exported, no file is removed. Also works for flows that are disabled. At most 2 minutes, 1 MB for a step and 10 MB in all; ends when the caller goes. Secrets are masked.',
    access: 'manage',
    extent: 'environment',
    params: Type.Object({ _id: objectId({ description: 'Id of the flow.' }) }),
    body: Type.Object(
      optional({
        _exportId: objectId({ description: 'The page generator; the first one of the flow by default.' }),
        export: Type.Object(
          optional({
            startDate: dateTime({ description: 'Export what changed since then, instead of since the last run.' }),
            endDate: dateTime({ description: 'Export what changed until then.' }),
          }),
          { description: 'Bounds for delta exports.' },
        ),
        ...mayDo,
      }),
    ),
    optionalBody: true,
    refusesUnknown: true,
    status: 200,
    result: testRun,
    errors: ['not_found', 'invalid_ref', 'invalid_field', 'unknown_field', 'flow_not_runnable', 'license_expired', 'too_many_at_once'],
    extension: true,
  },
} as const satisfies Record<string, Operation>
