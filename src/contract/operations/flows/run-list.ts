/** Runs of flows as people look for them: by flow, status, time and record, sorted, a page at a time. */
import { Type } from 'typebox'
import { idText } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { job } from './jobs.ts'

/** Runs of one page by default, and at the most. */
export const runsPerPage = 100
const maxRunsPerPage = 1000
/** Runs that are searched, filtered by their errors, or sorted by anything but time: the newest of those that the other filters leave. */
export const maxSearchedRuns = 100_000
/** Characters that are searched for at the most. */
const maxSearch = 200

/** What runs can be sorted by. */
const runOrders = ['createdAt', 'duration', 'wait', 'numSuccess', 'numError', 'numIgnore'] as const
export type RunOrderName = (typeof runOrders)[number]

const text = (description: string, maxLength?: number) => Type.Optional(Type.String({ ...(maxLength && { maxLength }), description }))

const run = Type.Object(
  { ...job.properties, flowName: Type.Optional(Type.String({ description: 'The name of the flow, as it is now.' })) },
  { description: 'A run of a flow, or errors that were sent again.' },
)

export const runList = {
  listRuns: {
    method: 'GET',
    path: '/v1/flows/runs',
    tag: 'jobs',
    summary: 'Find runs of flows',
    description: `Runs of flows and retries, newest first by default, ${runsPerPage} a page. Those of flows in the recycle bin are left out. What is searched for, filtered by \`numError\`, or sorted by anything but \`createdAt\`, is found among the newest ${maxSearchedRuns.toLocaleString('en')} runs that the other filters leave.`,
    access: 'monitor',
    extent: 'environment',
    partialAccess: 'filtered',
    query: Type.Object({
      _flowId: Type.Optional(idText({ description: 'Runs of this flow.' })),
      _integrationId: text('Runs of flows of this integration; `none` for flows without one.'),
      type: text('`flow`, `retry` or `bulk_retry`, or several separated by commas; all of them when absent.'),
      status: text('Runs in this status, or in one of several separated by commas.'),
      numError_gte: Type.Optional(Type.Integer({ minimum: 0, description: 'Runs with at least as many errors.' })),
      numError_lte: Type.Optional(Type.Integer({ minimum: 0, description: 'Runs with at most as many errors.' })),
      createdAt_gte: text('Runs that were asked for then or later: ISO 8601, a date, or milliseconds since 1970.'),
      createdAt_lte: text('Runs that were asked for then or earlier.'),
      traceKey: text('Runs in which a record with this trace key failed, or was written into the execution log.'),
      q: text('Runs whose flow has a name with this text, whose message holds it, in whatever case, or whose id it is.', maxSearch),
      sort: Type.Optional(
        Type.Enum(
          runOrders.flatMap((order) => [order, `-${order}` as const]),
          { description: 'By what runs are sorted; with a minus the largest first. `-createdAt` by default.' },
        ),
      ),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: maxRunsPerPage, description: `Runs of one page, ${runsPerPage} by default.` }),
      ),
      after: text('Where the page begins; `nextPageURL` holds it.'),
    }),
    status: 200,
    result: Type.Object({
      runs: Type.Array(run, { description: 'The runs.' }),
      nextPageURL: Type.Optional(Type.String({ description: 'Path of the next page; absent on the last one.' })),
    }),
    errors: ['invalid_query_params'],
    extension: true,
  },
} as const satisfies Record<string, Operation>
