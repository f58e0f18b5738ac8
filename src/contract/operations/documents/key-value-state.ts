/** State: what scripts and callers remember from one call to the next, by key; of an environment as a whole, or of one of its documents. */
import { Type, type TObject, type TProperties } from 'typebox'
import type { ErrorCode } from '../../errors.ts'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

/** Keys of one state, characters of one of them, and characters of one value as JSON. */
export const maxKeys = 1000
export const maxKeyCharacters = 200
export const maxValueCharacters = 1_000_000

/** Types whose documents have a state of their own. */
export type Stateful = 'integrations' | 'flows' | 'exports' | 'imports' | 'connections'

const text = (description: string) => ({ resultType: 'text/plain', result: Type.String({ description }) }) as const
const key = Type.String({ description: 'Key of the value.' })

/** The state of the environment has no document, and so no parameters. */
type WithParams<P extends TProperties> = keyof P extends never ? unknown : { readonly params: TObject<P> }

interface At<P extends TProperties, D> {
  readonly tag: string
  readonly path: `/v1/${string}`
  readonly params: P
  /** Whose state it is: `the state of ...`. */
  readonly whose: string
  /** What a deletion answers. */
  readonly deleted: D
  readonly served: { readonly partialAccess?: 'account' }
}

const operationsAt = <P extends TProperties, const D extends { readonly status: 200 | 204 }>(at: At<P, D>) => {
  const { tag, whose, deleted, served } = at
  const ofAll = { tag, path: at.path, ...served, ...(Object.keys(at.params).length > 0 && { params: Type.Object(at.params) }) }
  const errors: readonly ErrorCode[] = Object.keys(at.params).length > 0 ? ['not_found'] : []
  const ofOne = { tag, path: `${at.path}/:key`, params: Type.Object({ ...at.params, key }), ...served } as const
  return {
    list: {
      ...(ofAll as Omit<typeof ofAll, 'params'> & WithParams<P>),
      method: 'GET',
      summary: `List the keys of ${whose}`,
      access: 'monitor',
      extent: 'environment',
      status: 200,
      result: Type.Object({ keys: Type.Array(Type.String(), { description: 'The keys, in order.' }) }),
      errors,
    },
    deleteAll: {
      ...(ofAll as Omit<typeof ofAll, 'params'> & WithParams<P>),
      method: 'DELETE',
      summary: `Delete all of ${whose}`,
      access: 'manage',
      extent: 'environment',
      ...deleted,
      errors,
    },
    get: {
      ...ofOne,
      method: 'GET',
      summary: `Get a value of ${whose}`,
      access: 'monitor',
      extent: 'environment',
      status: 200,
      result: Type.Unknown({ description: 'The value, as it was put there.' }),
      errors: ['not_found'],
    },
    put: {
      ...ofOne,
      method: 'PUT',
      summary: `Put a value into ${whose}`,
      description: `Any JSON of up to ${maxValueCharacters.toLocaleString('en')} characters, under one of up to ${maxKeys.toLocaleString('en')} keys.`,
      access: 'manage',
      extent: 'environment',
      body: Type.Unknown({ description: 'The value.' }),
      status: 200,
      ...text('`Created` where the key is new, else `OK`.'),
      errors: ['not_found', 'state_limit'],
    },
    delete: {
      ...ofOne,
      method: 'DELETE',
      summary: `Delete a value of ${whose}`,
      access: 'manage',
      extent: 'environment',
      ...deleted,
      errors: ['not_found'],
    },
  } as const satisfies Record<string, Operation>
}

/** Of the environment: keys of documents are not among its own. */
export const stateOfEnvironment = operationsAt({
  tag: 'state',
  path: '/v1/state',
  params: {},
  whose: 'the state of the environment',
  deleted: { status: 204 },
  served: { partialAccess: 'account' },
})

const defineState = (collection: Stateful, one: string) =>
  operationsAt({
    tag: collection,
    path: `/v1/${collection}/:_id/state`,
    params: { _id: objectId({ description: `Id of the ${one.split(' ')[1]}.` }) },
    whose: `the state of ${one}`,
    deleted: { status: 200, ...text('`OK`.') },
    served: {},
  })
export type StateOperations = ReturnType<typeof defineState>

const ofIntegration = defineState('integrations', 'an integration')

/** The one whose answer says besides which state its definition is in. */
const integrationState = {
  ...ofIntegration,
  list: {
    ...ofIntegration.list,
    tokenLevel: 'read',
    summary: 'List the keys of the state of an integration, and the hash of its definition',
    description:
      'The keys are those that scripts and callers put there. `hash` is the hash of the definition of the integration: of all of its resources as people wrote them. It is what revisions name as `beforeRevisionHash` and `afterRevisionHash`, and what `If-Match` names with `PUT /v1/integrations/{_id}/files`.',
    result: Type.Object({
      ...ofIntegration.list.result.properties,
      hash: Type.Optional(
        Type.String({
          description: 'Hash of the state of the definition. Absent where more documents belong to the integration than a revision holds.',
          'x-sluice-extension': true,
        }),
      ),
    }),
  },
} as const satisfies Record<string, Operation>

type NameOf = { list: 'list'; deleteAll: 'delete'; get: 'get'; put: 'put'; delete: 'delete' }
/** `listFlowState`, `deleteFlowState`, `getFlowStateValue`, ... */
export type StateNames<N extends string, Ops extends Record<keyof NameOf, unknown>> = {
  [K in keyof NameOf as K extends 'list' | 'deleteAll' ? `${NameOf[K]}${N}State` : `${NameOf[K]}${N}StateValue`]: Ops[K]
}

export const nameOperations = <N extends string, Ops extends Record<keyof NameOf, unknown>>(name: N, ops: Ops): StateNames<N, Ops> =>
  ({
    [`list${name}State`]: ops.list,
    [`delete${name}State`]: ops.deleteAll,
    [`get${name}StateValue`]: ops.get,
    [`put${name}StateValue`]: ops.put,
    [`delete${name}StateValue`]: ops.delete,
  }) as StateNames<N, Ops>

export const state = {
  ...nameOperations('', stateOfEnvironment),
  ...nameOperations('Integration', integrationState),
  ...nameOperations('Flow', defineState('flows', 'a flow')),
  ...nameOperations('Export', defineState('exports', 'an export')),
  ...nameOperations('Import', defineState('imports', 'an import')),
  ...nameOperations('Connection', defineState('connections', 'a connection')),
}
