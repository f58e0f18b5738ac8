/** The documents of the demo's integration, as anybody would send them: bodies of the API, and no more. */
import type { OperationBody } from '../src/contract/operations/index.ts'
import { lookups, mappings, returnMappings } from './mapping.ts'

export const names = {
  integration: 'Shop to warehouse',
  shop: 'Shop',
  warehouse: 'Warehouse',
  export: 'Get orders from the shop',
  import: 'Create shipments in the warehouse',
  flow: 'Orders to shipments',
  webhook: 'Take returns from the shop',
  returnsImport: 'Expect returns in the warehouse',
  returnsFlow: 'Returns to the warehouse',
}
export const groupings = { orders: 'Fulfilment', returns: 'Returns' }

export const integrationOf = (): OperationBody<'createIntegration'> => ({
  name: names.integration,
  description: 'Every order of the shop becomes a shipment of the warehouse.',
  flowGroupings: [{ name: groupings.orders }, { name: groupings.returns }],
  settings: { site: 'NORTH-1' },
})

/** Where an application is, and what it asks for. */
interface ShopPlace {
  readonly url: string
  readonly token: string
}
interface WarehousePlace {
  readonly url: string
  readonly username: string
  readonly password: string
}

export const shopConnection = ({ url, token }: ShopPlace): OperationBody<'createConnection'> => ({
  name: names.shop,
  type: 'http',
  http: {
    mediaType: 'json',
    baseURI: url,
    auth: { type: 'token', token: { location: 'header', headerName: 'Authorization', scheme: 'Bearer', token } },
  },
})

export const warehouseConnection = ({ url, username, password }: WarehousePlace): OperationBody<'createConnection'> => ({
  name: names.warehouse,
  type: 'http',
  http: { mediaType: 'json', baseURI: url, concurrencyLevel: 20, auth: { type: 'basic', basic: { username, password } } },
})

/** A delta: the first run fetches everything, a later one what came since. */
export const ordersExport = (_connectionId: string): OperationBody<'createExport'> => ({
  name: names.export,
  _connectionId,
  adaptorType: 'HTTPExport',
  type: 'delta',
  pageSize: 50,
  settings: { ordersPerRequest: 250 },
  traceKeyTemplate: '{{record.number}}',
  http: {
    method: 'GET',
    relativeURI: '/orders?page={{export.http.paging.page}}&size={{settings.export.ordersPerRequest}}&since={{{lastExportDateTime}}}',
    paging: { method: 'page', page: 1, maxPagePath: 'pages' },
    response: { resourcePath: 'orders' },
  },
})

export const shipmentsImport = (_connectionId: string): OperationBody<'createImport'> => ({
  name: names.import,
  _connectionId,
  adaptorType: 'HTTPImport',
  http: { method: ['POST'], relativeURI: ['/shipments'] },
  lookups,
  mappings,
})

/** The shop calls it, and signs what it sends. */
export const returnsWebhook = (key: string): OperationBody<'createExport'> => ({
  name: names.webhook,
  adaptorType: 'WebhookExport',
  type: 'webhook',
  traceKeyTemplate: '{{record.number}}',
  webhook: { provider: 'custom', verify: 'hmac', key, algorithm: 'sha256', encoding: 'hex', header: 'X-Shop-Signature' },
})

export const returnsImport = (_connectionId: string): OperationBody<'createImport'> => ({
  name: names.returnsImport,
  _connectionId,
  adaptorType: 'HTTPImport',
  http: { method: ['POST'], relativeURI: ['/returns'] },
  mappings: returnMappings,
})

export const flowOf = (
  name: string,
  ids: { integration: string; grouping: string; export: string; import: string },
): OperationBody<'createFlow'> => ({
  name,
  _integrationId: ids.integration,
  _flowGroupingId: ids.grouping,
  pageGenerators: [{ _exportId: ids.export }],
  pageProcessors: [{ type: 'import', _importId: ids.import }],
})
