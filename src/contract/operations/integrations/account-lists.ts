/** Lists of the account that clients of integrator.io read: a tile an integration, which users pin, and a collection of which there is nothing here. */
import { Type } from 'typebox'
import { dateTime, objectId, open } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { pagingQuery } from '../../paging.ts'

const text = (description: string) => Type.String({ description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

const tile = Type.Object(
  {
    _integrationId: text('Id of the integration, or `none` for the flows that belong to none.'),
    name: text('Its name.'),
    numFlows: count('Its flows.'),
    numApis: count('Its APIs.'),
    numError: count('Errors of its flows that are open.'),
    lastErrorAt: Type.Optional(dateTime({ description: 'When the newest of them happened.' })),
    offlineConnections: Type.Array(objectId(), { description: 'Those of its registered connections that are offline.' }),
    supportsChild: Type.Boolean({ description: 'Whether children can be made of it: it has an `initChild`.' }),
    mode: Type.Optional(text('Where an Integration App stands: `install`, `settings` or `uninstall`.')),
    lastModified: Type.Optional(dateTime({ description: 'When the integration was changed last.' })),
    _parentId: Type.Optional(objectId({ description: 'The integration that it is a child of.' })),
    _connectorId: Type.Optional(objectId({ description: 'The Integration App that it was installed from.' })),
    pinned: Type.Optional(Type.Boolean({ 'x-sluice-extension': true, description: 'True where the user has pinned it.' })),
  },
  { description: 'An integration at a glance.' },
)

/** By what tiles are sorted: a field of theirs, downwards with a minus in front. */
const tileFields = ['name', 'numError', 'lastErrorAt', 'lastModified', 'numFlows'] as const
export const tileOrders = tileFields.flatMap((field) => [field, `-${field}`] as const)
export type TileOrder = (typeof tileOrders)[number]
/** Characters of a name that is searched for. */
const maxSearch = 200
/** Tiles that one user pins in an environment: more than anybody looks at first. */
export const maxPinned = 200

const tilesQuery = Type.Object({
  ...pagingQuery.properties,
  search: Type.Optional(
    Type.String({
      'x-sluice-extension': true,
      maxLength: maxSearch,
      description: 'Only tiles whose name holds this, in upper or lower case.',
    }),
  ),
  sort: Type.Optional(
    Type.Enum([...tileOrders], {
      'x-sluice-extension': true,
      description: 'By this field, downwards with a minus in front; what lacks it stands last. The oldest first where it is absent.',
    }),
  ),
  pinnedFirst: Type.Optional(
    Type.Boolean({ 'x-sluice-extension': true, description: 'Those that the user has pinned stand before all others.' }),
  ),
})

const tileParams = Type.Object({ _integrationId: text('Id of the integration, or `none`.') })
const ofPin = {
  path: '/v1/tiles/:_integrationId/pin',
  tag: 'tiles',
  access: 'monitor',
  extent: 'environment',
  partialAccess: 'filtered',
  params: tileParams,
  status: 204,
  extension: true,
} as const

const common = { method: 'GET', access: 'monitor', extent: 'environment', status: 200 } as const

const nothingHere = <Name extends string>(name: Name, what: string) =>
  ({
    ...common,
    path: `/v1/${name}`,
    tag: name,
    summary: `List ${name}`,
    description: `${what} The list is there for clients that read it, and is empty.`,
    partialAccess: 'everyone',
    result: Type.Array(open()),
    empty: 'Always.',
    errors: [],
  }) as const

export const accountLists = {
  listTiles: {
    ...common,
    path: '/v1/tiles',
    tag: 'tiles',
    summary: 'List tiles',
    description:
      'An entry for each integration, the oldest first, and at the end one for the flows that belong to none, if there are any. They are searched and sorted here, over all pages.',
    partialAccess: 'filtered',
    query: tilesQuery,
    result: Type.Array(tile),
    empty: 'There are neither integrations nor flows.',
    paged: true,
    errors: ['invalid_query_params'],
  },
  pinTile: {
    ...ofPin,
    method: 'PUT',
    summary: 'Pin a tile',
    description: `For the user and the environment, in every browser of theirs. Done again it does nothing. At most ${maxPinned}.`,
    errors: ['not_found', 'state_limit'],
  },
  unpinTile: {
    ...ofPin,
    method: 'DELETE',
    summary: 'Unpin a tile',
    description: 'Done again it does nothing.',
    errors: ['not_found'],
  },
  listHttpConnectors: nothingHere(
    'httpconnectors',
    "integrator.io's catalogue of applications: the prebuilt definitions that its HTTP connections can be made from. This server has none; connections name their base URI and authentication themselves.",
  ),
} as const satisfies Record<string, Operation>
