/** Builds the integration through the API, and takes away what an earlier demo left. */
import type { OperationBody } from '../src/contract/operations/index.ts'
import type { Api } from './api.ts'
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

/** Flows, exports and imports go with their integration, and a run that is still going on ends as canceled. */
export async function clear(api: Api): Promise<void> {
  const named = (name: string) => ({ query: { name } })
  for (const { _id } of await api.call('listIntegrations', named(names.integration)))
    await api.call('deleteIntegration', { params: { _id } })
  for (const { _id } of await api.call('listFlows', named(names.flow))) await api.call('deleteFlow', { params: { _id } })
  for (const { _id } of await api.call('listExports', named(names.export))) await api.call('deleteExport', { params: { _id } })
  for (const { _id } of await api.call('listImports', named(names.import))) await api.call('deleteImport', { params: { _id } })
  for (const name of [names.shop, names.warehouse])
    for (const { _id } of await api.call('listConnections', named(name))) await api.call('deleteConnection', { params: { _id } })
}

const longest = Math.max(...Object.values(names).map((name) => name.length))

export async function build(api: Api, screen: Screen, shop: Shop, warehouse: Warehouse): Promise<Built> {
  const tell = <Doc extends { readonly name: string }>(collection: string, doc: Doc, remark: string): Doc => {
    screen.done(`POST /v1/${collection.padEnd(12)}  ${screen.bold(doc.name.padEnd(longest))}  ${screen.faint(remark)}`)
    return doc
  }
  const connect = async (body: OperationBody<'createConnection'>, remark: string) =>
    tell('connections', await api.call('createConnection', { body }), remark)
  const integration = tell('integrations', await api.call('createIntegration', { body: integrationOf() }), 'two flow groupings, settings')
  const from = await connect(shopConnection(shop), 'a token in the Authorization header')
  const to = await connect(warehouseConnection(warehouse), 'user and password, 20 requests at a time')
  const exported = tell(
    'exports',
    await api.call('createExport', { body: ordersExport(from._id) }),
    'paged, only what is new since the last run',
  )
  const imported = tell('imports', await api.call('createImport', { body: shipmentsImport(to._id) }), 'mappings, two lookups')
  const group = integration.flowGroupings?.find(({ name }) => name === grouping)
  promise(group?._id !== undefined, `The integration came back without its flow grouping ${grouping}.`)
  const body = ordersFlow({ integration: integration._id, grouping: group._id, export: exported._id, import: imported._id })
  const flow = tell('flows', await api.call('createFlow', { body }), `in the group ${grouping}`)
  const secrets = [from.http?.auth?.token?.token, to.http?.auth?.basic?.password]
  promise(
    secrets.every((secret) => secret === '******'),
    'A secret of a connection came back in the clear.',
  )
  screen.done(`token and password are sealed; the API answers ${secrets[0]} for both`)
  return { integration: integration._id, flow: flow._id, export: exported._id, import: imported._id }
}
