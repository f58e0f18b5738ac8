/** MCP servers of the account's own: what they may say, and what the official client sees of them over a real socket. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiForFile, startApi } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { exportOf, importOf, make, makeConnection, until } from '../harness/flows.ts'

const api = apiForFile()

let application: Application
let other: Application
let ids: Record<'connection' | 'elsewhere' | 'find' | 'create' | 'finding' | 'creating' | 'integration', string>
beforeAll(async () => {
  application = await startApplication({ lookups: { customer: { a: [{ name: 'Ann' }] } } })
  other = await startApplication()
  const connection = await makeConnection(api, application)
  const elsewhere = await makeConnection(api, other)
  const integration = (await make(api, 'integrations', { name: 'Agents' }))._id
  const lookup = { isLookup: true, http: { relativeURI: '/lookup/customer/{{record.key}}' } }
  const find = (await make(api, 'exports', exportOf('find', connection, lookup)))._id
  const create = (await make(api, 'imports', importOf('orders', connection, {})))._id
  const step = { type: 'export', _exportId: find, responseMapping: { fields: [{ extract: 'data[0].name', generate: 'name' }], lists: [] } }
  const routers = (...pageProcessors: object[]) => [{ id: 'a', branches: [{ name: 'all', nextRouterId: 'outputRouter', pageProcessors }] }]
  const input = {
    schema: { type: 'object', required: ['key'], properties: { key: { type: 'string' } } },
    description: 'The key of the customer.',
  }
  const output = { schema: { type: 'object', properties: { name: { type: 'string' } } } }
  const shared = { _integrationId: integration }
  const finding = (
    await make(api, 'tools', { ...shared, name: 'Find', description: 'Finds a customer.', input, output, routers: routers(step) })
  )._id
  const creating = (await make(api, 'tools', { ...shared, name: 'Create', routers: routers({ type: 'import', _importId: create }) }))._id
  ids = { connection, elsewhere, find, create, finding, creating, integration }
})
afterAll(async () => {
  await application.close()
  await other.close()
})

let made = 0
const serverOf = (fields: object = {}) => ({
  name: 'Shop',
  relativeURI: `/shop${made++}`,
  tools: [
    { _toolId: ids.finding, name: 'find_customer', annotations: { title: 'Find a customer', readOnlyHint: true } },
    { _toolId: ids.creating, name: 'create_order', annotations: { destructiveHint: true } },
  ],
  ...fields,
})
const makeServer = (fields: object = {}) => make(api, 'mcpservers', serverOf(fields))

async function open(relativeURI: string, token = 'owner-token-for-tests', url = api.url): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/v1/mcp${relativeURI}`), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  })
  await client.connect(transport as Transport)
  return client
}
const ask = (relativeURI: string, body: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', `/v1/mcp${relativeURI}`, body, { accept: 'application/json, text/event-stream', ...headers })

describe('as a document', () => {
  it.each([
    ['two segments', { relativeURI: '/a/b' }, 'relativeURI'],
    ['no slash', { relativeURI: 'a' }, 'relativeURI'],
    ['nothing', { relativeURI: '/' }, 'relativeURI'],
  ])('an address of %s is refused', async (_what, fields, field) => {
    expect(await api.call('POST', '/v1/mcpservers', serverOf(fields))).toMatchObject({ status: 422, body: { errors: [{ field }] } })
  })

  it('an address belongs to one server of the environment, also when two are made at once', async () => {
    const doc = serverOf({ relativeURI: '/once' })
    const answers = await Promise.all([api.call('POST', '/v1/mcpservers', doc), api.call('POST', '/v1/mcpservers', doc)])
    const [first, second] = answers.toSorted((a, b) => a.status - b.status)
    expect([first?.status, second?.status]).toEqual([201, 422])
    expect(second?.body.errors).toMatchObject([{ field: 'relativeURI' }])
    const _id = first?.body._id as string
    expect((await api.call('PUT', `/v1/mcpservers/${_id}`, doc)).status).toBe(200)
    const theirs = { name: 'Theirs', relativeURI: '/once' }
    expect((await api.stranger('POST', '/v1/mcpservers', theirs)).status).toBe(201)
  })

  it('names are unique over tools and APIs, and of letters that callers take', async () => {
    const script = (await make(api, 'scripts', { name: 's', content: 'function f() {}' }))._id
    const builder = { type: 'builder', builder: { request: { relativeURI: '/x', method: 'GET' } } }
    const one = (await make(api, 'apis', { name: 'a', ...builder }))._id
    const tools = [{ _toolId: ids.finding, name: 'same' }]
    const refused = async (fields: object) => (await api.call('POST', '/v1/mcpservers', serverOf(fields))).body.errors?.[0]?.field
    expect(await refused({ tools: [...tools, ...tools] })).toBe('tools.1.name')
    expect(await refused({ tools, apis: [{ _apiId: one, name: 'same' }] })).toBe('apis.0.name')
    expect(await refused({ tools: [{ _toolId: ids.finding, name: 'not this' }] })).toBe('tools.0.name')
    expect(await refused({ tools: [{ _toolId: ids.find, name: 'gone' }] })).toBe('tools.0._toolId')
    const scripted = (await make(api, 'apis', { name: 'b', type: 'script', script: { _scriptId: script, function: 'f' } }))._id
    expect(await refused({ tools: [], apis: [{ _apiId: scripted, name: 'scripted' }] })).toBe('apis.0._apiId')
  })

  it('keeps its tools from being removed', async () => {
    const tool = (await make(api, 'tools', { name: 't', _integrationId: ids.integration }))._id
    const { _id } = await makeServer({ tools: [{ _toolId: tool, name: 't' }] })
    expect((await api.call('DELETE', `/v1/tools/${tool}`)).status).toBe(409)
    expect((await api.call('GET', `/v1/tools/${tool}/dependencies`)).body).toMatchObject({ mcpservers: [{ id: _id }] })
    expect((await api.call('DELETE', `/v1/mcpservers/${_id}`)).status).toBe(204)
    expect((await api.call('DELETE', `/v1/tools/${tool}`)).status).toBe(204)
  })
})

describe('the official client', () => {
  it('sees the tools that are on, with their schemas and what is said of them', async () => {
    const { relativeURI } = await makeServer({ description: 'For orders.' })
    const client = await open(relativeURI)
    expect(client.getServerVersion()).toMatchObject({ name: 'Shop' })
    expect(client.getInstructions()).toBe('For orders.')
    const { tools } = await client.listTools()
    expect(tools).toMatchObject([
      {
        name: 'find_customer',
        title: 'Find a customer',
        description: 'Finds a customer.\n\nThe key of the customer.',
        inputSchema: { type: 'object', required: ['key'] },
        outputSchema: { type: 'object' },
        annotations: { readOnlyHint: true },
      },
      { name: 'create_order', inputSchema: { type: 'object' }, annotations: { destructiveHint: true } },
    ])
    await client.close()
  })

  it('calls a tool and gets its output as structured content and as text', async () => {
    const client = await open((await makeServer()).relativeURI)
    await client.listTools()
    const result = await client.callTool({ name: 'find_customer', arguments: { key: 'a' } })
    expect(result).toEqual({
      content: [{ type: 'text', text: '{"key":"a","name":"Ann"}' }],
      structuredContent: { key: 'a', name: 'Ann' },
    })
  })

  it.each([
    ['input that does not fit its schema', { key: 7 }, 'The input does not fit the schema of the tool: key must be string.'],
    ['input that lacks a field', {}, 'The input does not fit the schema of the tool: key is missing.'],
    ['what its application refuses', { key: 'nobody' }, 'Export "find": no lookup customer nobody'],
  ])('is told of %s as a result that is an error', async (_what, input, text) => {
    const client = await open((await makeServer()).relativeURI)
    expect(await client.callTool({ name: 'find_customer', arguments: input })).toMatchObject({
      isError: true,
      content: [{ type: 'text', text }],
    })
  })

  it('is refused a tool that is not there, or is off, as an error of the protocol', async () => {
    const { relativeURI } = await makeServer({
      tools: [
        { _toolId: ids.finding, name: 'find_customer', disabled: true },
        { _toolId: ids.creating, name: 'create_order' },
      ],
    })
    const client = await open(relativeURI)
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['create_order'])
    for (const name of ['find_customer', 'nothing'])
      await expect(client.callTool({ name, arguments: {} })).rejects.toMatchObject({ code: -32602, message: expect.stringContaining(name) })
  })

  it('goes over the connections that the server puts in the place of those of the tool', async () => {
    const overrides = { connections: [{ _abstractId: ids.connection, _id: ids.elsewhere }] }
    const client = await open((await makeServer({ tools: [{ _toolId: ids.creating, name: 'create', overrides }] })).relativeURI)
    await client.callTool({ name: 'create', arguments: { n: 1 } })
    expect(other.ledger.map(({ body }) => body)).toEqual([{ n: 1 }])
    expect(application.ledger).toEqual([])
  })

  it('may call many at once, each with its own answer', async () => {
    const client = await open((await makeServer()).relativeURI)
    const results = await Promise.all(Array.from({ length: 15 }, () => client.callTool({ name: 'find_customer', arguments: { key: 'a' } })))
    expect(results.every(({ structuredContent }) => (structuredContent as { name?: string }).name === 'Ann')).toBe(true)
  })
})

describe('an API that is offered as a tool', () => {
  const apiOf = async (request: object, routers: object[] = []) => {
    const response = (name: string, type: string, statusCode: number, success: boolean) => ({
      name,
      type,
      statusCode,
      inputFilter: { version: '1', rules: ['equals', ['boolean', ['context', 'success']], success] },
      ...(success && { mappings: ['pathParams', 'queryParams', 'body'].map((name) => ({ generate: name, extract: name })) }),
    })
    const builder = { request, routers, responses: [response('ok', 'success', 200, true), response('no', 'fail', 422, false)] }
    return (
      await make(api, 'apis', { name: 'Orders', description: 'Orders of the shop.', type: 'builder', version: `v${made++}`, builder })
    )._id as string
  }
  const serve = async (request: object, routers?: object[]) => {
    const apiId = await apiOf(request, routers)
    const client = await open((await makeServer({ tools: [], apis: [{ _apiId: apiId, name: 'orders' }] })).relativeURI)
    return { apiId, client }
  }
  const post = {
    relativeURI: '/orders/:shop',
    method: 'POST',
    queryParams: [{ key: 'dry', dataType: 'boolean', description: 'Try it out.' }],
    bodySchema: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } },
  }

  it('says what it is called with: parameters and body', async () => {
    const { client } = await serve(post)
    expect((await client.listTools()).tools).toMatchObject([
      {
        name: 'orders',
        description: 'Orders of the shop.',
        inputSchema: {
          type: 'object',
          required: ['pathParams', 'body'],
          properties: {
            pathParams: { type: 'object', required: ['shop'], properties: { shop: { type: 'string' } } },
            queryParams: { properties: { dry: { type: 'boolean', description: 'Try it out.' } } },
            body: post.bodySchema,
          },
        },
        annotations: { readOnlyHint: false },
      },
    ])
  })

  it('is called as its callers call it, and its answer is the output', async () => {
    const { apiId, client } = await serve(post)
    const result = await client.callTool({
      name: 'orders',
      arguments: { pathParams: { shop: 'berlin' }, queryParams: { dry: true }, body: { sku: 'x' } },
    })
    expect(result.structuredContent).toEqual({ pathParams: { shop: 'berlin' }, queryParams: { dry: true }, body: { sku: 'x' } })
    const logged = async () => ((await api.call('GET', `/v1/apis/${apiId}/logs`)).body.logs.length > 0 ? true : undefined)
    await until(logged)
  })

  it('tells of a body that does not fit, and of parameters that are missing, as results that are errors', async () => {
    const { client } = await serve(post)
    const call = async (input: Record<string, unknown>) => client.callTool({ name: 'orders', arguments: input })
    expect(await call({ pathParams: { shop: 'b' }, body: {} })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('sku') }],
    })
    expect(await call({ body: { sku: 'x' } })).toMatchObject({ isError: true, content: [{ text: 'pathParams.shop is missing.' }] })
  })

  it('is gone while the API is disabled', async () => {
    const { apiId, client } = await serve(post)
    const doc = (await api.call('GET', `/v1/apis/${apiId}`)).body
    expect((await api.call('PUT', `/v1/apis/${apiId}`, { ...doc, disabled: true })).status).toBe(200)
    expect((await client.listTools()).tools).toEqual([])
    await expect(client.callTool({ name: 'orders', arguments: {} })).rejects.toMatchObject({ code: -32602 })
  })
})

describe('who may call', () => {
  const tokenFor = async (fields: object) => (await make(api, 'accesstokens', { name: 't', ...fields })).token as string

  it('another account has no such server, and nobody without a token', async () => {
    const { relativeURI } = await makeServer()
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    expect(await api.stranger('POST', `/v1/mcp${relativeURI}`, message)).toMatchObject({
      status: 404,
      body: { errors: [{ code: 'invalid_ref' }] },
    })
    expect((await ask(relativeURI, message, { authorization: 'Bearer nobody' })).status).toBe(401)
    expect((await ask('/nowhere', message)).status).toBe(404)
  })

  it('a server that is off is not there', async () => {
    const { relativeURI } = await makeServer({ disabled: true })
    expect((await ask(relativeURI, { jsonrpc: '2.0', id: 1, method: 'tools/list' })).status).toBe(404)
  })

  it('a token for one server calls that one and no other', async () => {
    const [one, two] = [await makeServer(), await makeServer()]
    const token = await tokenFor({ _mcpServerIds: [one._id] })
    expect((await (await open(one.relativeURI, token)).listTools()).tools).toHaveLength(2)
    await expect(open(two.relativeURI, token)).rejects.toMatchObject({ code: 403 })
  })

  it('with mcp:read a token sees and calls what only reads', async () => {
    const server = await makeServer()
    const client = await open(server.relativeURI, await tokenFor({ _mcpServerIds: [server._id], mcpScopes: ['mcp:read'] }))
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['find_customer'])
    expect(await client.callTool({ name: 'find_customer', arguments: { key: 'a' } })).toMatchObject({ structuredContent: { name: 'Ann' } })
    const before = application.ledger.length
    await expect(client.callTool({ name: 'create_order', arguments: {} })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('mcp:write'),
    })
    expect(application.ledger).toHaveLength(before)
  })

  it('with mcp:write it calls all of them, and does nothing else with the server', async () => {
    const server = await makeServer()
    const token = await tokenFor({ _mcpServerIds: [server._id], mcpScopes: ['mcp:read', 'mcp:write'] })
    const client = await open(server.relativeURI, token)
    expect(await client.callTool({ name: 'create_order', arguments: { n: 2 } })).toMatchObject({ structuredContent: { n: 2 } })
    const bearer = { authorization: `Bearer ${token}` }
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', serverOf()],
    ] as const)
      expect((await api.call(method, `/v1/mcpservers/${server._id}`, body, bearer)).status).toBe(403)
  })

  it('scopes are for tokens that list servers', async () => {
    expect(await api.call('POST', '/v1/accesstokens', { name: 't', fullAccess: true, mcpScopes: ['mcp:read'] })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'mcpScopes' }] },
    })
  })
})

describe('on the wire', () => {
  const list = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/list' })

  it('each request stands for itself: no session is opened, and no stream', async () => {
    const { relativeURI } = await makeServer()
    const answer = await ask(relativeURI, list(1))
    expect(answer).toMatchObject({ status: 200, body: { jsonrpc: '2.0', id: 1, result: { tools: [{}, {}] } } })
    expect(answer.headers.get('mcp-session-id')).toBeNull()
    for (const method of ['GET', 'DELETE']) expect((await api.call(method, `/v1/mcp${relativeURI}`)).status).toBe(405)
  })

  it.each([
    ['no JSON', '{"jsonrpc":', 400, -32700],
    ['no message', '{"hello":1}', 400, -32700],
    ['too deep', `${'['.repeat(100)}${']'.repeat(100)}`, 400, -32700],
    ['too many at once', JSON.stringify(Array.from({ length: 21 }, (_, id) => list(id))), 400, -32600],
  ])('what is %s is an error of the protocol', async (_what, body, status, code) => {
    const { relativeURI } = await makeServer()
    expect(await ask(relativeURI, body)).toMatchObject({ status, body: { error: { code } } })
  })

  it('a method that it does not have is told as such, and a body that is too large is refused', async () => {
    const { relativeURI } = await makeServer()
    expect(await ask(relativeURI, { jsonrpc: '2.0', id: 1, method: 'resources/list' })).toMatchObject({ body: { error: { code: -32601 } } })
    expect((await ask(relativeURI, `"${'x'.repeat(20 * 1024 * 1024)}"`)).status).toBe(413)
  })

  it('a client that takes neither JSON nor events is told so', async () => {
    const { relativeURI } = await makeServer()
    expect((await api.call('POST', `/v1/mcp${relativeURI}`, list(1), { accept: 'text/html' })).status).toBe(406)
  })

  it('calls are on record, without what they held', async () => {
    const server = await makeServer()
    await (await open(server.relativeURI)).callTool({ name: 'find_customer', arguments: { key: 'a' } })
    const entries = (await api.call('GET', `/v1/mcpservers/${server._id}/audit`)).body
    expect(entries[0]).toMatchObject({ event: 'invoke' })
    expect(JSON.stringify(entries)).not.toContain('Ann')
  })
})

it('any server of the installation answers, and one that refuses private addresses opens no socket to one', async () => {
  const strict = await startApi({ privateNetwork: 'refuse' })
  try {
    const connection = await makeConnection(strict, application)
    const create = (await make(strict, 'imports', importOf('orders', connection, {})))._id
    const integration = (await make(strict, 'integrations', { name: 'i' }))._id
    const routers = [
      { id: 'a', branches: [{ name: 'all', nextRouterId: 'outputRouter', pageProcessors: [{ type: 'import', _importId: create }] }] },
    ]
    const tool = (await make(strict, 'tools', { name: 't', _integrationId: integration, routers }))._id
    await make(strict, 'mcpservers', { name: 's', relativeURI: '/s', tools: [{ _toolId: tool, name: 't' }] })
    const client = await open('/s', 'owner-token-for-tests', strict.url)
    const before = application.asked.length
    expect(await client.callTool({ name: 't', arguments: {} })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('is on a private network') }],
    })
    expect(application.asked).toHaveLength(before)
  } finally {
    await strict.close()
  }
})
