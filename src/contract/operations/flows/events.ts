/** What happens in an environment, told as it happens to those who watch. */
import { Type } from 'typebox'
import type { Operation } from '../../operation.ts'

/** Flows of whose runs the steps are told as well. */
export const maxWatchedFlows = 20
/** How long after the last event a reader can go on where it was, and the heartbeat of a stream. Seconds. */
export const resumeSeconds = 600
export const heartbeatSeconds = 15

const text = (description: string) => Type.Optional(Type.String({ description }))

export const events = {
  streamEvents: {
    method: 'GET',
    path: '/v1/events',
    tag: 'events',
    summary: 'Follow what happens in the environment',
    description: [
      'Server-sent events, as long as the session or the token is in force and the connection stays. Each tells how something stands by now, not what was done to it, so one that comes twice does no harm:',
      '`ready` once, when everything from then on is told; what was before is read with the lists.',
      '`job` with a run or a retry that is new, went on or ended, at most once a second, as `GET /v1/jobs/{_id}` answers it; with the jobs of its steps where `steps` names its flow.',
      '`errors` with `_flowId`, `_integrationId`, `_expOrImpId`, `numError` and `lastErrorAt` of a step whose number of open errors is another one.',
      '`document` with `collection`, `_id`, `name` and `lastModified` of a document that was made, changed, restored or deleted (`deleted`): a connection with whether it is `offline`, a flow with whether it is `disabled`.',
      `\`resync\` where more happened than is told one by one: read the lists anew.`,
      `A line comes every ${heartbeatSeconds} seconds at the latest. A request with \`Last-Event-ID\` goes on where a stream broke off, up to ${resumeSeconds / 60} minutes later; past that it begins with \`resync\`. Who reaches some integrations only is told of these, and of no deletions.`,
    ].join('\n\n'),
    access: 'monitor',
    extent: 'environment',
    partialAccess: 'filtered',
    headers: Type.Object({ 'Last-Event-ID': text('The id that was read last.') }),
    query: Type.Object({
      steps: text(`Ids of flows, separated by commas, of whose runs the jobs of the steps are told as well; at most ${maxWatchedFlows}.`),
    }),
    status: 200,
    result: Type.String({ description: 'The events.' }),
    resultType: 'text/event-stream',
    errors: ['invalid_query_params', 'too_many_at_once', 'server_busy'],
    extension: true,
  },
} as const satisfies Record<string, Operation>
