/** What the smaller document types do besides what all types do: stacks, iClients, APIs, connectors, EDI profiles, tags. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Collection } from '../../src/contract/resources/index.ts'
import { revealSecrets } from '../../src/domain/secrets.ts'
import { apiForFile } from '../harness/api.ts'
import { makeOneOfEach, nobody, samples, type Body, type Ids } from '../harness/samples.ts'

const mask = '******'
const api = apiForFile()
let ids: Ids
let theirs: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  theirs = await makeOneOfEach(api.stranger)
})

const make = async (collection: Collection, body: Body = samples[collection](ids)) => {
  const answer = await api.call('POST', `/v1/${collection}`, body)
  if (answer.status !== 201) throw new Error(`${collection} was not made: ${answer.status} ${answer.text}`)
  return answer.body
}
const refusal = ({ status, body }: { status: number; body: { errors: { code: string; field?: string }[] } }) => ({
  status,
  problems: body.errors.map(({ code, field }) => [code, field]),
})
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents of every shape
const revealed = async (collection: Collection, id: string): Promise<any> => {
  const envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
  const entry = await api.world.store.documents.find(envId, collection, id)
  if (!entry) throw new Error(`no document ${id}`)
  return revealSecrets(api.world.vault, envId, entry)
}

describe('lists that refuse include and exclude', () => {
  const refusing = {
    ediprofiles: 'ediprofiles',
    environments: 'environments',
    iclients: 'iClients',
    iClients: 'iClients',
    lookupcaches: 'lookupcaches',
    tags: 'tags',
  }
  test.each(Object.entries(refusing))('%s: 400 with the documented message', async (path, spelled) => {
    const message = `Include or exclude query params are not applicable for ${spelled} resource.`
    for (const query of ['include=name', 'exclude=name', 'include=name&exclude=name', 'include=a%20b', 'limit=1&include=name']) {
      const { status, body } = await api.call('GET', `/v1/${path}?${query}`)
      expect({ query, status, body }).toEqual({ query, status: 400, body: { errors: [{ code: 'invalid_query_params', message }] } })
    }
    for (const query of ['', 'include=', 'exclude', 'limit=1'])
      expect({ query, status: (await api.call('GET', `/v1/${path}?${query}`)).status }).toEqual({ query, status: 200 })
  })
})

describe('iClients', () => {
  test('answer under both spellings alike', async () => {
    const made = await api.call('POST', '/v1/iClients', samples.iclients(ids))
    expect(made.status).toBe(201)
    const at = (spelled: string) => `/v1/${spelled}/${made.body._id}`
    expect((await api.call('GET', at('iClients'))).body).toEqual(made.body)
    expect((await api.call('GET', `${at('iClients')}/`)).body).toEqual((await api.call('GET', at('iclients'))).body)
    expect((await api.call('GET', `${at('iClients')}/dependencies`)).status).toBe(200)
    expect((await api.call('PUT', at('iClients'), { ...made.body, name: 'Renamed' })).body.name).toBe('Renamed')
    expect((await api.call('GET', '/v1/iClients?provider=custom_oauth2&limit=1')).body).toHaveLength(1)
    expect((await api.call('DELETE', at('iClients'))).status).toBe(204)
    expect((await api.call('GET', '/v1/iClientsX')).body.errors[0].code).toBe('not_found')
  })

  test('keep their secrets, and show none', async () => {
    const secrets = {
      oauth2: {
        clientId: 'us',
        clientSecret: 'hidden-1',
        password: 'hidden-2',
        encrypted: { any: 'hidden-3' },
        token: { uri: 'https://a.example' },
      },
      netsuite: { consumerKey: 'key', consumerSecret: 'hidden-4' },
      salesforce: { clientId: 'us', clientSecret: 'hidden-5', apiToken: 'hidden-6', privateKey: 'hidden-7' },
      ebay: { appId: 'a', certId: 'hidden-8' },
      amazonmws: { accessKeyId: 'a', secretKey: 'hidden-9' },
      azureserviceprincipal: { clientId: 'us', clientSecret: 'hidden-10', tenantId: 't' },
      jwt: { signatureMethod: 'hmac-sha256', secret: 'hidden-11', privateKey: 'hidden-12', payload: '{"a":1}' },
    }
    const made = await make('iclients', { provider: 'custom_oauth2', ...secrets })
    const list = await api.call('GET', '/v1/iclients')
    expect(JSON.stringify(made) + list.text).not.toContain('hidden')
    expect(made.oauth2).toMatchObject({ clientId: 'us', clientSecret: mask, password: mask, encrypted: mask })
    await api.call('PUT', `/v1/iclients/${made._id}`, { ...made, name: 'Sent back' })
    expect(await revealed('iclients', made._id)).toMatchObject({ name: 'Sent back', ...secrets })
  })

  test('are what connections refer to', async () => {
    const { _id } = await make('iclients')
    const body = { ...samples.connections(ids), http: { baseURI: 'https://a.example', mediaType: 'json', _iClientId: _id } }
    await make('connections', body)
    const wrong = { ...body, http: { ...body.http, _iClientId: theirs.iclients } }
    expect(refusal(await api.call('POST', '/v1/connections', wrong))).toEqual({
      status: 422,
      problems: [['invalid_ref', 'http._iClientId']],
    })
  })

  test('are of a known provider', async () => {
    expect(refusal(await api.call('POST', '/v1/iclients', { provider: 'nobody' }))).toEqual({
      status: 422,
      problems: [['invalid_field', 'provider']],
    })
  })
})

describe('stacks', () => {
  const lambda = { accessKeyId: 'AK', secretAccessKey: 'hidden-key', awsRegion: 'eu-west-1', functionName: 'prices' }
  const token = async (id: string) => api.call('GET', `/v1/stacks/${id}/systemToken`)

  test('a server stack is made with a token, which only its own operation shows', async () => {
    const made = await make('stacks')
    expect(made.server).toEqual({ hostURI: 'https://code.example', systemToken: mask })
    const { status, body } = await token(made._id)
    expect({ status, body }).toEqual({ status: 200, body: { systemToken: expect.stringMatching(/^[0-9a-f]{64}$/) } })
    expect((await token((await make('stacks'))._id)).body).not.toEqual(body)
    const answers = [await api.call('GET', '/v1/stacks'), await api.call('GET', `/v1/stacks/${made._id}`)]
    for (const { text } of answers) expect(text).not.toContain(body.systemToken)
  })

  test('no client sets the token, and a replacement keeps it', async () => {
    const made = await make('stacks', { ...samples.stacks(ids), server: { hostURI: 'https://a.example', systemToken: 'mine' } })
    const before = (await token(made._id)).body.systemToken
    expect(before).not.toBe('mine')
    for (const server of [made.server, { hostURI: 'https://b.example' }, { hostURI: 'https://b.example', systemToken: 'mine' }]) {
      expect((await api.call('PUT', `/v1/stacks/${made._id}`, { ...made, server })).status).toBe(200)
      expect((await token(made._id)).body.systemToken).toBe(before)
    }
  })

  test('DELETE replaces the token and nothing else', async () => {
    const made = await make('stacks')
    const before = (await token(made._id)).body.systemToken
    const { status, text } = await api.call('DELETE', `/v1/stacks/${made._id}/systemToken`)
    expect({ status, text }).toEqual({ status: 204, text: '' })
    expect((await token(made._id)).body.systemToken).toMatch(/^[0-9a-f]{64}$/)
    expect((await token(made._id)).body.systemToken).not.toBe(before)
    const after = (await api.call('GET', `/v1/stacks/${made._id}`)).body
    expect({ ...after, lastModified: '' }).toEqual({ ...made, lastModified: '' })
  })

  test('a lambda stack has no token: 404, for the stranger too', async () => {
    const made = await make('stacks', { name: 'L', type: 'lambda', lambda })
    expect(made.lambda).toEqual({ ...lambda, secretAccessKey: mask })
    const errors = [{ code: 'invalid_ref', message: 'Stack of type server not found.', field: '_stackId' }]
    for (const [method, id] of [
      ['GET', made._id],
      ['DELETE', made._id],
      ['GET', nobody],
      ['GET', theirs.stacks],
    ] as const) {
      const { status, body } = await api.call(method, `/v1/stacks/${id}/systemToken`)
      expect({ id, status, body }).toEqual({ id, status: 404, body: { errors } })
    }
    expect((await revealed('stacks', made._id)).lambda).toEqual(lambda)
  })

  test('a stack whose type changes gets a token, or loses it', async () => {
    const { _id } = await make('stacks', { name: 'L', type: 'lambda', lambda })
    const server = { hostURI: 'https://a.example' }
    await api.call('PUT', `/v1/stacks/${_id}`, { name: 'S', type: 'server', server })
    expect((await token(_id)).body.systemToken).toMatch(/^[0-9a-f]{64}$/)
    await api.call('PUT', `/v1/stacks/${_id}`, { name: 'L', type: 'lambda', lambda })
    expect((await token(_id)).status).toBe(404)
    expect(await revealed('stacks', _id)).not.toHaveProperty('server')
  })

  test('the block of its type is required, with what it needs', async () => {
    for (const [body, ...fields] of [
      [{ name: 'S', type: 'server' }, 'server'],
      [{ name: 'S', type: 'server', server: {} }, 'server.hostURI'],
      [{ name: 'L', type: 'lambda', lambda: { accessKeyId: 'a' } }, 'lambda.secretAccessKey', 'lambda.awsRegion', 'lambda.functionName'],
    ] as const) {
      const problems = fields.map((field) => ['missing_required_field', field])
      expect(refusal(await api.call('POST', '/v1/stacks', body))).toEqual({ status: 422, problems })
    }
  })

  test('one that is referred to stays: 422, until nothing refers to it', async () => {
    const { _id } = await make('stacks')
    const hooks = { preSavePage: { function: 'f', _stackId: _id } }
    const user = await make('exports', { ...samples.exports(ids), hooks })
    expect(refusal(await api.call('DELETE', `/v1/stacks/${_id}`))).toEqual({ status: 422, problems: [['has_dependents', '_stackId']] })
    expect((await api.call('GET', `/v1/stacks/${_id}`)).status).toBe(200)
    expect(Object.keys((await api.call('GET', `/v1/stacks/${_id}/dependencies`)).body)).toEqual(['exports'])
    await api.call('DELETE', `/v1/exports/${user._id}`)
    expect((await api.call('DELETE', `/v1/stacks/${_id}`)).status).toBe(204)
  })

  test('a stack that is used while it is deleted: either one is refused', async () => {
    for (let round = 0; round < 10; round++) {
      const { _id } = await make('stacks')
      const body = { ...samples.exports(ids), hooks: { preSavePage: { function: 'f', _stackId: _id } } }
      const [used, gone] = await Promise.all([api.call('POST', '/v1/exports', body), api.call('DELETE', `/v1/stacks/${_id}`)])
      expect([`${used.status} ${gone.status}`]).toContain(used.status === 201 ? '201 422' : '422 204')
    }
  })
})

describe('PUT /v1/apis/updateApiGrouping', () => {
  const group = (_apiIds: readonly string[], _apiGroupingId: unknown) =>
    api.call('PUT', '/v1/apis/updateApiGrouping', { _apiIds, _apiGroupingId })
  const groupOf = async (id: string) => (await api.call('GET', `/v1/apis/${id}`)).body._apiGroupingId
  const groups = async (name: string): Promise<{ integration: string; id: string }> => {
    const { _id, apiGroupings } = await make('integrations', { name, apiGroupings: [{ name }] })
    return { integration: _id, id: apiGroupings[0]._id }
  }
  const apiIn = async (integration: string) => (await make('apis', { ...samples.apis(ids), _integrationId: integration }))._id as string

  test('puts APIs into a group of their integration, and takes them out again', async () => {
    const { integration, id } = await groups('Orders')
    const [one, two] = [await apiIn(integration), await apiIn(integration)]
    const { status, text } = await group([one, two, one], id)
    expect({ status, text }).toEqual({ status: 204, text: '' })
    expect([await groupOf(one), await groupOf(two)]).toEqual([id, id])
    expect((await api.call('GET', `/v1/apis?_apiGroupingId=${id}`)).body).toHaveLength(2)
    expect((await group([one], null)).status).toBe(204)
    expect([await groupOf(one), await groupOf(two)]).toEqual([undefined, id])
  })

  test("all of them or none: a group of another integration, an unknown API, a stranger's", async () => {
    const { integration, id } = await groups('Mine')
    const other = await groups('Other')
    const [one, foreign, alone] = [await apiIn(integration), await apiIn(other.integration), (await make('apis', { type: 'script' }))._id]
    for (const wrong of [foreign, alone])
      expect(refusal(await group([one, wrong], id))).toEqual({ status: 422, problems: [['invalid_ref', '_apiGroupingId']] })
    for (const wrong of [nobody, theirs.apis])
      expect(refusal(await group([one, wrong], id))).toEqual({ status: 422, problems: [['invalid_ref', '_apiIds.1']] })
    expect(refusal(await group([one], nobody))).toEqual({ status: 422, problems: [['invalid_ref', '_apiGroupingId']] })
    expect(await groupOf(one)).toBeUndefined()
  })

  test('refuses bodies that are none', async () => {
    expect(refusal(await api.call('PUT', '/v1/apis/updateApiGrouping', {})).problems).toEqual([
      ['missing_required_field', '_apiIds'],
      ['missing_required_field', '_apiGroupingId'],
    ])
    expect(refusal(await group([], null))).toEqual({ status: 422, problems: [['invalid_field', '_apiIds']] })
    expect(refusal(await group(['x'], 'y')).problems).toEqual([
      ['invalid_field', '_apiIds.0'],
      ['invalid_field', '_apiGroupingId'],
    ])
  })

  test('an API itself names no group that its integration does not have', async () => {
    const { integration, id } = await groups('Mine')
    const body = { ...samples.apis(ids), _integrationId: integration, _apiGroupingId: id }
    expect((await make('apis', body))._apiGroupingId).toBe(id)
    expect(refusal(await api.call('POST', '/v1/apis', { ...body, _integrationId: ids.integrations }))).toEqual({
      status: 422,
      problems: [['invalid_ref', '_apiGroupingId']],
    })
  })
})

describe('APIs', () => {
  test('keep the password of ShipWorks, and show it to nobody', async () => {
    const made = await make('apis', { type: 'script', shipworks: { username: 'u', password: 'hidden' } })
    expect(made.shipworks).toEqual({ username: 'u', password: mask })
    expect((await revealed('apis', made._id)).shipworks.password).toBe('hidden')
  })

  test('have a path that begins with a slash, and a known method', async () => {
    const request = { relativeURI: 'orders', method: 'HEAD' }
    expect(refusal(await api.call('POST', '/v1/apis', { type: 'builder', builder: { request } }))).toEqual({
      status: 422,
      problems: [
        ['invalid_field', 'builder.request.relativeURI'],
        ['invalid_field', 'builder.request.method'],
      ],
    })
  })
})

test('steps of tools and APIs are references: they are checked and listed as dependents', async () => {
  for (const [collection, path] of [
    ['tools', 'routers'],
    ['apis', 'builder'],
  ] as const) {
    const body = JSON.stringify(samples[collection](ids)).replace(collection === 'tools' ? ids.exports : ids.imports, nobody)
    const { status, body: answer } = await api.call('POST', `/v1/${collection}`, body)
    expect({ status, field: answer.errors[0].field }).toEqual({ status: 422, field: expect.stringContaining(path) })
    const step = collection === 'tools' ? `exports/${ids.exports}` : `imports/${ids.imports}`
    expect(Object.keys((await api.call('GET', `/v1/${step}/dependencies`)).body)).toContain(collection)
  }
})

test('the editions of a connector are in an order without gaps', async () => {
  const made = (...orders: unknown[]) =>
    api.call('POST', '/v1/connectors', {
      name: 'A',
      twoDotZero: { editions: orders.map((order) => ({ displayName: 'E', ...(order !== null && { order }) })) },
    })
  for (const orders of [[], [0], [1, 0, 2], [null, null]]) expect((await made(...orders)).status).toBe(201)
  for (const orders of [[1], [0, 2], [0, 0], [0, null]])
    expect(refusal(await made(...orders))).toEqual({ status: 422, problems: [['invalid_field', 'twoDotZero.editions']] })
})

test('an EDI profile keeps fields that nobody declared', async () => {
  const made = await make('ediprofiles', { name: 'A', fileType: 'edifact', unb050_0020: '7', _id: nobody })
  expect(made).toMatchObject({ unb050_0020: '7' })
  expect(made._id).not.toBe(nobody)
})

describe('tags', () => {
  test('go by tag and by name alike, and have a short id for good', async () => {
    for (const body of [{ tag: 'Late' }, { name: 'Late' }, { tag: 'Late', name: 'Other' }]) {
      const made = await make('tags', body)
      expect(made).toMatchObject({ tag: 'Late', name: 'Late', tagId: expect.stringMatching(/^[\w-]{8}$/) })
      for (const change of [{ tag: 'Later' }, { name: 'Latest' }]) {
        const before = (await api.call('GET', `/v1/tags/${made._id}`)).body
        const [label] = Object.values(change)
        const { body: after } = await api.call('PUT', `/v1/tags/${made._id}`, { ...before, ...change })
        expect(after).toMatchObject({ tag: label, name: label, tagId: made.tagId })
      }
    }
  })
})
