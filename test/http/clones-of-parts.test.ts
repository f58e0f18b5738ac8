/** Clones of flows, exports and imports. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { nobody, type Body } from '../harness/samples.ts'
import { connectionBody, makeWhole, maker, type Whole } from '../harness/whole-integration.ts'

const api = apiForFile()
let whole: Whole
let target: string
beforeAll(async () => {
  whole = await makeWhole(api.call)
  target = await make('integrations', { name: 'target' })
})

const make = (collection: string, body: Body) => maker(api.call)(collection, body)
const clone = (path: string, body?: unknown) => api.call('POST', `/v1/${path}/clone`, body)
const get = async (path: string) => (await api.call('GET', `/v1/${path}`)).body
const stranger = async (collection: string) => (await api.stranger('POST', `/v1/${collection}`, { name: 'x' })).body._id

describe('a flow', () => {
  test('is copied into an integration with its steps and what they need, disabled, over registered connections', async () => {
    const { status, body } = await clone(`flows/${whole.flows[0]}`, { _integrationId: target })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      name: 'Clone - first',
      disabled: true,
      _integrationId: target,
      _sourceId: whole.flows[0],
      schedule: '? 0 3 ? * *',
    })
    expect(body).toEqual(await get(`flows/${body._id}`))
    expect(body._flowGroupingId).toBeUndefined()
    expect(body._runNextFlowIds).toEqual([whole.flows[1]])
    const source = await get(`exports/${body.pageGenerators[0]._exportId}`)
    expect(source).toMatchObject({ _sourceId: whole.exports[0], _connectionId: whole.connections[0] })
    expect(source.hooks.preSavePage._scriptId).not.toBe(whole.script)
    const sink = await get(`imports/${body.routers[0].branches[0].pageProcessors[0]._importId}`)
    expect(sink).toMatchObject({ _sourceId: whole.imports[0], _integrationId: target })
    expect((await get(`integrations/${target}`))._registeredConnectionIds.toSorted()).toEqual(whole.connections.slice(0, 2).toSorted())
  })

  test('keeps its group within its integration', async () => {
    const { body } = await clone(`flows/${whole.flows[0]}`, { _integrationId: whole.id, name: 'Again' })
    expect(body).toMatchObject({ name: 'Again', _integrationId: whole.id, _flowGroupingId: whole.group })
  })

  test('works over the connections of its map', async () => {
    const other = await make('connections', connectionBody('x'))
    const { body } = await clone(`flows/${whole.flows[1]}`, { _integrationId: target, connectionMap: { [whole.connections[0]]: other } })
    expect((await get(`exports/${body.pageGenerators[0]._exportId}`))._connectionId).toBe(other)
    expect((await get(`integrations/${target}`))._registeredConnectionIds).toContain(other)
    const wrong = await clone(`flows/${whole.flows[1]}`, { _integrationId: target, connectionMap: { [whole.connections[0]]: nobody } })
    expect({ status: wrong.status, error: wrong.body.errors[0] }).toMatchObject({
      status: 422,
      error: { code: 'invalid_ref', field: `connectionMap.${whole.connections[0]}` },
    })
  })

  test('needs an integration that is there', async () => {
    const flow = `flows/${whole.flows[1]}`
    for (const body of [undefined, {}, { _integrationId: nobody }, { _integrationId: await stranger('integrations') }]) {
      const { status, body: answer } = await clone(flow, body)
      expect({ status, error: answer.errors[0] }).toEqual({
        status: 422,
        error: { code: 'invalid_ref', message: 'Integration not found for the given id', field: '_integrationId' },
      })
    }
  })

  test('with a tool among its steps is refused', async () => {
    const caller = await make('imports', { adaptorType: 'ToolImport', tool: {} })
    const flow = await make('flows', { pageProcessors: [{ type: 'import', _importId: caller }] })
    const { status, body } = await clone(`flows/${flow}`, { _integrationId: target })
    expect({ status, code: body.errors[0].code }).toEqual({ status: 400, code: 'tools_not_supported' })
  })
})

describe.each(['exports', 'imports'] as const)('%s', (collection) => {
  test('are copied with what they need and without flows', async () => {
    const id = whole[collection][0]
    const { status, body } = await clone(`${collection}/${id}`)
    expect(status).toBe(201)
    expect(body).toMatchObject({ name: `Clone - ${collection}`, _sourceId: id })
    expect(body).toEqual(await get(`${collection}/${body._id}`))
    expect(await get(`${collection}/${body._id}/dependencies`)).toEqual({})
  })

  test('take a name and other connections', async () => {
    const id = whole[collection][0]
    const before = (await get(`${collection}/${id}`))._connectionId
    const other = await make('connections', connectionBody('x'))
    const { body } = await clone(`${collection}/${id}`, { name: 'Mine', connectionMap: { [before]: other } })
    expect(body).toMatchObject({ name: 'Mine', _connectionId: other })
  })

  test('without a connection, and with one that is deleted, are copied too', async () => {
    const gone = await make('connections', connectionBody('x'))
    const id = await make(collection, { _connectionId: gone })
    await api.call('DELETE', `/v1/connections/${gone}`)
    const { status, body } = await clone(`${collection}/${id}`)
    expect({ status, connection: body._connectionId }).toEqual({ status: 201, connection: undefined })
  })

  test('that are not there are not found', async () => {
    for (const id of [nobody, await stranger(collection)]) expect((await clone(`${collection}/${id}`)).status).toBe(404)
  })
})

test('secrets of an export stay with it', async () => {
  const webhook = { provider: 'custom', verify: 'token', token: 'secret-of-webhook', path: 'x-token' }
  const id = await make('exports', { adaptorType: 'WebhookExport', type: 'webhook', webhook })
  const { status, body } = await clone(`exports/${id}`)
  expect(status).toBe(201)
  expect(body.webhook.token).toBeUndefined()
  expect(body.webhook.verify).toBe('token')
})
