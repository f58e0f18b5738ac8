/** A flow of export, lookup, import, import, each over a connection of its own. */
import { pagesOfOrders } from './flow.ts'
import type { Sluice } from './sluice.ts'

export interface LongFlowOptions {
  readonly application: string
  /** Beginning of the path that everything is asked below. */
  readonly path: string
  readonly pageSize: number
  /** Of the export, the lookup and the two imports; new ones by default. */
  readonly connections?: readonly [string, string, string, string]
  /** With functions that do nothing: preSavePage of the export, preMap of the first import. */
  readonly hooks?: boolean
}

const content = `
function preSavePage({ data, errors }) { return { data, errors, abort: false } }
function preMap({ data }) { return data.map((record) => ({ data: record })) }`

/** Requests at once on a connection. */
export const concurrencyLevel = 25

export const connectionsOf = async (sluice: Sluice, application: string): Promise<[string, string, string, string]> => {
  const ids: string[] = []
  for (const name of ['orders', 'customers', 'invoices', 'notes']) {
    const http = { formType: 'http', mediaType: 'json', baseURI: application, concurrencyLevel }
    ids.push((await sluice.call('POST', '/v1/connections', { name, type: 'http', http }))._id)
  }
  return ids as [string, string, string, string]
}

export async function makeLongFlow(
  sluice: Sluice,
  { application, path, pageSize, connections, hooks = false }: LongFlowOptions,
): Promise<string> {
  const create = async (collection: string, body: object): Promise<string> => (await sluice.call('POST', `/v1/${collection}`, body))._id
  const [orders, customers, invoices, notes] = connections ?? (await connectionsOf(sluice, application))
  const _scriptId = hooks ? await create('scripts', { name: 'Functions that do nothing', content }) : undefined
  const hook = (name: string): object => (_scriptId === undefined ? {} : { hooks: { [name]: { _scriptId, function: name } } })
  const _exportId = await create('exports', {
    name: 'Orders',
    _connectionId: orders,
    adaptorType: 'HTTPExport',
    pageSize,
    http: pagesOfOrders(path),
    ...hook('preSavePage'),
  })
  const lookup = await create('exports', {
    name: 'Customer',
    _connectionId: customers,
    adaptorType: 'HTTPExport',
    isLookup: true,
    http: { relativeURI: `${path}/customers/{{record.id}}`, method: 'GET' },
  })
  const importTo = (name: string, _connectionId: string, more: object = {}): Promise<string> =>
    create('imports', {
      name,
      _connectionId,
      adaptorType: 'HTTPImport',
      http: { relativeURI: [`${path}/${name}`], method: ['POST'] },
      mappings: [
        { generate: 'reference', dataType: 'string', extract: '$.id', sourceDataType: 'number', status: 'Active' },
        { generate: 'email', dataType: 'string', extract: '$.customer.email', sourceDataType: 'string', status: 'Active' },
        { generate: 'amount', dataType: 'number', extract: '$.total', sourceDataType: 'number', status: 'Active' },
      ],
      ...more,
    })
  const mapped = (extract: string, generate: string): object => ({ responseMapping: { fields: [{ extract, generate }], lists: [] } })
  return create('flows', {
    name: 'Orders to invoices and notes',
    pageGenerators: [{ _exportId }],
    pageProcessors: [
      { type: 'export', _exportId: lookup, ...mapped('data[0].id', 'customerId') },
      { type: 'import', _importId: await importTo('invoices', invoices, hook('preMap')), ...mapped('id', 'invoiceId') },
      { type: 'import', _importId: await importTo('notes', notes) },
    ],
  })
}
