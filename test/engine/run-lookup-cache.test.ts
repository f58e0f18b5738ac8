/** Lookup caches in a run: what mappings and transforms find in them, what is not found, and a cache that is gone. */
import type { Store } from '../../src/domain/ports/store.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { errorsOf, make, makeFlow, runToEnd } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
let cacheId: string
beforeEach(async () => {
  cacheId = (await make(api, 'lookupcaches', { name: 'Items' }))._id
  const data = [
    { key: 'A-1', value: { number: 1001, of: { name: 'Chair' } } },
    { key: 'A-2', value: '{"number":1002,"of":{"name":"Table"}}' },
    { key: '7', value: 'seven' },
  ]
  await api.call('POST', `/v1/lookupcaches/${cacheId}/data`, { data })
})
afterEach(() => application.close())

const bodies = () => application.ledger.map(({ body }) => body)
const mapping = (generate: string, extract: string, lookupName?: string) => ({
  generate,
  dataType: 'string',
  extract,
  status: 'Active',
  ...(lookupName && { lookupName }),
})
const lookups = (more: object = {}) => [
  { name: 'number', _lookupCacheId: cacheId, extract: '$.number', ...more },
  { name: 'name', _lookupCacheId: cacheId, extract: 'of.name', ...more },
  { name: 'plain', _lookupCacheId: cacheId, ...more },
]
const mapped = [mapping('id', '$.id'), mapping('item', '$.sku', 'number'), mapping('called', '$.sku', 'name')]

it('a mapping finds the part that is meant, in objects and in JSON texts; an entry that is missing fails its record alone', async () => {
  application = await startApplication({
    sources: {
      orders: [
        { id: 1, sku: 'A-1' },
        { id: 2, sku: 'A-2' },
        { id: 3, sku: 'B-9' },
        { id: 4, sku: 'a\u0000\ud800' },
      ],
    },
  })
  const flow = await makeFlow(api, application, { imports: { sink: { mappings: mapped, lookups: lookups() } } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 2, numError: 4 })
  expect(bodies()).toEqual([
    { id: '1', item: '1001', called: 'Chair' },
    { id: '2', item: '1002', called: 'Table' },
  ])
  const errors = await errorsOf(api, flow, 'sink')
  expect(errors.map(({ source, message }) => ({ source, message }))).toContainEqual({
    source: 'mapping',
    message: expect.stringContaining('the lookup "number" has no entry for "B-9"'),
  })
})

it('lookups of an HTTP import, and in mapper 1.0; where failures are allowed the default counts', async () => {
  application = await startApplication({
    sources: {
      orders: [
        { id: 1, sku: 7 },
        { id: 2, sku: 'B-9' },
      ],
    },
  })
  const http = { lookups: lookups({ allowFailures: true, default: 'none' }) }
  const fields = [
    { extract: 'id', generate: 'id' },
    { extract: 'sku', generate: 'item', lookupName: 'plain' },
  ]
  const flow = await makeFlow(api, application, { imports: { sink: { http, mapping: { fields, lists: [] } } } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 2, numError: 0 })
  expect(bodies()).toEqual([
    { id: 1, item: 'seven' },
    { id: 2, item: 'none' },
  ])
})

it('a transform of an export, and of a response', async () => {
  application = await startApplication({ sources: { orders: [{ id: 1, sku: 'A-1' }] } })
  const transform = (extract: string) => ({
    type: 'expression',
    expression: { version: '2', rulesTwoDotZero: { mode: 'create', lookups: lookups(), mappings: [mapping('item', extract, 'number')] } },
  })
  const flow = await makeFlow(api, application, { exports: { orders: { transform: transform('$.sku') } } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 1, numError: 0 })
  expect(bodies()).toEqual([{ item: '1001' }])
})

it('is asked once a page: a page with many lookups costs one statement a cache', async () => {
  application = await startApplication({
    sources: { orders: Array.from({ length: 60 }, (_, id) => ({ id, sku: id % 2 ? 'A-1' : 'A-2' })) },
  })
  const { storeOf } = api.world
  const asked: (readonly string[])[] = []
  Object.assign(api.world, {
    storeOf: (accountId: string): Store => {
      const store = storeOf(accountId)
      const { readValues } = store.lookupCacheData
      const counted: typeof readValues = (envId, id, keys) => {
        asked.push(keys)
        return readValues(envId, id, keys)
      }
      return { ...store, lookupCacheData: { ...store.lookupCacheData, readValues: counted } }
    },
  })
  const flow = await makeFlow(api, application, {
    exports: { orders: { pageSize: 30 } },
    imports: { sink: { mappings: mapped, lookups: lookups() } },
  })
  expect(await runToEnd(api, flow._id)).toMatchObject({ numSuccess: 60 })
  Object.assign(api.world, { storeOf })
  expect(asked.map((keys) => keys.toSorted())).toEqual([
    ['A-1', 'A-2'],
    ['A-1', 'A-2'],
  ])
})

it("a cache that is deleted, and a stranger's, fail every record with its retry data, and say why", async () => {
  application = await startApplication({
    sources: {
      orders: [
        { id: 1, sku: 'A-1' },
        { id: 2, sku: 'A-2' },
      ],
    },
  })
  const flow = await makeFlow(api, application, { imports: { sink: { mappings: mapped, lookups: lookups() } } })
  await api.call('DELETE', `/v1/lookupcaches/${cacheId}`)
  expect(await runToEnd(api, flow._id)).toMatchObject({ numSuccess: 0, numError: 2, retriable: true })
  expect((await errorsOf(api, flow, 'sink'))[0]).toMatchObject({
    source: 'resource',
    code: 'lookup_cache_missing',
    message: `The lookup cache ${cacheId} no longer exists.`,
    retryDataKey: expect.any(String),
  })
  const theirs = (await api.stranger('POST', '/v1/lookupcaches', { name: 'Theirs' })).body._id
  const refused = await api.call('POST', '/v1/imports', {
    name: 'sink',
    adaptorType: 'HTTPImport',
    _connectionId: flow.connectionId,
    http: { method: ['POST'], relativeURI: ['/sink'] },
    lookups: [{ name: 'a', _lookupCacheId: theirs }],
  })
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ code: 'invalid_ref', field: 'lookups.0._lookupCacheId' }] } })
})
