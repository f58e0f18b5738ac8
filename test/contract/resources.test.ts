/** The resource types: complete as their documentation has them, described throughout, and telling good documents from bad ones. */
import { readFileSync } from 'node:fs'
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import type { TSchema } from 'typebox'
import { sharedId } from '../../src/contract/kit.ts'
import { resources, type Collection } from '../../src/contract/resources/index.ts'
import { shared } from '../../src/contract/shared/index.ts'
import { shapeOf } from '../../src/contract/walk.ts'

interface Field {
  readonly type?: unknown
  readonly enum?: unknown
  readonly format?: unknown
  readonly required?: boolean
  readonly readOnly?: true
  readonly open?: true
  readonly additionalProperties?: unknown
}
type Node = Field & {
  readonly description?: string
  readonly deprecated?: boolean
  readonly 'x-ref'?: string
  readonly 'x-secret'?: boolean
}
type Fields = Record<string, Field>

/** Calls `see` for everything a schema declares, links followed, with its path: `install[].name`, `form.fieldMap{}.id`. Recursion ends at a link seen before. */
function everyField(
  schema: TSchema,
  see: (path: string, node: Node, required: boolean) => void,
  path = '',
  required = false,
  links: readonly string[] = [],
): void {
  const { $ref } = schema as { $ref?: string }
  if ($ref !== undefined && links.includes($ref)) return
  const below = $ref === undefined ? links : [...links, $ref]
  const shape = shapeOf(schema)
  const { description } = schema as { description?: string }
  if (path !== '') see(path, { ...(shape as unknown as Node), ...(description !== undefined && { description }) }, required)
  for (const [name, field] of Object.entries(shape.properties ?? {}))
    everyField(field, see, path === '' ? name : `${path}.${name}`, shape.required?.includes(name) ?? false, below)
  if (shape.items) everyField(shape.items, see, `${path}[]`, false, below)
  if (typeof shape.additionalProperties === 'object') everyField(shape.additionalProperties, see, `${path}{}`, false, below)
}

function fieldsOf(schema: TSchema): Map<string, Node & { required: boolean }> {
  const found = new Map<string, Node & { required: boolean }>()
  everyField(schema, (path, node, required) => found.set(path, { ...node, required }))
  return found
}

const collections = Object.keys(resources) as Collection[]
const fixture = (): { body: Fields; answered: Fields } =>
  JSON.parse(readFileSync(new URL('fixtures/integration-fields.json', import.meta.url), 'utf8')) as { body: Fields; answered: Fields }

/** Ours besides the documented ones: groups have ids, by which flows name them. */
const extra = [
  'flowGroupings[]._id',
  'apiGroupings[]._id',
  'changeEdition',
  'changeEdition._scriptId',
  'changeEdition._stackId',
  'changeEdition.function',
]

/** What the fixture says of a field, asked of ours. */
function likeDocumented(documented: Field, own: Node & { required: boolean }): Field {
  return {
    type: Array.isArray(own.type) ? own.type.map(String).toSorted((a, b) => a.localeCompare(b)) : own.type,
    ...(own.enum !== undefined && { enum: own.enum }),
    ...(documented.format !== undefined && { format: own.format }),
    ...(own.required && { required: true }),
    ...(own.readOnly && { readOnly: true }),
    ...(documented.open && { open: own.additionalProperties as true }),
  }
}

function compared(documented: Fields, ours: ReturnType<typeof fieldsOf>): Fields {
  return Object.fromEntries([...ours].map(([path, own]) => [path, likeDocumented(documented[path] ?? {}, own)]))
}

describe('the integration, field by field', () => {
  test('has every documented field and no other', () => {
    const { body } = fixture()
    const ours = fieldsOf(resources.integrations.body)
    expect(ours.size).toBeGreaterThan(200)
    for (const path of extra) expect(ours.delete(path)).toBe(true)
    const assigned = ['_sourceId', '_connectorId'].map((path) => [path, { ...body[path], readOnly: true }])
    expect(compared(body, ours)).toEqual({ ...body, ...Object.fromEntries(assigned) })
  })

  test('answers with the documented read-only fields', () => {
    const { answered } = fixture()
    const stored = fieldsOf(resources.integrations.stored)
    for (const path of fieldsOf(resources.integrations.body).keys()) stored.delete(path)
    expect(stored.delete('_envId')).toBe(true) // named by clone families, not by the document
    for (const path of ['appFailure', 'appFailure.doing', 'appFailure.message', 'appFailure.at']) expect(stored.delete(path)).toBe(true)
    expect([...stored.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual(Object.keys(answered).toSorted((a, b) => a.localeCompare(b)))
    expect([...stored].filter(([, field]) => !field.readOnly)).toEqual([])
  })
})

/** Every collection that a field may point into. */
const known = [
  ...collections,
  'agents',
  'asynchelpers',
  'connectors',
  'ediprofiles',
  'filedefinitions',
  'iclients',
  'lookupcaches',
  'stacks',
  'templates',
  'tradingpartnerconnectors',
]

describe.each(collections)('%s', (collection) => {
  const { stored, body, filters, identity, listOmits, answered } = resources[collection]
  const fields = fieldsOf(stored)

  const where = (wrong: (path: string, node: Node) => boolean): string[] =>
    [...fields].filter(([path, node]) => wrong(path, node)).map(([path]) => path)

  test('describes every field in a sentence', () => {
    expect(fields.size).toBeGreaterThan(5)
    expect(where((path, { description = '' }) => !/(\[\]|\{\})$/.test(path) && !/^[A-Z`0-9][^]*[.!]$/.test(description))).toEqual([])
  })

  test('points only into known collections', () => {
    expect(where((_path, node) => node['x-ref'] !== undefined && !known.includes(node['x-ref']))).toEqual([])
  })

  test('keeps secret what sounds like a secret', () => {
    const telling = /(password|passphrase|secret|privateKey|refreshToken|bearerToken|tokenSecret|authKey|encrypted|_crypt|_salt)$/i
    const harmless = /unencrypted$|as2\.encrypted$/
    expect(where((path, node) => telling.test(path) && !harmless.test(path) && !node['x-secret'])).toEqual([])
  })

  test('names in its facts only fields that it has', () => {
    expect([...filters, ...identity, ...listOmits].filter((field) => !Object.hasOwn(stored.properties, field))).toEqual([])
  })

  test('takes no field of which only answers know', () => {
    const only = Object.entries((answered ?? {}) as Record<string, TSchema>)
    expect(only.filter(([field, schema]) => !(schema as Node).readOnly || Object.hasOwn(body.properties, field))).toEqual([])
  })
})

const id = '64f0c0ffee64f0c0ffee64f0'
const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addFormat('objectId', /^[0-9a-f]{24}$/)
ajv.addSchema({ $id: sharedId, components: { schemas: shared } })
const check = Object.fromEntries(collections.map((collection) => [collection, ajv.compile(resources[collection].body)]))

function problems(collection: Collection, document: unknown): string[] {
  const validate = check[collection]
  if (!validate || validate(document) === true) return []
  return (validate.errors ?? []).map(({ instancePath, keyword, params }) =>
    `${instancePath} ${keyword} ${String(params['missingProperty'] ?? '')}`.trim(),
  )
}

const httpConnection = {
  name: 'Shop',
  type: 'http',
  http: {
    mediaType: 'json',
    baseURI: 'https://{{{connection.settings.host}}}',
    auth: { type: 'token', token: { token: 't', location: 'header', scheme: 'Bearer' } },
  },
}
const branch = { name: 'all', pageProcessors: [{ type: 'import', _importId: id }] }

const good: readonly [string, Collection, unknown][] = [
  [
    'an integration with groups and steps',
    'integrations',
    {
      name: 'A',
      flowGroupings: [
        {
          name: 'Orders',
          settingsForm: { form: { fieldMap: { a: { id: 'a', type: 'select', options: [{ items: ['x', { label: 'Y', value: 'y' }] }] } } } },
        },
      ],
      installSteps: [{ name: 's', type: 'connection', _connectionId: id }],
    },
  ],
  ['an HTTP connection with a token', 'connections', httpConnection],
  ['a file system connection: the files are the server’s own', 'connections', { name: 'C', type: 'filesystem', filesystem: {} }],
  [
    'an FTP connection without a password yet',
    'connections',
    { name: 'F', type: 'ftp', ftp: { type: 'sftp', hostURI: 'files.example', username: 'u' } },
  ],
  [
    'a PostgreSQL connection',
    'connections',
    { name: 'P', type: 'rdbms', rdbms: { type: 'postgresql', host: 'h', database: 'd', user: 'u', password: 'p' } },
  ],
  [
    'an HTTP export with paging',
    'exports',
    {
      name: 'E',
      _connectionId: id,
      adaptorType: 'HTTPExport',
      type: 'delta',
      pageSize: 20,
      http: {
        method: 'GET',
        relativeURI: '/orders?since={{{lastExportDateTime}}}',
        paging: { method: 'token', path: 'next' },
        response: { resourcePath: 'orders' },
      },
      filter: { type: 'expression', expression: { version: '1', rules: ['equals', ['string', ['extract', 'status']], 'open'] } },
    },
  ],
  [
    'a webhook',
    'exports',
    {
      name: 'W',
      adaptorType: 'WebhookExport',
      type: 'webhook',
      webhook: { provider: 'custom', verify: 'hmac', key: 'k', algorithm: 'sha256', encoding: 'hex', header: 'x-sign' },
    },
  ],
  [
    'an HTTP import with nested mappings',
    'imports',
    {
      name: 'I',
      _connectionId: id,
      adaptorType: 'HTTPImport',
      http: { method: ['POST'], relativeURI: ['/items'], body: ['{{{json record}}}'], response: { successValues: [['ok']] } },
      mappings: [
        {
          generate: 'a',
          dataType: 'object',
          status: 'Active',
          mappings: [
            {
              generate: 'b',
              dataType: 'objectarray',
              status: 'Active',
              buildArrayHelper: [
                { extract: '$.lines[*]', mappings: [{ generate: 'c', dataType: 'string', extract: '$.lines[*].sku', status: 'Active' }] },
              ],
            },
          ],
        },
      ],
      lookups: [{ name: 'l', map: { a: 'b' } }],
    },
  ],
  [
    'an import with an older mapping',
    'imports',
    {
      name: 'I',
      mapping: {
        fields: [{ extract: 'a', generate: 'b', dataType: 'string' }],
        lists: [{ generate: 'l', jsonPath: 'items', fields: [{ hardCodedValue: 'x', generate: 'y', isKey: true }] }],
      },
    },
  ],
  [
    'a flow with routers',
    'flows',
    {
      name: 'F',
      _integrationId: id,
      schedule: '? 0 * * * *',
      pageGenerators: [{ _exportId: id }],
      routers: [
        {
          id: 'r',
          routeRecordsTo: 'all_matching_branches',
          branches: [{ ...branch, inputFilter: { version: '1', rules: ['notempty', ['extract', 'a']] } }, branch],
        },
      ],
    },
  ],
  [
    'a flow with response mapping',
    'flows',
    {
      name: 'F',
      pageProcessors: [
        {
          type: 'export',
          _exportId: id,
          responseMapping: {
            fields: [{ extract: 'data[0].a', generate: 'b' }],
            lists: [{ generate: 'l', fields: [{ extract: 'x', generate: 'y' }] }],
          },
        },
      ],
    },
  ],
  ['a script', 'scripts', { name: 'S', content: 'function f(options) { return options.data }' }],
]

const bad: readonly [string, Collection, unknown, string][] = [
  ['an integration without a name', 'integrations', {}, 'required name'],
  ['an integration with an empty name', 'integrations', { name: '' }, '/name minLength'],
  ['an integration with a mode that is none', 'integrations', { name: 'A', mode: 'x' }, '/mode enum'],
  ['an install step without a type', 'integrations', { name: 'A', installSteps: [{ name: 's' }] }, '/installSteps/0 required type'],
  ['a parent that is no id', 'integrations', { name: 'A', _parentId: 'x' }, '/_parentId format'],
  ['a connection without the block of its type', 'connections', { name: 'C', type: 'rdbms' }, 'required rdbms'],
  ['a file system connection without its block', 'connections', { name: 'C', type: 'filesystem' }, 'required filesystem'],
  [
    'a JDBC connection of an agent without one',
    'connections',
    { name: 'C', type: 'jdbc', jdbc: { type: 'agent', host: 'h', driverPath: '/d' } },
    'required _agentId',
  ],
  [
    'an HTTP connection without a base URI',
    'connections',
    { name: 'C', type: 'http', http: { mediaType: 'json' } },
    '/http required baseURI',
  ],
  [
    'token authentication without a token block',
    'connections',
    { ...httpConnection, http: { ...httpConnection.http, auth: { type: 'token' } } },
    '/http/auth required token',
  ],
  [
    'an Amazon connection without its region',
    'connections',
    { ...httpConnection, http: { ...httpConnection.http, type: 'Amazon-SP-API', unencrypted: { marketplaceId: 'm' } } },
    '/http/unencrypted required sellingRegion',
  ],
  ['an export of pages without records', 'exports', { name: 'E', pageSize: 0 }, '/pageSize minimum'],
  ['an import whose methods are no list', 'imports', { name: 'I', http: { method: 'POST' } }, '/http/method type'],
  [
    'a mapping of an unknown type, far down',
    'imports',
    { name: 'I', mappings: [{ mappings: [{ mappings: [{ dataType: 'date' }] }] }] },
    '/mappings/0/mappings/0/mappings/0/dataType enum',
  ],
  [
    'a page processor without its import',
    'flows',
    { name: 'F', pageProcessors: [{ type: 'import', _exportId: id }] },
    '/pageProcessors/0 required _importId',
  ],
  ['a router without branches', 'flows', { name: 'F', routers: [{ id: 'r' }] }, '/routers/0 required branches'],
  [
    'a wrapped response mapping',
    'flows',
    { name: 'F', pageProcessors: [{ type: 'export', _exportId: id, responseMapping: { fields: { type: [] } } }] },
    '/pageProcessors/0/responseMapping/fields type',
  ],
  ['a script without content', 'scripts', { name: 'S' }, 'required content'],
]

test('a filter by a boolean field is a boolean, also where only answers have the field', () => {
  expect(resources.connections.operations.list.query.properties['offline']).toMatchObject({ type: 'boolean' })
  expect(resources.flows.operations.list.query.properties['disabled']).toMatchObject({ type: 'boolean' })
})

test('every linked schema is described', () => {
  expect(Object.entries<TSchema>(shared).filter(([, schema]) => !(schema as Node).description)).toEqual([])
})

test.each(good)('takes %s', (_what, collection, document) => expect(problems(collection, document)).toEqual([]))
test.each(bad)('refuses %s', (_what, collection, document, problem) => expect(problems(collection, document)).toContain(problem))
test.each(collections)('answers of %s compile too', (collection) =>
  expect(ajv.compile(resources[collection].stored)).toBeTypeOf('function'),
)
