/** Reading what a script logged, beyond the operations of every document. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

/** Lines of one answer, and all that are kept of a script. */
export const maxLines = 1000

const levels = ['debug', 'info', 'warn', 'error'] as const
const common = { tag: 'scripts', params: Type.Object({ _id: objectId({ description: 'Id of the script.' }) }) } as const

const line = Type.Object({
  time: dateTime({ description: 'When it was written.' }),
  logLevel: Type.Enum([...levels], {
    type: 'string',
    description: 'By which function of the console. `error` also tells how a call failed.',
  }),
  function: Type.String({ description: 'Function of the script that was called.' }),
  message: Type.String({ description: 'What was written, at most 2,000 characters.' }),
})

export const scripts = {
  listScriptLogs: {
    ...common,
    method: 'GET',
    path: '/v1/scripts/:_id/logs',
    summary: 'List what a script logged',
    description: `What the script wrote to its console while \`debugUntil\` was ahead, newest first. The newest ${maxLines.toLocaleString('en')} lines are kept.`,
    access: 'monitor',
    extent: 'environment',
    query: Type.Object({
      logLevel: Type.Optional(Type.Enum([...levels], { type: 'string', description: 'Only lines of this level.' })),
      time_gt: Type.Optional(dateTime({ description: 'Only lines written after this time.' })),
      time_lte: Type.Optional(dateTime({ description: 'Only lines written up to this time.' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxLines, description: `At most so many lines; ${maxLines} by default.` })),
    }),
    status: 200,
    result: Type.Object({ logs: Type.Array(line, { description: 'The lines.' }) }),
    errors: ['not_found', 'invalid_query_params'],
  },
} as const satisfies Record<string, Operation>
