/** What went over the wire of a connection while its `debugDate` was ahead. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

/** Requests of one connection that are kept, the newest. */
export const maxDebugEntries = 500
/** After this long they are removed. Milliseconds. */
export const debugLifeMs = 6 * 60 * 60 * 1000
/** Characters of one answer: those that are older are left out of it. */
export const maxDebugText = 5 * 1024 * 1024

const params = { _id: objectId({ description: 'Id of the connection.' }) }
const common = { tag: 'connections', access: 'manage', extent: 'environment', errors: ['not_found'] } as const
const read = {
  ...common,
  method: 'GET',
  status: 200,
  resultType: 'text/plain',
  result: Type.String({
    description: 'Newest first, each with its time, request, status, answer and how long it took. Empty where there is none.',
  }),
} as const

export const connectionDebug = {
  getConnectionDebug: {
    ...read,
    path: '/v1/connections/:_id/debug',
    summary: 'Get what went over the wire of a connection',
    description: `Every try of a request while \`debugDate\` is ahead, or \`debugUntil\` of the export or import that it is for, whichever flow or worker made it: the newest ${maxDebugEntries}, for 6 hours. Secrets are masked.`,
    params: Type.Object(params),
  },
  getConnectionDebugOfResource: {
    ...read,
    path: '/v1/connections/:_id/debug/:_resourceId',
    summary: 'Get what went over the wire of a connection for one export or import',
    params: Type.Object({ ...params, _resourceId: objectId({ description: 'Id of the export or import.' }) }),
  },
  deleteConnectionDebug: {
    ...common,
    method: 'DELETE',
    path: '/v1/connections/:_id/debug',
    summary: 'Remove what was recorded of the requests of a connection',
    params: Type.Object(params),
    status: 204,
  },
} as const satisfies Record<string, Operation>
