/** The integration of the demo, document by document. Where one is refused, those before it are taken back. */
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
} from '../../../demo/documents.ts'
import { call, type CallInput } from '../api/client.ts'

export interface SamplePlaces {
  readonly shopURL: string
  readonly shopToken: string
  readonly warehouseURL: string
  readonly warehouseUser: string
  readonly warehousePassword: string
}
type ConnectionBody = CallInput<'createConnection'>['body']

const toShop = ({ shopURL, shopToken }: SamplePlaces): ConnectionBody => shopConnection({ url: shopURL, token: shopToken })
const toWarehouse = ({ warehouseURL, warehouseUser, warehousePassword }: SamplePlaces): ConnectionBody =>
  warehouseConnection({ url: warehouseURL, username: warehouseUser, password: warehousePassword })

/** They ask for what each application has: without that, nothing is asked at all. */
export const sampleConnections = (places: SamplePlaces): readonly ConnectionBody[] => [
  withPing(toShop(places), '/orders?size=1'),
  withPing(toWarehouse(places), '/shipments'),
]
const withPing = (connection: ConnectionBody, relativeURI: string): ConnectionBody => ({
  ...connection,
  ...(connection.http && { http: { ...connection.http, ping: { method: 'GET', relativeURI } } }),
})

/** Characters of the key that the webhook of returns checks, in hex. */
const keyBytes = 24
const makeKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(keyBytes)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Answers the id of the integration. */
export async function buildSample(places: SamplePlaces): Promise<string> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    const integration = await call('createIntegration', { body: integrationOf() })
    undo.push(() => call('deleteIntegration', { params: { _id: integration._id } }))
    const [shop, warehouse] = [await connect(undo, toShop(places)), await connect(undo, toWarehouse(places))]
    const flowIn = async (grouping: string, name: string, exportId: string, importId: string): Promise<void> => {
      const group = integration.flowGroupings?.find((each) => each.name === grouping)?._id ?? ''
      await call('createFlow', {
        body: flowOf(name, { integration: integration._id, grouping: group, export: exportId, import: importId }),
      })
    }
    const exportOf = async (body: CallInput<'createExport'>['body']): Promise<string> => {
      const { _id } = await call('createExport', { body })
      undo.push(() => call('deleteExport', { params: { _id } }))
      return _id
    }
    const importOf = async (body: CallInput<'createImport'>['body']): Promise<string> => {
      const { _id } = await call('createImport', { body })
      undo.push(() => call('deleteImport', { params: { _id } }))
      return _id
    }
    const [orders, shipments] = [await exportOf(ordersExport(shop)), await importOf(shipmentsImport(warehouse))]
    await flowIn(groupings.orders, names.flow, orders, shipments)
    const [returns, expected] = [await exportOf(returnsWebhook(makeKey())), await importOf(returnsImport(warehouse))]
    await flowIn(groupings.returns, names.returnsFlow, returns, expected)
    return integration._id
  } catch (error) {
    for (const each of undo.toReversed()) await each().catch(() => {})
    throw error
  }
}

async function connect(undo: (() => Promise<unknown>)[], body: ConnectionBody): Promise<string> {
  const { _id } = await call('createConnection', { body })
  undo.push(() => call('deleteConnection', { params: { _id } }))
  return _id
}
