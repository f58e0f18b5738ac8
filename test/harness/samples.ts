/** A document of every type that the API takes, and one of each in an account, for tests that hold for all types alike. */
import type { Collection } from '../../src/contract/resources/index.ts'
import type { Api } from './api.ts'

/** One document of each type, by collection. */
export type Ids = Readonly<Record<Collection, string>>
export type Body = Record<string, unknown>

/** No two MCP servers have the same. */
let addresses = 0

/** Sent to the API: a connection with a secret, steps over it, a flow of both. `ids` are documents of the same account. */
export const samples: Readonly<Record<Collection, (ids: Ids) => Body>> = {
  integrations: () => ({ name: 'Shop to books', description: 'Orders', settings: { region: 'EU', nested: { deep: [1, 2] } } }),
  connections: () => ({
    name: 'Shop',
    type: 'http',
    externalId: 'shop',
    http: {
      baseURI: 'https://shop.example',
      mediaType: 'json',
      auth: { type: 'token', token: { token: 'first-secret', location: 'header', headerName: 'Authorization', scheme: 'Bearer' } },
    },
  }),
  scripts: () => ({
    name: 'Hooks',
    content: 'function preMap(o) { return o.data }\nfunction f(o) { return o.newResource ?? {} }',
    description: 'Code',
  }),
  exports: (ids) => ({
    name: 'Orders',
    description: 'All of them',
    _connectionId: ids.connections,
    adaptorType: 'HTTPExport',
    http: { method: 'GET', relativeURI: '/orders' },
    hooks: { preSavePage: { function: 'preSavePage', _scriptId: ids.scripts } },
  }),
  imports: (ids) => ({
    name: 'Invoices',
    description: 'One each',
    _connectionId: ids.connections,
    _integrationId: ids.integrations,
    adaptorType: 'HTTPImport',
    http: { method: ['POST'], relativeURI: ['/invoices'] },
    hooks: { preMap: { function: 'preMap', _scriptId: ids.scripts } },
  }),
  flows: (ids) => ({
    name: 'Orders to invoices',
    description: 'Each night',
    _integrationId: ids.integrations,
    pageGenerators: [{ _exportId: ids.exports }],
    pageProcessors: [{ type: 'import', _importId: ids.imports }],
  }),
  lookupcaches: (ids) => ({ name: 'Item numbers', description: 'From the shop to the books', _integrationId: ids.integrations }),
  asynchelpers: (ids) => ({
    name: 'Reports',
    _integrationId: ids.integrations,
    http: {
      submit: { sameAsStatus: true, resourcePath: 'report' },
      status: { _exportId: ids.exports, statusPath: 'state', inProgressValues: ['queued'], doneValues: ['done'] },
      result: { _exportId: ids.exports },
    },
  }),
  stacks: () => ({ name: 'Own code', description: 'Prices', type: 'server', server: { hostURI: 'https://code.example' } }),
  iclients: () => ({ name: 'Shop app', provider: 'custom_oauth2', published: false, oauth2: { clientId: 'us', scope: ['orders'] } }),
  tools: (ids) => ({
    name: 'Find a customer',
    description: 'By mail address',
    _integrationId: ids.integrations,
    input: { schema: { type: 'object' }, transform: { type: 'script', script: { _scriptId: ids.scripts, function: 'reshape' } } },
    routers: [
      { id: 'a', branches: [{ name: 'All', pageProcessors: [{ type: 'export', _exportId: ids.exports }], nextRouterId: 'outputRouter' }] },
    ],
  }),
  mcpservers: (ids) => ({
    name: 'Shop for agents',
    description: 'Finds customers',
    relativeURI: `/shop-${++addresses}`,
    tools: [{ _toolId: ids.tools, name: 'find_customer', annotations: { readOnlyHint: true } }],
  }),
  apis: (ids) => ({
    name: 'Orders',
    description: 'For the warehouse',
    type: 'builder',
    _integrationId: ids.integrations,
    builder: {
      request: { relativeURI: '/orders/:id', method: 'POST', bodySchema: { type: 'object' } },
      routers: [{ branches: [{ pageProcessors: [{ type: 'import', _importId: ids.imports }] }] }],
      responses: [
        { id: 'ok', type: 'success', statusCode: 200, mappings: [{ generate: 'id', extract: 'id' }] },
        { id: 'failed', type: 'fail' },
      ],
    },
  }),
  templates: (ids) => ({ name: 'Shop to books', description: 'Orders', applications: ['shop'], _integrationId: ids.integrations }),
  connectors: (ids) => ({
    name: 'Shop to books',
    description: 'Orders',
    _integrationId: ids.integrations,
    _stackId: ids.stacks,
    twoDotZero: { editions: [{ displayName: 'Starter', order: 0 }] },
  }),
  ediprofiles: () => ({ name: 'Big store', description: 'Since 2020', fileType: 'edix12', isa12: '00401', isa99: 'kept' }),
  filedefinitions: () => ({
    name: 'Payments',
    description: 'Of the bank',
    version: '2',
    format: 'fixed',
    fixed: { rowDelimiter: '\n', paddingChar: ' ' },
    rules: [
      {
        elements: [
          { name: 'kind', value: 'P', length: 1 },
          { name: 'amount', value: '{{amount}}', length: 12 },
        ],
      },
    ],
  }),
  tags: () => ({ name: 'Urgent', color: 'red' }),
  environments: () => ({ name: 'Sandbox', description: 'To try things' }),
}

/** A field that may be left out, of every type. */
export const optionalField: Readonly<Record<Collection, string>> = {
  integrations: 'description',
  connections: 'externalId',
  scripts: 'description',
  exports: 'description',
  imports: 'description',
  flows: 'description',
  lookupcaches: 'description',
  asynchelpers: '_integrationId',
  stacks: 'description',
  iclients: 'published',
  tools: 'description',
  apis: 'description',
  mcpservers: 'description',
  templates: 'description',
  connectors: 'description',
  ediprofiles: 'description',
  filedefinitions: 'description',
  tags: 'color',
  environments: 'description',
}

/** Each type after those that its sample refers to. */
export const order: readonly Collection[] = [
  'integrations',
  'connections',
  'scripts',
  'lookupcaches',
  'exports',
  'imports',
  'flows',
  'asynchelpers',
  'stacks',
  'iclients',
  'tools',
  'apis',
  'mcpservers',
  'templates',
  'connectors',
  'ediprofiles',
  'filedefinitions',
  'tags',
  'environments',
]

/** Makes one document of each type and answers their ids. */
export async function makeOneOfEach(call: Api['call'] | Api['stranger']): Promise<Ids> {
  const ids = {} as Record<Collection, string>
  for (const collection of order) {
    const { status, body, text } = await call('POST', `/v1/${collection}`, samples[collection](ids))
    if (status !== 201) throw new Error(`${collection} was not made: ${status} ${text}`)
    ids[collection] = body._id
  }
  return ids
}

/** An id that no document has. */
export const nobody = '000000000000000000000000'
