/** Registered connections: registering and taking it back, and the registration that comes with a flow and its steps. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { makeOneOfEach, nobody, samples, type Body, type Ids } from '../harness/samples.ts'

let api: Api
let ids: Ids
let theirs: Ids
/** Nothing is registered to it, and no flow is in it. */
let bare: string
beforeAll(async () => {
  api = await startApi()
  ids = await makeOneOfEach(api.call)
  theirs = await makeOneOfEach(api.stranger)
})
beforeEach(async () => {
  bare = (await make('integrations', { name: 'bare', settings: { kept: true } }))._id
})
afterAll(() => api.close())

const make = async (collection: string, body: Body): Promise<Body & { _id: string }> => {
  const answer = await api.call('POST', `/v1/${collection}`, body)
  if (answer.status !== 201) throw new Error(`${collection}: ${answer.status} ${answer.text}`)
  return answer.body
}
const connection = async (): Promise<string> => (await make('connections', samples.connections(ids)))._id
const read = async (id = bare) => (await api.call('GET', `/v1/integrations/${id}`)).body
const registered = async (id = bare): Promise<string[] | undefined> => (await read(id))._registeredConnectionIds
const byPath = (method: string, integration: string, id: string) =>
  api.call(method, `/v1/integrations/${integration}/connections/${id}/register`)
const byBody = (integration: string, body: unknown) => api.call('PUT', `/v1/integrations/${integration}/connections/register`, body)

describe.each<[string, (integration: string, id: string) => ReturnType<typeof byPath>]>([
  ['by path', (integration, id) => byPath('PUT', integration, id)],
  ['by body', (integration, id) => byBody(integration, { _connectionId: id })],
])('registering %s', (_how, put) => {
  test('204 without a body; the integration names the connection, is modified by that, and changes in nothing else', async () => {
    const before = await read()
    const id = await connection()
    expect(await put(bare, id)).toMatchObject({ status: 204, text: '' })
    const after = await read()
    expect(after).toEqual({ ...before, _registeredConnectionIds: [id], lastModified: after.lastModified })
    expect(Date.parse(after.lastModified)).toBeGreaterThan(Date.parse(before.lastModified))
  })

  test('a second time is 204 and changes nothing; another connection comes after', async () => {
    const [first, second] = [await connection(), await connection()]
    for (const id of [first, second]) expect((await put(bare, id)).status).toBe(204)
    const before = await read()
    for (const id of [first, first]) expect((await put(bare, id)).status).toBe(204)
    expect(await read()).toEqual(before)
    expect(await registered()).toEqual([first, second])
  })

  test('404 where either side is missing, and nothing is registered', async () => {
    const id = await connection()
    const deleted = await connection()
    await api.call('DELETE', `/v1/connections/${deleted}`)
    for (const [integration, target, field] of [
      [nobody, id, '_integrationId'],
      [theirs.integrations, id, '_integrationId'],
      [bare, nobody, '_connectionId'],
      [bare, theirs.connections, '_connectionId'],
      [bare, ids.flows, '_connectionId'],
      [bare, deleted, '_connectionId'],
    ] as const) {
      const { status, body } = await put(integration, target)
      expect({ status, code: body.errors[0].code, field: body.errors[0].field }).toEqual({ status: 404, code: 'invalid_ref', field })
    }
    expect(await registered()).toBeUndefined()
    expect((await api.stranger('GET', `/v1/integrations/${theirs.integrations}`)).body._registeredConnectionIds).toEqual([
      theirs.connections,
    ])
  })

  test('many at once are all registered', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, connection))
    const answers = await Promise.all(all.map((id) => put(bare, id)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
    expect((await registered())?.toSorted()).toEqual(all.toSorted())
  })

  test('secrets and settings of the integration stay', async () => {
    await put(bare, await connection())
    expect((await read()).settings).toEqual({ kept: true })
  })
})

test('the body is an object with one id', async () => {
  const missing = await byBody(bare, {})
  expect({ status: missing.status, ...missing.body.errors[0] }).toMatchObject({
    status: 422,
    code: 'missing_required_field',
    field: '_connectionId',
  })
  for (const _connectionId of ['abc', 5, null, [ids.connections]]) {
    const { status, body } = await byBody(bare, { _connectionId })
    expect({ status, ...body.errors[0] }).toMatchObject({ status: 422, code: 'invalid_field', field: '_connectionId' })
  }
  expect((await byBody(bare, '{')).status).toBe(400)
})

test('what is no id in the path is 404', async () => {
  for (const method of ['PUT', 'DELETE'])
    for (const [integration, id] of [
      [bare, 'abc'],
      ['abc', ids.connections],
    ] as const)
      expect((await byPath(method, integration, id)).status).toBe(404)
})

describe('taking it back', () => {
  test('204, also a second time and where it never was; the connection stays', async () => {
    const [first, second] = [await connection(), await connection()]
    const before = await read()
    for (const id of [first, second]) await byPath('PUT', bare, id)
    for (let i = 0; i < 2; i++) expect(await byPath('DELETE', bare, first)).toMatchObject({ status: 204, text: '' })
    const after = await read()
    expect(after).toEqual({ ...before, _registeredConnectionIds: [second], lastModified: after.lastModified })
    expect(Date.parse(after.lastModified)).toBeGreaterThan(Date.parse(before.lastModified))
    expect((await byPath('DELETE', bare, ids.connections)).status).toBe(204)
    expect(await read()).toEqual(after)
    expect((await api.call('GET', `/v1/connections/${first}`)).status).toBe(200)
  })

  test('also of a connection that went before deleted ones left the lists', async () => {
    const [gone, kept] = [await connection(), await connection()]
    await byPath('PUT', bare, kept)
    await api.call('DELETE', `/v1/connections/${gone}`)
    const planted = JSON.stringify({ _registeredConnectionIds: [gone, kept] })
    await ask(api.config, `update sluice.documents set doc = doc || $2 where _id = $1`, [bare, planted])
    expect((await byPath('PUT', bare, gone)).status).toBe(404)
    expect((await byPath('DELETE', bare, gone)).status).toBe(204)
    expect(await registered()).toEqual([kept])
    expect((await byPath('DELETE', bare, gone)).status).toBe(404)
  })

  test('404 where either side is missing', async () => {
    for (const [integration, id] of [
      [nobody, ids.connections],
      [theirs.integrations, theirs.connections],
      [bare, nobody],
      [bare, theirs.connections],
    ] as const)
      expect((await byPath('DELETE', integration, id)).status).toBe(404)
    expect((await api.stranger('GET', `/v1/integrations/${theirs.integrations}`)).body._registeredConnectionIds).toEqual([
      theirs.connections,
    ])
  })
})

test('the references of the integration follow: who depends on a connection names it', async () => {
  const [first, second] = [await connection(), await connection()]
  for (const id of [first, second]) await byPath('PUT', bare, id)
  await byPath('DELETE', bare, first)
  const rows = await ask(api.config, `select path, to_id from sluice.edges where from_id = $1`, [bare])
  expect(rows).toEqual([{ path: '_registeredConnectionIds.0', to_id: second }])
})

test('a replacement of the integration keeps its connections, and cannot set them', async () => {
  const id = await connection()
  await byPath('PUT', bare, id)
  await api.call('PUT', `/v1/integrations/${bare}`, { name: 'renamed', _registeredConnectionIds: [] })
  expect(await registered()).toEqual([id])
})

describe('a deleted connection', () => {
  test('is registered nowhere any more: not in the integrations, nor in their trees; the others stay, and are modified by that', async () => {
    const [gone, kept] = [await connection(), await connection()]
    const other = (await make('integrations', { name: 'other' }))._id
    for (const [integration, id] of [
      [bare, gone],
      [bare, kept],
      [other, gone],
    ] as const)
      await byPath('PUT', integration, id)
    const before = await read()
    expect((await api.call('DELETE', `/v1/connections/${gone}`)).status).toBe(204)
    expect([await registered(), await registered(other)]).toEqual([[kept], []])
    for (const [integration, ids_] of [
      [bare, [kept]],
      [other, []],
    ] as const) {
      const tree = (await api.call('GET', `/v1/integrations/${integration}/tree/metadata`)).body
      expect(tree.integration._registeredConnectionIds).toEqual(ids_)
    }
    expect(Date.parse((await read()).lastModified)).toBeGreaterThan(Date.parse(before.lastModified))
    expect(await ask(api.config, `select from_id from sluice.edges where to_id = $1`, [gone])).toEqual([])
  })

  test('that comes back is registered where flows use it', async () => {
    const id = await connection()
    const _exportId = (await make('exports', { ...samples.exports(ids), _integrationId: undefined, _connectionId: id }))._id
    await make('flows', { name: 'f', _integrationId: bare, pageGenerators: [{ _exportId }] })
    await api.call('DELETE', `/v1/connections/${id}`)
    expect(await registered()).toEqual([])
    await api.call('POST', `/v1/recycleBinTTL/connections/${id}/doCascadeRestore`)
    expect(await registered()).toEqual([id])
  })

  test('while others register it: no request fails on our side, and it is registered nowhere in the end', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await connection()
      const integrations = await Promise.all(Array.from({ length: 6 }, async (_, i) => (await make('integrations', { name: `${i}` }))._id))
      const registering = integrations.map((integration) => byPath('PUT', integration, id))
      const answers = await Promise.all([...registering, api.call('DELETE', `/v1/connections/${id}`)])
      expect(answers.map(({ status }) => status).filter((status) => status !== 204 && status !== 404)).toEqual([])
      expect(await Promise.all(integrations.map((integration) => registered(integration)))).not.toContainEqual([id])
    }
  })
})

describe('by use', () => {
  const step = async (collection: 'exports' | 'imports', id: string) =>
    (await make(collection, { ...samples[collection](ids), _integrationId: undefined, _connectionId: id }))._id

  test('a new flow registers the connections of its steps, in every branch', async () => {
    const connections = await Promise.all([connection(), connection(), connection()])
    const [source, lookup] = [await step('exports', connections[0] ?? ''), await step('exports', connections[1] ?? '')]
    const target = await step('imports', connections[2] ?? '')
    const before = await read()
    const branch = {
      name: 'b',
      pageProcessors: [
        { type: 'export', _exportId: lookup },
        { type: 'import', _importId: target },
      ],
    }
    await make('flows', {
      name: 'f',
      _integrationId: bare,
      pageGenerators: [{ _exportId: source }],
      routers: [{ id: 'r', branches: [branch] }],
    })
    const { _registeredConnectionIds, ...rest } = await read()
    expect(_registeredConnectionIds.toSorted()).toEqual(connections.toSorted())
    expect(rest).toEqual({ ...before, lastModified: rest.lastModified })
    expect(Date.parse(rest.lastModified)).toBeGreaterThan(Date.parse(before.lastModified))
  })

  test('a replaced flow registers what is new, and what it no longer uses stays', async () => {
    const connections = [await connection(), await connection()]
    const steps = [await step('exports', connections[0] ?? ''), await step('exports', connections[1] ?? '')]
    const { _id } = await make('flows', { name: 'f', _integrationId: bare, pageGenerators: [{ _exportId: steps[0] }] })
    expect(await registered()).toEqual([connections[0]])
    await api.call('PUT', `/v1/flows/${_id}`, { name: 'f', _integrationId: bare, pageGenerators: [{ _exportId: steps[1] }] })
    expect(await registered()).toEqual(connections)
  })

  test.each(['exports', 'imports'] as const)(
    'replacing one of the %s registers its new connection wherever a flow uses it',
    async (collection) => {
      const [first, second] = [await connection(), await connection()]
      const other = (await make('integrations', { name: 'other' }))._id
      const id = await step(collection, first)
      const steps =
        collection === 'exports' ? { pageGenerators: [{ _exportId: id }] } : { pageProcessors: [{ type: 'import', _importId: id }] }
      for (const _integrationId of [bare, other, undefined]) await make('flows', { name: 'f', _integrationId, ...steps })
      await api.call('PUT', `/v1/${collection}/${id}`, { ...samples[collection](ids), _connectionId: second })
      for (const integration of [bare, other]) expect(await registered(integration)).toEqual([first, second])
      expect(await registered(ids.integrations)).toEqual([ids.connections])
    },
  )

  test('a flow that only waits for an export registers nothing, nor does one without an integration', async () => {
    const id = await step('exports', await connection())
    await make('flows', { name: 'f', _integrationId: bare, _keepDeltaBehindExportId: id })
    await make('flows', { name: 'f', pageGenerators: [{ _exportId: id }] })
    expect(await registered()).toBeUndefined()
  })

  test('a refused flow registers nothing', async () => {
    const id = await step('exports', await connection())
    const { status } = await api.call('POST', '/v1/flows', {
      name: 'f',
      _integrationId: bare,
      pageGenerators: [{ _exportId: id }, { _exportId: nobody }],
    })
    expect(status).toBe(422)
    expect(await registered()).toBeUndefined()
  })

  test("another account's steps and integrations are not touched", async () => {
    const id = await step('exports', await connection())
    const flow = { name: 'f', _integrationId: theirs.integrations, pageGenerators: [{ _exportId: id }] }
    expect((await api.call('POST', '/v1/flows', flow)).status).toBe(422)
    expect((await api.stranger('GET', `/v1/integrations/${theirs.integrations}`)).body._registeredConnectionIds).toEqual([
      theirs.connections,
    ])
  })

  test('flows made at once register all of their connections, without waiting for a deadlock', async () => {
    const steps = await Promise.all(Array.from({ length: 10 }, async () => step('exports', await connection())))
    const started = performance.now()
    const answers = await Promise.all(
      steps.map((_exportId) => api.call('POST', '/v1/flows', { name: 'f', _integrationId: bare, pageGenerators: [{ _exportId }] })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(await registered()).toHaveLength(10)
    // PostgreSQL looks for deadlocks after a second: locked in the wrong order, this took more than 30.
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
