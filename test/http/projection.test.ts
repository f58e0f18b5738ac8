/** Include and exclude of lists, by every documented rule. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resources, type Collection } from '../../src/contract/resources/index.ts'
import { startApi, type Api } from '../harness/api.ts'
import { makeOneOfEach, optionalField, type Body, type Ids } from '../harness/samples.ts'

const collections = (Object.keys(resources) as Collection[]).filter((each) => resources[each].projection)
let api: Api
let ids: Ids
let full: Record<Collection, Body>
const list = (collection: Collection, query: string) => api.call('GET', `/v1/${collection}?${query}`)
const first = async (collection: Collection, query: string): Promise<Body> => (await list(collection, query)).body[0]

beforeAll(async () => {
  api = await startApi()
  ids = await makeOneOfEach(api.call)
  const reads = collections.map(async (each) => [each, (await api.call('GET', `/v1/${each}/${ids[each]}`)).body] as const)
  full = Object.fromEntries(await Promise.all(reads)) as Record<Collection, Body>
})
afterAll(() => api.close())

const identity: Readonly<Record<Collection, readonly string[]>> = {
  integrations: ['_id', 'name'],
  connections: ['_id', 'name', 'type'],
  exports: ['_id', 'adaptorType', 'name'],
  imports: ['_id', 'adaptorType', 'name'],
  flows: ['_id', 'name'],
  scripts: ['_id', 'name'],
  asynchelpers: ['_id', 'name'],
  lookupcaches: ['_id', 'name'],
  stacks: ['_id', 'name', 'type'],
  iclients: ['_id', 'name'],
  tools: ['_id', 'name'],
  apis: ['_id', 'name'],
  mcpservers: ['_id', 'name'],
  templates: ['_id', 'name'],
  connectors: ['_id', 'name'],
  ediprofiles: ['_id', 'name'],
  filedefinitions: ['_id', 'name', 'format'],
  tags: ['_id', 'name', 'tag'],
  environments: ['_id', 'name'],
}
const pick = (doc: Body, fields: readonly string[]): Body => Object.fromEntries(fields.map((field) => [field, doc[field]]))
const omit = (doc: Body, ...fields: string[]): Body => Object.fromEntries(Object.entries(doc).filter(([field]) => !fields.includes(field)))
/** What a list shows of a document when nothing is asked. */
const shown = (collection: Collection): Body => omit(full[collection], ...(collection === 'scripts' ? ['content'] : []))

describe.each(collections)('%s', (collection) => {
  const always = identity[collection]
  const optional = optionalField[collection]

  test('include answers the identity fields and the listed ones, nothing else', async () => {
    expect(await first(collection, `include=${optional}`)).toEqual(pick(full[collection], [...always, optional]))
    expect(await first(collection, `include=${optional},lastModified`)).toEqual(
      pick(full[collection], [...always, optional, 'lastModified']),
    )
  })

  test('include drops fields that a record does not have without a word', async () => {
    expect(await first(collection, 'include=nothing,not.there,settings.nope.x')).toEqual(
      expect.objectContaining(pick(full[collection], always)),
    )
    expect(await first(collection, 'include=nothing')).toEqual(pick(full[collection], always))
  })

  test('exclude answers the whole record without the listed fields', async () => {
    expect(await first(collection, `exclude=${optional},createdAt`)).toEqual(omit(shown(collection), optional, 'createdAt'))
    expect(await first(collection, 'exclude=nothing')).toEqual(shown(collection))
  })

  test('exclude cannot strip identity fields', async () => {
    expect(await first(collection, `exclude=${always.join(',')}`)).toEqual(shown(collection))
    expect(await first(collection, `exclude=name,${optional}`)).toEqual(omit(shown(collection), optional))
  })

  test.each(['include=', 'include', 'exclude=', 'exclude', 'include=&exclude=', 'exclude=,,', 'include&exclude'])(
    'an empty "%s" is ignored: the full record is answered',
    async (query) => {
      const answer = await first(collection, query)
      expect(answer).toEqual(shown(collection))
    },
  )

  test('both are 400 with the documented message', async () => {
    const { status, body } = await list(collection, `include=${optional}&exclude=name`)
    const message = 'Please provide either include or exclude param in the request query and not both.'
    expect({ status, body }).toEqual({ status: 400, body: { errors: [{ code: 'invalid_query_params', message }] } })
  })

  test('both with one of them empty are as the other alone', async () => {
    expect(await first(collection, `include=${optional}&exclude=`)).toEqual(pick(full[collection], [...always, optional]))
    expect(await first(collection, `include=&exclude=${optional}`)).toEqual(omit(shown(collection), optional))
  })

  test.each(['a%20b', 'a-b', 'a%00', '$where', 'a%5Bb%5D', 'a%22', 'n%C3%A4me', 'a;b', '*', "a'b", 'a/b', 'a%0A'])(
    'any other character is 400: %s',
    async (value) => {
      for (const name of ['include', 'exclude']) {
        const { status, body } = await list(collection, `${name}=${value}`)
        expect({ status, code: body.errors[0].code, field: body.errors[0].field }).toEqual({
          status: 400,
          code: 'invalid_query_params',
          field: name,
        })
      }
    },
  )

  test.each(['include[]=name', 'include%5B%5D=name', 'exclude[]=name', 'include[0]=name', 'include=a&include=b'])(
    'array syntax is 400: %s',
    async (query) => {
      const { status, body } = await list(collection, query)
      expect({ status, code: body.errors[0].code }).toEqual({ status: 400, code: 'invalid_query_params' })
    },
  )

  test.each(['include=name', 'exclude=description', 'include=name&exclude=name', 'include=a%20b', 'include[]=a'])(
    'on GET by id "%s" is ignored',
    async (query) => {
      const { status, body } = await api.call('GET', `/v1/${collection}/${ids[collection]}?${query}`)
      expect({ status, body }).toEqual({ status: 200, body: full[collection] })
    },
  )
})

describe('dots', () => {
  test('include reaches into objects and answers that part alone', async () => {
    expect(await first('integrations', 'include=settings.nested.deep')).toEqual({
      ...pick(full.integrations, ['_id', 'name']),
      settings: { nested: { deep: [1, 2] } },
    })
    expect(await first('imports', 'include=http.method,http.relativeURI')).toMatchObject({
      http: { method: ['POST'], relativeURI: ['/invoices'] },
    })
  })

  test('include leaves the parent out where a record does not have it', async () => {
    expect(await first('exports', 'include=ftp.directoryPath')).toEqual(pick(full.exports, ['_id', 'name', 'adaptorType']))
  })

  test('include leaves no empty shell where a record has the parent and not what is asked of it', async () => {
    for (const path of ['settings.zz', 'settings.nested.zz', 'settings.nested.deep.zz', 'settings.region.zz', 'description.zz'])
      expect(await first('integrations', `include=${path}`)).toEqual(pick(full.integrations, ['_id', 'name']))
    expect(await first('flows', 'include=pageProcessors.zz')).toEqual(pick(full.flows, ['_id', 'name']))
    expect((await first('integrations', 'include=settings.region,settings.nested.zz'))['settings']).toEqual({ region: 'EU' })
  })

  test('include reaches into each element of a list', async () => {
    expect((await first('flows', 'include=pageProcessors.type'))['pageProcessors']).toEqual([{ type: 'import' }])
  })

  test('a parent beside its part is the whole parent', async () => {
    expect((await first('integrations', 'include=settings.region,settings'))['settings']).toEqual(full.integrations['settings'])
  })

  test('exclude strips that part alone, also within lists', async () => {
    expect((await first('integrations', 'exclude=settings.nested.deep'))['settings']).toEqual({ region: 'EU', nested: {} })
    expect((await first('flows', 'exclude=pageProcessors._importId'))['pageProcessors']).toEqual([{ type: 'import' }])
  })

  test('digits and underscores are taken', async () => {
    expect((await list('integrations', 'include=field_1.x2')).status).toBe(200)
  })

  test('what is asked for is a field of its own, never one of the prototype', async () => {
    for (const name of ['constructor', '__proto__', 'toString', 'settings.constructor.name', '__proto__.a'])
      expect(await first('integrations', `include=${name}`)).toMatchObject(pick(full.integrations, ['_id', 'name']))
  })
})

describe('scripts', () => {
  test('a list omits content; include brings it, and reading one has it', async () => {
    expect(await first('scripts', '')).not.toHaveProperty('content')
    expect(await first('scripts', 'exclude=description')).not.toHaveProperty('content')
    expect((await first('scripts', 'include=content'))['content']).toBe(full.scripts['content'])
    expect(full.scripts['content']).toBeTypeOf('string')
  })
})
