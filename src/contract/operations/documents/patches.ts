/** Changes of a few fields (JSON Patch, RFC 6902): which types have them, and which fields of those. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

/** What a patch may replace, as JSON Pointers; `*` is any place in a list. `/iLMIgnore` is named by the page on fields to ignore in lifecycle management. */
export const patchable = {
  integrations: ['/settings', '/flowGroupings', '/apiGroupings', '/iLMIgnore'],
  flows: [
    '/name',
    '/description',
    '/schedule',
    '/timezone',
    '/disabled',
    '/runPageGeneratorsInParallel',
    '/pageGenerators/*/schedule',
    '/pageGenerators/*/skipRetries',
    '/routers/*/name',
    '/routers/*/branches/*/name',
    '/routers/*/branches/*/description',
    '/aliases',
    '/logging/debugUntil',
  ],
  exports: ['/assistantMetadata', '/debugUntil', '/netsuite/distributed/disabled', '/salesforce/distributed/disabled'],
  imports: ['/assistantMetadata', '/debugUntil'],
  scripts: ['/debugUntil'],
  connections: ['/debugDate'],
} as const
export type Patchable = keyof typeof patchable

/** The longest that the console of a script, or the requests of a connection or a step, are recorded from now on. Milliseconds. */
export const maxDebugMs = 60 * 60 * 1000
/** Operations of one patch. */
const maxOperations = 100

/** Times until which something is recorded: these can be removed, too. */
const debugTimes: ReadonlySet<string> = new Set(['/debugUntil', '/debugDate', '/logging/debugUntil'])

const jsonPatch = (paths: readonly string[]) =>
  Type.Array(
    Type.Object({
      op: paths.some((path) => debugTimes.has(path))
        ? Type.Enum(['replace', 'remove'], { type: 'string', description: 'What to do; `remove` ends what is recorded.' })
        : Type.Enum(['replace'], { type: 'string', description: 'What to do; only `replace` is supported.' }),
      path: Type.String({ description: 'JSON Pointer (RFC 6901) to the field.' }),
      value: Type.Optional(Type.Unknown({ description: 'The new value of the field.' })),
    }),
    { minItems: 1, maxItems: maxOperations, description: 'A JSON Patch document.' },
  )

const patchOf = <const C extends Patchable>(collection: C, one: string, more = '') =>
  ({
    method: 'PATCH',
    path: `/v1/${collection}/:_id`,
    tag: collection,
    summary: `Patch ${one}`,
    description: `Applies a JSON Patch document (RFC 6902): all of its operations or none. Only \`replace\` is supported; null takes a text such as a schedule off. It works on ${patchable[collection].map((path) => `\`${path}\``).join(', ')}.${more}`,
    access: 'manage',
    extent: 'environment',
    params: Type.Object({ _id: objectId({ description: `Id of the ${one.split(' ')[1]}.` }) }),
    body: jsonPatch(patchable[collection]),
    status: 204,
    errors: [
      'not_found',
      'precondition_failed',
      'invalid_patch',
      'invalid_field',
      'invalid_ref',
      'missing_required_field',
      'script_error',
      'conflict',
      'app_resource_locked',
      'update_in_progress',
    ],
  }) as const satisfies Operation

const debugOfStep =
  ' Until `debugUntil` its requests are recorded with their answers (`/v1/connections/{_id}/debug/{_resourceId}`), for an hour at most. A time that has passed, or `remove`, ends it.'

export const patches = {
  patchIntegration: patchOf('integrations', 'an integration'),
  patchFlow: patchOf('flows', 'a flow'),
  patchExport: patchOf('exports', 'an export', debugOfStep),
  patchImport: patchOf('imports', 'an import', debugOfStep),
  patchScript: patchOf(
    'scripts',
    'a script',
    ' Until then what the script writes to its console is kept, for an hour at most. A time that has passed ends it.',
  ),
  patchConnection: patchOf(
    'connections',
    'a connection',
    ' Until then what goes over the wire of the connection is recorded (`/v1/connections/{_id}/debug`), for an hour at most. A time that has passed, or `remove`, ends it.',
  ),
} as const satisfies Record<string, Operation>
