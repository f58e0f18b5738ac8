/** Builds the integration through the API, and takes away what an earlier demo left. */
import { randomBytes } from 'node:crypto'
import type { OperationBody } from '../src/contract/operations/index.ts'
import type { Api } from './api.ts'
import type { Webhook } from './applications/returns.ts'
import type { Shop } from './applications/shop.ts'
import type { Warehouse } from './applications/warehouse.ts'
import {
  flowOf,
  groupings,
  integrationOf,
  names,
  ordersExport,
  returnsImport,
  returnsWebhook,
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
  /** Where the shop tells of returns, and what it signs them with. */
  readonly webhook: Webhook
}

/** Flows, exports and imports go with their integration, and a run that is still going on ends as canceled. */
export async function clear(api: Api): Promise<void> {
  const named = (name: string) => ({ query: { name } })
  for (const { _id } of await api.call('listIntegrations', named(names.integration)))
    await api.call('deleteIntegration', { params: { _id } })
  for (const name of [names.flow, names.returnsFlow])
    for (const { _id } of await api.call('listFlows', named(name))) await api.call('deleteFlow', { params: { _id } })
  for (const name of [names.export, names.webhook])
    for (const { _id } of await api.call('listExports', named(name))) await api.call('deleteExport', { params: { _id } })
  for (const name of [names.import, names.returnsImport])
    for (const { _id } of await api.call('listImports', named(name))) await api.call('deleteImport', { params: { _id } })
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
  const flowIn = async (grouping: string, name: string, steps: { readonly export: string; readonly import: string }) => {
    const group = integration.flowGroupings?.find((each) => each.name === grouping)
    promise(group?._id !== undefined, `The integration came back without its flow grouping ${grouping}.`)
    const body = flowOf(name, { integration: integration._id, grouping: group._id, ...steps })
    return tell('flows', await api.call('createFlow', { body }), `in the group ${grouping}`)
  }
  const flow = await flowIn(groupings.orders, names.flow, { export: exported._id, import: imported._id })
  const key = randomBytes(24).toString('hex')
  const webhook = tell('exports', await api.call('createExport', { body: returnsWebhook(key) }), 'a webhook: the shop calls, and signs')
  const expecting = tell('imports', await api.call('createImport', { body: returnsImport(to._id) }), 'mappings')
  await flowIn(groupings.returns, names.returnsFlow, { export: webhook._id, import: expecting._id })
  const secrets = [from.http?.auth?.token?.token, to.http?.auth?.basic?.password, webhook.webhook?.key]
  promise(
    secrets.every((secret) => secret === '******'),
    'A secret of a connection came back in the clear.',
  )
  screen.done(`token, password and key are sealed; the API answers ${secrets[0]} for each`)
  const url = `${api.url}/v1/exports/${webhook._id}/data`
  return { integration: integration._id, flow: flow._id, export: exported._id, import: imported._id, webhook: { url, key } }
}
