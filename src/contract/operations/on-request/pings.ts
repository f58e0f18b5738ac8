/** Trying connections: the request that a connection says shows whether it works. */
import { Type, type Static } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { connection } from '../../resources/connection.ts'
import { choice, list, optional, text } from '../../shared/schema-helpers.ts'

const params = Type.Object({ _id: objectId({ description: 'Id of the connection.' }) })

const failure = Type.Object({
  code: Type.Unsafe<string | number>({
    type: ['integer', 'string'],
    description: 'Status that the application answered, or a word where it did not answer or was not asked.',
  }),
  message: text('What it said, or why it could not be asked.'),
  source: choice(['application', 'connection', 'internal', 'resource'], 'Where the failure comes from.'),
})

const result = Type.Object(
  optional({
    code: Type.Integer({ const: 200, description: 'The connection works.' }),
    errors: list(failure, 'Why it does not. Instead of `code`.'),
  }),
)

const answers =
  'Answers 200 either way, as integrator.io does: `{code: 200}` where the connection works, `{errors: [...]}` where it does not, with the status of the application as `code`. Makes the request of `http.ping`, with the credentials and headers of the connection, once and for 20 s at the most. A connection without one (no `relativeURI`) is not asked for anything: it is only checked that it can be used.'
const keeps =
  'What came of it is kept: `lastPingAt`, `lastPingStatus`, `status`. A connection that fails goes offline, and flows do not run over it; one that answers comes online.'
const untold = 'One that is offline and has no ping stays offline.'

/** What is not stored needs no name. */
const unnamed = Type.Unsafe<Static<typeof connection.body>>({
  ...connection.body,
  required: connection.body.required.filter((field) => field !== 'name'),
})

const saved = {
  tag: 'connections',
  params,
  access: 'manage',
  extent: 'environment',
  status: 200,
  result,
  errors: ['not_found', 'too_many_at_once'],
} as const

export const pings = {
  pingConnection: {
    ...saved,
    method: 'GET',
    path: '/v1/connections/:_id/ping',
    summary: 'Ping a connection',
    description: `${answers} ${keeps} ${untold}`,
  },
  pingConnectionByPost: {
    ...saved,
    method: 'POST',
    path: '/v1/connections/:_id/ping',
    summary: 'Ping a connection, with POST',
    description: 'The same as with GET. A body is not read.',
  },
  testConnection: {
    ...saved,
    method: 'POST',
    path: '/v1/connections/:_id/test',
    summary: 'Test a connection',
    description: 'The same as a ping.',
  },
  pingVirtualConnection: {
    tag: 'connections',
    method: 'POST',
    path: '/v1/connections/ping',
    summary: 'Ping a connection that is not saved',
    description: `${answers} Nothing is stored. With the \`_id\` of a stored connection, secrets that are sent as their mask are taken from it; that asks for the right to change it, and below administrator that they are sent where they are sent now.`,
    access: 'manage',
    extent: 'environment',
    partialAccess: 'filtered',
    body: unnamed,
    known: Type.Object({ ...connection.stored.properties, _id: objectId() }),
    status: 200,
    result,
    errors: ['not_found', 'missing_required_field', 'invalid_field', 'invalid_secret', 'unknown_field', 'too_many_at_once'],
  },
} as const satisfies Record<string, Operation>
