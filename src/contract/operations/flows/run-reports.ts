/** What became of runs, for those who watch them: the errors of one, what there is to know when it went wrong, and how flows have done over a time. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { maxSkip } from '../../paging.ts'
import { integrationIds, job } from './jobs.ts'

/** Errors of one answer at the most. */
export const maxJobErrors = 1000
/** Flows of one page of statistics. */
export const flowsPerPage = 1000
/** How far back statistics reach where no time is asked for, and how much time they span at the most. Days. */
export const usualStatsDays = 30
export const maxStatsDays = 366
/** Runs by the hour span so many days at the most: a point an hour. */
export const maxHourlyDays = 31
/** Groups of errors in the diagnostics of one run at the most. */
export const maxGroups = 100

/** What sums are kept by; in UTC. */
const statsUnits = ['hour', 'day', 'month'] as const
export type StatsUnit = (typeof statsUnits)[number]
/** What flows can be sorted by, the largest first. */
const statsOrders = ['lastExecutedAt', 'numRuns', 'numSuccess', 'numError', 'numOpenError', 'avgRuntime', 'avgWait'] as const
export type StatsOrder = (typeof statsOrders)[number]

const text = (description: string) => Type.String({ description })
const count = (description: string) => Type.Integer({ minimum: 0, description })
const jobParams = Type.Object({ _id: objectId({ description: 'Id of the job.' }) })
const ids = (description: string) => Type.Optional(Type.Array(objectId(), { maxItems: 1000, description }))
const time = (description: string) =>
  Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.String({ maxLength: 40 })], { description }))

const whatHappened = {
  code: text('What kind of error; of an application, its HTTP status.'),
  source: text('Where it comes from.'),
  message: text('What the application or the step said.'),
  resolved: Type.Boolean({ description: 'Whether it is resolved.' }),
  traceKey: Type.Optional(text('Identifies the record.')),
}

const jobError = Type.Object(
  {
    _id: text('Id of the error.'),
    _jobId: objectId({ description: 'The job of the step that it happened in.' }),
    createdAt: dateTime({ description: 'When it happened.' }),
    ...whatHappened,
    _retryId: Type.Optional(text('Key of its retry data; absent where nothing can be sent again.')),
  },
  { description: 'An error of a job.' },
)

const errorOfJob = Type.Object(
  {
    errorId: text('Id of the error.'),
    _jobId: objectId({ description: 'The job of the step that it happened in.' }),
    occurredAt: dateTime({ description: 'When it happened.' }),
    ...whatHappened,
    retryDataKey: Type.Optional(text('Key of its retry data; absent where nothing can be sent again.')),
  },
  { description: 'An error of a job.' },
)

const group = Type.Object(
  {
    _jobId: objectId({ description: 'The job of the step.' }),
    source: text('Where they come from.'),
    code: text('What kind of errors.'),
    message: text('What the newest of them says.'),
    numError: count('How many there are.'),
    lastErrorAt: dateTime({ description: 'When the newest of them happened.' }),
  },
  { description: 'Errors of one step that have their source and code in common.' },
)

const counts = {
  numRuns: count('Runs that have ended.'),
  numSuccess: count('Records that went through.'),
  numError: count('Errors that were recorded.'),
  numIgnore: count('Records that a filter or a hook left out.'),
  numPages: count('Pages that its sources gave.'),
  avgRuntime: count('Milliseconds that a run took on average, from when a worker took it up.'),
  avgWait: count('Milliseconds that a run waited on average before a worker took it up. An addition of Sluice.'),
}
const lastExecutedAt = dateTime({ description: 'When the newest run ended.' })
const lastErrorAt = Type.Optional(dateTime({ description: 'When the newest run with errors ended.' }))

const stats = Type.Object(
  {
    _flowId: objectId({ description: 'The flow.' }),
    flowName: Type.Optional(text('Its name, as it is now. An addition of Sluice.')),
    _integrationId: Type.Optional(objectId({ description: 'The integration that it belonged to in its newest run.' })),
    ...counts,
    numOpenError: count('Errors of the flow that are open now, of whichever run.'),
    lastExecutedAt,
    lastErrorAt,
  },
  { description: 'How the runs of a flow went.' },
)

const point = Type.Object(
  { at: dateTime({ description: 'When the hour, day or month begins.' }), ...counts },
  { description: 'How the runs of an hour, a day or a month went.' },
)

const statsFilters = {
  _flowIds: ids('Only these flows.'),
  _integrationIds: integrationIds('Only flows of these integrations; `none` for flows without one.'),
  status: Type.Optional(
    Type.Array(Type.Enum(['completed', 'failed', 'canceled']), { maxItems: 3, description: 'Only runs that ended so.' }),
  ),
  createdOnAndAfter: time('Only runs that were asked for then or later: ISO 8601, a date, or milliseconds since 1970.'),
  time_gt: time('Only runs that were asked for after that time.'),
  time_lte: time('Only runs that were asked for by that time.'),
}

const common = { tag: 'jobs', access: 'monitor', extent: 'environment', status: 200 } as const

export const runReports = {
  listJobErrors: {
    ...common,
    method: 'GET',
    path: '/v1/jobs/:_id/joberrors',
    summary: 'List the errors of a job',
    description: `Of a run, those of all its steps; of the job of a step or of a retry, its own. Newest first, open and resolved, at most ${maxJobErrors}; the rest stands in the errors of the step.`,
    params: jobParams,
    result: Type.Array(jobError),
    empty: 'It has no errors.',
    errors: ['not_found'],
  },
  listErrorsOfJob: {
    ...common,
    method: 'GET',
    path: '/v1/jobs/:_id/errors',
    summary: 'List the errors of a job in the words of the errors of a step',
    description: `The same as \`joberrors\`, newest first, at most ${maxJobErrors}.`,
    params: jobParams,
    result: Type.Object({ errors: Type.Array(errorOfJob, { description: 'Newest first; open and resolved.' }) }),
    errors: ['not_found'],
  },
  getJobDiagnostics: {
    ...common,
    method: 'GET',
    path: '/v1/jobs/:_id/diagnostics',
    summary: 'Get the diagnostics of a job',
    description: `The job, those of its steps, and its newest ${maxJobErrors} errors by step, source and code. They stand in the answer, where integrator.io answers the address of a file.`,
    params: jobParams,
    result: Type.Object({
      job,
      steps: Type.Array(job, { description: 'Jobs of its steps, in their order.' }),
      errors: Type.Array(group, { description: `Its errors, those of which there are most first; at most ${maxGroups} groups.` }),
    }),
    errors: ['not_found'],
  },
  listFlowRunStats: {
    reads: true,
    ...common,
    method: 'POST',
    path: '/v1/flows/runs/stats',
    summary: 'Sum up the runs of flows',
    description: `Of runs that have ended, an entry a flow, the one that ran last first; ${flowsPerPage} a page. Without a time, the last ${usualStatsDays} days; at most ${maxStatsDays} days at once. Flows in the recycle bin are left out.`,
    partialAccess: 'filtered',
    query: Type.Object({
      skip: Type.Optional(Type.Integer({ minimum: 0, maximum: maxSkip, description: 'Flows to pass over before the page begins.' })),
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: flowsPerPage,
          description: `Flows of one page, ${flowsPerPage} by default. An addition of Sluice.`,
        }),
      ),
      sort: Type.Optional(
        Type.Enum([...statsOrders], { description: 'By what flows are sorted, the largest first. An addition of Sluice.' }),
      ),
    }),
    body: Type.Object(
      {
        ...statsFilters,
        sandbox: Type.Optional(Type.Boolean({ description: 'Means nothing: the environment is that of the request.' })),
      },
      { additionalProperties: true, description: 'Filters. One that is not known is refused.' },
    ),
    optionalBody: true,
    result: Type.Object({
      stats: Type.Array(stats, { description: 'One entry a flow.' }),
      nextPageURL: Type.Optional(text('Path of the next page, to be asked with the same body; absent on the last one.')),
    }),
    errors: ['invalid_field', 'invalid_query_params'],
  },
  listRunTimeSeries: {
    reads: true,
    ...common,
    method: 'POST',
    path: '/v1/flows/runs/timeseries',
    extension: true,
    summary: 'Sum up the runs of flows by time',
    description: `Of runs that have ended, an entry an hour, a day or a month (UTC), also where there was no run: from the one in which the time begins to the one in which it ends. Without a time, the last ${usualStatsDays} days; at most ${maxStatsDays} days at once, by the hour ${maxHourlyDays}. Flows in the recycle bin are left out.`,
    partialAccess: 'filtered',
    body: Type.Object(
      {
        ...statsFilters,
        interval: Type.Optional(
          Type.Enum([...statsUnits], {
            description: 'What an entry sums up. By default an hour up to 3 days, a day up to 100 days, else a month.',
          }),
        ),
      },
      { description: 'Filters, and what an entry sums up.' },
    ),
    refusesUnknown: true,
    optionalBody: true,
    result: Type.Object({
      interval: Type.Enum([...statsUnits], { description: 'What an entry sums up.' }),
      series: Type.Array(point, { description: 'One entry an hour, day or month, the earliest first.' }),
      total: Type.Object(counts, { description: 'The same of the whole time.' }),
    }),
    errors: ['invalid_field', 'unknown_field'],
  },
  getFlowStats: {
    ...common,
    method: 'GET',
    path: '/v1/flows/:_id/stats',
    extension: true,
    summary: 'Sum up the runs of a flow',
    description: `Of runs that were asked for in the last ${usualStatsDays} days and have ended. Without one, every count is 0.`,
    params: Type.Object({ _id: objectId({ description: 'Id of the flow.' }) }),
    result: Type.Object(
      { ...counts, lastExecutedAt: Type.Optional(lastExecutedAt), lastErrorAt },
      { description: `How the runs of a flow went in the last ${usualStatsDays} days.` },
    ),
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
