/** Fields that only the server sets, of every type: a client can neither forge them in a new document nor change or erase them in one that is there. */
import type { TSchema } from 'typebox'
import { beforeAll, describe, expect, test } from 'vitest'
import { resources, type Collection } from '../../src/contract/resources/index.ts'
import { shapeOf } from '../../src/contract/walk.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
})

/** Change with the write itself, or are made of what is written. */
const ofTheWrite = [
  '_id',
  'createdAt',
  'lastModified',
  '_envId',
  'deletedAt',
  'size',
  'sizeInMB',
  'tagId',
  'offline',
  'status',
  'lastPingStatus',
]

const systemFields = (collection: Collection): [string, TSchema][] =>
  Object.entries(resources[collection].stored.properties as Record<string, TSchema>).filter(
    ([field, schema]) => shapeOf(schema).readOnly === true && !ofTheWrite.includes(field),
  )

const someValue = (schema: TSchema): unknown => {
  const { type, format, items } = shapeOf(schema)
  if (format === 'objectId') return nobody
  if (format === 'date-time') return '2001-01-01T00:00:00.000Z'
  const kind = Array.isArray(type) ? type[0] : type
  if (kind === 'array') return items && shapeOf(items).format === 'objectId' ? [nobody] : []
  return { boolean: true, integer: 7, number: 7, string: 'planted', object: {} }[String(kind)]
}

const collections = Object.keys(resources) as Collection[]

test('what is said of origins and apps is a field of the server, in every type that has it', () => {
  const having = (field: string): Collection[] => collections.filter((collection) => field in resources[collection].stored.properties)
  for (const field of ['_sourceId', '_connectorId'])
    expect(having(field).filter((collection) => !systemFields(collection).some(([name]) => name === field))).toEqual([])
  expect(having('_sourceId').length).toBeGreaterThan(5)
})

describe.each(collections.filter((collection) => systemFields(collection).length > 0))('%s', (collection) => {
  const path = `/v1/${collection}`
  const values = (): Record<string, unknown> =>
    Object.fromEntries(systemFields(collection).map(([field, schema]) => [field, someValue(schema)]))

  test('a new document has none of what its maker says of them', async () => {
    const { status, body, headers } = await api.call('POST', path, { ...samples[collection](ids), ...values() })
    expect({ status, ignored: headers.get('sluice-ignored-fields') }).toEqual({ status: 201, ignored: null })
    for (const [field, value] of Object.entries(values())) expect({ field, value: body[field] }).not.toEqual({ field, value })
    await api.call('DELETE', `${path}/${body._id}`)
  })

  test('a replacement keeps them, left out or sent as others', async () => {
    const { body: made } = await api.call('POST', path, samples[collection](ids))
    const planted = values()
    await ask(api.config, `update sluice.documents set doc = doc || $2 where _id = $1`, [made._id, JSON.stringify(planted)])
    const others = Object.fromEntries(Object.keys(planted).map((field) => [field, typeof planted[field] === 'string' ? ids.tags : []]))
    for (const sent of [samples[collection](ids), { ...samples[collection](ids), ...others }]) {
      const { status, body } = await api.call('PUT', `${path}/${made._id}`, sent)
      expect(status).toBe(200)
      expect(body).toMatchObject(planted)
    }
    await api.call('DELETE', `${path}/${made._id}`)
  })
})

describe('integrations', () => {
  test('a clone stays one whatever is put in its place, and nobody enters a family by saying so', async () => {
    const { body: source } = await api.call('POST', '/v1/integrations', { name: 'Source' })
    const { body: clone } = await api.call('POST', `/v1/integrations/${source._id}/clone`, { connectionMap: {} })
    for (const more of [{}, { _sourceId: nobody }])
      expect((await api.call('PUT', `/v1/integrations/${clone._id}`, { name: 'Renamed', ...more })).body._sourceId).toBe(source._id)
    const { body: stranger } = await api.call('POST', '/v1/integrations', { name: 'Stranger', _sourceId: source._id })
    expect(stranger).not.toHaveProperty('_sourceId')
    const children = (await api.call('GET', `/v1/integrations?_sourceId=${source._id}`)).body
    expect(children.map(({ _id }: { _id: string }) => _id)).toEqual([clone._id])
    const strict = { prefer: 'handling=strict' }
    const family = (await api.call('GET', `/v1/integrations/${source._id}/clonefamily`, undefined, strict)).body
    expect(new Set(family.map(({ _id }: { _id: string }) => _id))).toEqual(new Set([source._id, clone._id]))
  })

  test('the template of one is said when it is made, and stays where a replacement leaves it out', async () => {
    const { body } = await api.call('POST', '/v1/integrations', { name: 'a', _templateId: ids.templates })
    const replaced = await api.call('PUT', `/v1/integrations/${body._id}`, { name: 'b' })
    expect(replaced.body).toMatchObject({ name: 'b', _templateId: ids.templates })
  })
})
