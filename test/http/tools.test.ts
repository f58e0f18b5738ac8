/** Tools as documents: which are refused when they are saved, and which stay. How they run is shown by test/engine/tool-cases.test.ts. */
import { beforeAll, describe, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication } from '../harness/application.ts'
import { importOf, make, makeConnection } from '../harness/flows.ts'

const api = apiForFile()

let _integrationId: string
let _connectionId: string
beforeAll(async () => {
  _integrationId = (await make(api, 'integrations', { name: 'Tools' }))._id
  _connectionId = (await make(api, 'connections', { name: 'c', type: 'http', http: { mediaType: 'json', baseURI: 'http://127.0.0.1:9' } }))
    ._id
})

const save = (fields: object) => api.call('POST', '/v1/tools', { name: 'tool', _integrationId, ...fields })
const makeTool = (fields: object = {}) => make(api, 'tools', { name: 'tool', _integrationId, ...fields })
const routersOf = (...importIds: readonly string[]) => [
  {
    id: 'a',
    branches: [
      { name: 'all', nextRouterId: 'outputRouter', pageProcessors: importIds.map((_importId) => ({ type: 'import', _importId })) },
    ],
  },
]
const callOf = (toolId: string) => make(api, 'imports', { name: 'call', adaptorType: 'ToolImport', tool: { _toolId: toolId } })

describe('routers', () => {
  const branch = (nextRouterId?: string) => ({ name: 'all', ...(nextRouterId !== undefined && { nextRouterId }) })

  it.each([
    [
      'have ids of their own',
      [
        { id: 'a', branches: [branch('a')] },
        { id: 'a', branches: [branch('outputRouter')] },
      ],
      'routers.1.id',
    ],
    ['do not take the id of the output', [{ id: 'outputRouter', branches: [branch('outputRouter')] }], 'routers.0.id'],
    ['lead to routers that are there', [{ id: 'a', branches: [branch('b')] }], 'routers.0.branches.0.nextRouterId'],
    ['leave no branch without an end', [{ id: 'a', branches: [branch('outputRouter'), branch()] }], 'routers.0.branches.1.nextRouterId'],
    [
      'do not lead back to each other',
      [
        { id: 'a', branches: [branch('b')] },
        { id: 'b', branches: [branch('a')] },
      ],
      'routers.0',
    ],
    [
      'are a thousand at the most',
      Array.from({ length: 1001 }, (_, n) => ({ id: `r${n}`, branches: [branch('outputRouter')] })),
      'routers',
    ],
  ])('%s', async (_what, routers, field) => {
    expect(await save({ routers })).toMatchObject({ status: 422, body: { errors: [{ code: 'invalid_field', field }] } })
  })

  it('may lead on to each other and to the output', async () => {
    const routers = [
      { id: 'a', branches: [branch('b'), branch('outputRouter')] },
      { id: 'b', branches: [branch('outputRouter')] },
    ]
    expect((await save({ routers })).status).toBe(201)
  })
})

it('what a tool is called with is an object: a schema of another type is refused', async () => {
  expect(await save({ input: { schema: { type: 'array' } } })).toMatchObject({
    status: 422,
    body: { errors: [{ code: 'invalid_field', field: 'input.schema.type' }] },
  })
})

describe('a tool does not call itself', () => {
  const calls = { status: 422, body: { errors: [{ code: 'invalid_field', message: expect.stringContaining('would call itself') }] } }

  it('by an import of its own', async () => {
    const tool = await makeTool()
    const call = await callOf(tool._id)
    expect(await api.call('PUT', `/v1/tools/${tool._id}`, { name: 'tool', _integrationId, routers: routersOf(call._id) })).toMatchObject(
      calls,
    )
  })

  it('by way of another tool, whichever of the documents is saved last', async () => {
    const outer = await makeTool()
    const call = await callOf(outer._id)
    const inner = await makeTool({ routers: routersOf(call._id) })
    const back = await callOf(inner._id)
    expect(await api.call('PUT', `/v1/tools/${outer._id}`, { name: 'tool', _integrationId, routers: routersOf(back._id) })).toMatchObject(
      calls,
    )

    const free = await makeTool()
    const later = await callOf(free._id)
    const top = await makeTool({ routers: routersOf(later._id) })
    const body = { name: 'call', adaptorType: 'ToolImport', tool: { _toolId: top._id } }
    expect(await api.call('PUT', `/v1/imports/${later._id}`, body)).toMatchObject(calls)
  })
})

describe('removing', () => {
  it('a tool that an import calls is refused until nothing calls it', async () => {
    const tool = await makeTool()
    const call = await callOf(tool._id)
    expect(await api.call('DELETE', `/v1/tools/${tool._id}`)).toMatchObject({
      status: 409,
      body: { errors: [{ code: 'tool_in_use', message: expect.stringContaining('dependencies') }] },
    })
    expect((await api.call('GET', `/v1/tools/${tool._id}/dependencies`)).body).toMatchObject({ imports: [{ id: call._id }] })
    expect((await api.call('DELETE', `/v1/imports/${call._id}`)).status).toBe(204)
    expect((await api.call('DELETE', `/v1/tools/${tool._id}`)).status).toBe(204)
  })
})

it('an import of a tool that is not there is refused', async () => {
  const body = { name: 'call', adaptorType: 'ToolImport', tool: { _toolId: '0'.repeat(24) } }
  expect(await api.call('POST', '/v1/imports', body)).toMatchObject({
    status: 422,
    body: { errors: [{ code: 'invalid_ref', field: 'tool._toolId' }] },
  })
})

it.each([
  ['AiAgentImport', { aiAgent: { provider: 'openai', openai: { model: 'm', instructions: 'x' } } }],
  ['GuardrailImport', { guardrail: { type: 'pii' } }],
])('%s needs a language model: it is told when it is saved, refused under strict, and when it is run', async (adaptorType, fields) => {
  const body = { name: 'Ask', _connectionId, adaptorType, ...fields }
  const sentence = `The import Ask is of the type ${adaptorType}: it asks a language model, and this server has none.`
  const saved = await api.call('POST', '/v1/imports', body)
  expect(saved.status).toBe(201)
  expect(saved.headers.get('sluice-warning')).toContain(sentence)
  expect(await api.call('POST', '/v1/imports', body, { prefer: 'handling=strict' })).toMatchObject({
    status: 422,
    body: { errors: [{ field: 'adaptorType', message: expect.stringContaining(sentence) }] },
  })
  expect(await api.call('POST', `/v1/imports/${saved.body._id}/invoke`, { data: [{}] })).toMatchObject({
    body: { errors: [{ message: expect.stringContaining(sentence) }] },
  })
})

it('what fails at a step of a tool is kept there, and can be resolved; a tool of another account has none', async () => {
  const application = await startApplication()
  try {
    const orders = (await make(api, 'imports', importOf('orders', await makeConnection(api, application), {})))._id
    const tool = await makeTool({ routers: routersOf(orders) })
    const call = await callOf(tool._id)
    await api.call('POST', `/v1/imports/${call._id}/invoke`, { data: [{ id: 1, refuse: 422 }, { id: 2 }] })
    const path = `/v1/tools/${tool._id}`
    expect((await api.call('GET', `${path}/errors`)).body).toMatchObject({ toolErrors: [{ _expOrImpId: orders, numError: 1 }] })
    const { errors } = (await api.call('GET', `${path}/${orders}/errors`)).body
    expect(errors).toMatchObject([{ code: '422', source: 'application' }])
    expect((await api.call('PUT', `${path}/${orders}/resolved`, { errors: [errors[0].errorId] })).status).toBe(204)
    expect((await api.call('GET', `${path}/${orders}/errors`)).body.errors).toEqual([])
    expect((await api.call('GET', `${path}/${orders}/resolved`)).body.resolved).toHaveLength(1)
    for (const asked of ['errors', `${orders}/errors`]) expect((await api.stranger('GET', `${path}/${asked}`)).status).toBe(404)
  } finally {
    await application.close()
  }
})
