/** What belongs to an integration: its documents, who depends on it, its connections, how it is built, who may use it. */
import { of, type Rows } from './row.ts'

const resources = of('integration-resources')
const registration = of('registration')

/** What the five lists have in common. */
const list = (kind: string, unknown: 204 | 404): Readonly<Record<string, readonly string[]>> => ({
  '200': resources(`the ${kind} of an integration > 200: a bare array of the documents, each as it is read by id, oldest first`),
  '204': resources(`the ${kind} of an integration > 204 without a body where there are none`),
  [`An unknown integration is ${unknown}`]: resources(
    `the ${kind} of an integration > an unknown, a deleted and another account's integration are ${unknown}; 404 where strictness is asked for`,
  ),
  '`offset`, `fields` and `sort` are ignored': resources(
    `the ${kind} of an integration > offset, fields and sort are ignored, whatever they say`,
  ),
})
const exactly = (kind: string) => ({ '`limit=N` answers N': resources(`limit for ${kind} > N answers N, the oldest`) })
const oneMore = (kind: string) => ({
  '`limit=N` answers N+1': resources(
    `limit for ${kind} > N answers N+1, as integrator.io does; N where strictness is asked for, the oldest`,
  ),
})
const registering = (way: string): Readonly<Record<string, readonly string[]>> => ({
  '204': registration(
    `registering by ${way} > 204 without a body; the integration names the connection, is modified by that, and changes in nothing else`,
  ),
  '`lastModified` moves': registration(
    `registering by ${way} > 204 without a body; the integration names the connection, is modified by that, and changes in nothing else`,
  ),
  '404': registration(`registering by ${way} > 404 where either side is missing, and nothing is registered`),
  'A second time is 204 too': registration(
    `registering by ${way} > a second time is 204 and changes nothing; another connection comes after`,
  ),
})

const emptyBodies = of('bodies')(
  ...['application/x-www-form-urlencoded', 'text/plain', 'nonsense', 'application/zip'].map(
    (type) => `is none where it is empty > whatever its type: ${type}, at every operation that takes none`,
  ),
)
const alsoThroughShare = (kind: string): Readonly<Record<string, readonly string[]>> => ({
  'An unknown integration is 204, through a share of single integrations too': of('unknown-through-share')(
    `the ${kind} of an integration > that is not there, or not shared, are 204; with strictness 404`,
  ),
})

export const lists: Rows = {
  listIntegrationFlows: { ...list('flows', 204), ...exactly('flows'), ...alsoThroughShare('flows') },
  listIntegrationExports: { ...list('exports', 204), ...oneMore('exports'), ...alsoThroughShare('exports') },
  listIntegrationImports: { ...list('imports', 204), ...oneMore('imports'), ...alsoThroughShare('imports') },
  listIntegrationConnections: {
    ...list('connections', 404),
    ...exactly('connections'),
  },
  listIntegrationAsyncHelpers: list('asynchelpers', 404),
  listIntegrationDependencies: {
    '200': of('dependencies')('dependents > are told by type with id, name, paths, access level and the id they refer to'),
    'Nothing depends on it: `{}`': of('dependencies')('a document of integrations > 200 and {} where nothing depends on it'),
    'An unknown id: `{}`': of('dependencies')(
      "a document of integrations > 200 and {} for an unknown id, a deleted document, another account's and one of another type; 404 where strictness is asked for",
    ),
  },
  registerConnectionToIntegration: { ...registering('path'), 'No request body is needed': emptyBodies },
  registerConnectionToIntegrationByBody: {
    ...registering('body'),
    'The body is one id, not a list': registration('the body is an object with one id'),
  },
  unregisterConnectionFromIntegration: {
    '204': registration('taking it back > 204, also a second time and where it never was; the connection stays'),
    '404': registration('taking it back > 404 where either side is missing'),
    'A deleted connection is registered nowhere': registration(
      'a deleted connection > is registered nowhere any more: not in the integrations, nor in their trees; the others stay, and are modified by that',
    ),
    'The connection itself stays': registration('taking it back > 204, also a second time and where it never was; the connection stays'),
  },
  getIntegrationTreeMetadata: {
    '200': of('tree-metadata')('200 > steps, groups, connections and mode are those of the integration'),
    '404': of('tree-metadata')("404 for an unknown integration, a deleted one, another account's and what is no id"),
    'Children have the same structure': of('tree-metadata')('200 > children have the same form; theirs and deleted ones do not show'),
    '`childIntegrations` is `[]` where there are none': of('tree-metadata')(
      '200 > lists that the integration does not have are empty, and so are its children',
    ),
  },
  listIntegrationAshares: {
    '200': of('ashares')('the users of an integration > every documented field, of the whole account and of this integration alone'),
    '404': of('ashares')('the users of an integration > 404 for an integration that is not there'),
    'No shares: 200 with `[]`, never 204': of('ashares')('the users of an integration > 200 with an empty list where there are none'),
  },
}
