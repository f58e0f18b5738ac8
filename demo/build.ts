/** Builds the integration through the API, and takes away what an earlier demo left. */
import type { Api, Named } from './api.ts'
import type { Shop } from './applications/shop.ts'
import type { Warehouse } from './applications/warehouse.ts'
import {
  grouping,
  integrationOf,
  names,
  ordersExport,
  ordersFlow,
  shipmentsImport,
  shopConnection,
  warehouseConnection,
} from './documents.ts'
import { promise } from './promise.ts'
import type { Screen } from './screen.ts'

export interface Built {
  readonly integration: string
  readonly flow: string
  readonly export: string
  readonly import: string
}

interface Integration extends Named {
  readonly flowGroupings: readonly Named[]
}
interface Connection extends Named {
  readonly http: { readonly auth: { readonly token?: { token: string }; readonly basic?: { password: string } } }
}

/** Flows, exports and imports go with their integration, and a run that is still going on ends as canceled. */
export async function clear(api: Api): Promise<void> {
  const ours: readonly (readonly [collection: string, name: string])[] = [
    ['integrations', names.integration],
    ['flows', names.flow],
    ['exports', names.export],
    ['imports', names.import],
    ['connections', names.shop],
    ['connections', names.warehouse],
  ]
  for (const [collection, name] of ours) {
    const found = (await api.call<Named[] | undefined>('GET', `/v1/${collection}?name=${encodeURIComponent(name)}`)) ?? []
    for (const { _id } of found) await api.call('DELETE', `/v1/${collection}/${_id}`)
  }
}

const longest = Math.max(...Object.values(names).map((name) => name.length))

export async function build(api: Api, screen: Screen, shop: Shop, warehouse: Warehouse): Promise<Built> {
  const create = async <Doc extends Named>(collection: string, body: object, remark: string): Promise<Doc> => {
    const doc = await api.call<Doc>('POST', `/v1/${collection}`, body)
    screen.done(`POST /v1/${collection.padEnd(12)}  ${screen.bold(doc.name.padEnd(longest))}  ${screen.faint(remark)}`)
    return doc
  }
  const integration = await create<Integration>('integrations', integrationOf(), 'two flow groupings, settings')
  const from = await create<Connection>('connections', shopConnection(shop), 'a token in the Authorization header')
  const to = await create<Connection>('connections', warehouseConnection(warehouse), 'user and password, 20 requests at a time')
  const exported = await create<Named>('exports', ordersExport(from._id), 'paged, only what is new since the last run')
  const imported = await create<Named>('imports', shipmentsImport(to._id), 'mappings, two lookups')
  const group = integration.flowGroupings.find(({ name }) => name === grouping)
  promise(group !== undefined, `The integration came back without its flow grouping ${grouping}.`)
  const flow = await create<Named>(
    'flows',
    ordersFlow({ integration: integration._id, grouping: group._id, export: exported._id, import: imported._id }),
    `in the group ${grouping}`,
  )
  const secrets = [from.http.auth.token?.token, to.http.auth.basic?.password]
  promise(
    secrets.every((secret) => secret === '******'),
    'A secret of a connection came back in the clear.',
  )
  screen.done(`token and password are sealed; the API answers ${secrets[0]} for both`)
  return { integration: integration._id, flow: flow._id, export: exported._id, import: imported._id }
}
