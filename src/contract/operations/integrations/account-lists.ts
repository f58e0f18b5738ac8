/** Lists of the account that clients of integrator.io read: a tile an integration, and collections of which there is nothing here. */
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
  },
  { description: 'An integration at a glance.' },
)

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
    description: 'An entry for each integration, the oldest first, and at the end one for the flows that belong to none, if there are any.',
    partialAccess: 'filtered',
    query: pagingQuery,
    result: Type.Array(tile),
    empty: 'There are neither integrations nor flows.',
    paged: true,
    errors: ['invalid_query_params'],
  },
  listHttpConnectors: nothingHere(
    'httpconnectors',
    "integrator.io's catalogue of applications: the prebuilt definitions that its HTTP connections can be made from. This server has none; connections name their base URI and authentication themselves.",
  ),
  listNotifications: nothingHere(
    'notifications',
    'Notifications are the mails that users subscribe to for errors of flows and for connections that go offline. This server sends no mail, so there are no subscriptions.',
  ),
} as const satisfies Record<string, Operation>
