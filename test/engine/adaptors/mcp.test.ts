/** MCP servers that are not as they should be, connections to them that are tried, and how long sessions last. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { apiForFile } from '../../harness/api.ts'
import { startApplication } from '../../harness/application.ts'
import { errorsOf, make, makeFlow, numbered, runToEnd, until } from '../../harness/flows.ts'
import { startMcpServer, type McpServer } from '../../harness/mcp-server.ts'

const api = apiForFile({ worker: true, patience: { firstWait: 1 } })

async function serve(tools: McpServer['tools'] = { take: {} }): Promise<McpServer> {
  const server = await startMcpServer(tools)
  onTestFinished(() => server.close())
  return server
}

const connect = async (serverURL: string, more: object = {}): Promise<string> =>
  (await make(api, 'connections', { name: 'server', type: 'mcp', mcp: { serverURL, http: { auth: { type: 'custom' } }, ...more } }))._id

const ping = async (id: string) => (await api.call('POST', `/v1/connections/${id}/test`)).body

/** A flow of `count` orders into the tool `take`. */
async function makeTaking(connectionId: string, count = 1, fields: object = {}) {
  const application = await startApplication({ sources: { orders: numbered(count, fields) } })
  onTestFinished(() => application.close())
  return makeFlow(api, application, { imports: { take: { _connectionId: connectionId, mcp: { tool: 'take' } } } })
}

describe('a ping', () => {
  it('asks the server for its tools, and brings the connection online', async () => {
    const server = await serve()
    expect(await ping(await connect(server.url))).toEqual({ code: 200 })
    expect(server.requests.map(({ method }) => method)).toContain('POST')
  })

  it('says which tool of allowedTools the server does not have', async () => {
    const server = await serve({ take: {}, give: {} })
    expect(await ping(await connect(server.url, { allowedTools: ['take', 'drop'] }))).toEqual({
      errors: [
        {
          source: 'application',
          code: 'tool_missing',
          message: 'The server has no tool drop, which mcp.allowedTools names. It has: take, give.',
        },
      ],
    })
  })

  it('takes the connection offline where its proof is not accepted, and tells no secret', async () => {
    const server = await serve()
    server.before = async () => [401, '{"error":"unknown token secret-token-77"}']
    const id = await connect(server.url, { http: { auth: { type: 'token', token: { token: 'secret-token-77' } } } })
    const { errors } = await ping(id)
    expect(errors).toMatchObject([{ code: 401, source: 'application' }])
    expect(JSON.stringify(errors)).not.toContain('secret-token-77')
    expect((await api.call('GET', `/v1/connections/${id}`)).body).toMatchObject({ offline: true })
  })

  it.each([
    ['a page of HTML', [200, '<html>', { 'content-type': 'text/html' }], 'response_invalid'],
    ['JSON that answers nothing', [200, '{"ok":true}'], 'response_invalid'],
    ['a stream that ends without an answer', [200, ': nothing\n\n', { 'content-type': 'text/event-stream' }], 'response_invalid'],
    ['an answer against the protocol', [200, '{"jsonrpc":"2.0","id":0,"result":{"nothing":true}}'], 'response_invalid'],
  ] as const)('says so where the server answers %s', async (_what, answer, code) => {
    const server = await serve()
    server.before = async () => answer
    expect(await ping(await connect(server.url))).toMatchObject({ errors: [{ code, source: 'application' }] })
  })

  it('says so where nobody is there', async () => {
    const server = await startMcpServer()
    await server.close()
    expect(await ping(await connect(server.url))).toMatchObject({ errors: [{ code: 'connection_refused', source: 'connection' }] })
  })
})

describe('sessions', () => {
  it('are one for all records of a step, and ended when it is through', async () => {
    const server = await serve()
    const flow = await makeTaking(await connect(server.url), 45)
    expect(await runToEnd(api, flow._id)).toMatchObject({ numSuccess: 45 })
    expect(server.sessions.opened).toBe(1)
    await until(() => (server.sessions.open.size === 0 ? true : undefined))
  })

  it('that the server has forgotten are opened anew, and no record is lost or sent twice', async () => {
    const server = await serve({ take: {} })
    const flow = await makeTaking(await connect(server.url), 30)
    let calls = 0
    server.before = async (_request, body) => {
      if (body.includes('tools/call') && ++calls === 10) server.sessions.open.clear()
      return undefined
    }
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 30, numError: 0 })
    expect(server.calls).toHaveLength(30)
    expect(server.sessions.opened).toBeGreaterThan(1)
  })

  it('leave no stream open: what a server would say by itself is not asked for', async () => {
    const server = await serve()
    await runToEnd(api, (await makeTaking(await connect(server.url)))._id)
    expect(server.requests.filter(({ method }) => method === 'GET')).toEqual([])
  })
})

describe('a call', () => {
  const calling = (answer: (call: number) => Awaited<ReturnType<NonNullable<McpServer['before']>>> | Promise<undefined>) => {
    let calls = 0
    return async (_request: unknown, body: string) => (body.includes('tools/call') ? answer(++calls) : undefined)
  }

  it('is made again where the server is busy', async () => {
    const server = await serve()
    server.before = calling((call) => (call < 3 ? [503, '{"message":"busy"}'] : undefined))
    expect(await runToEnd(api, (await makeTaking(await connect(server.url)))._id)).toMatchObject({ numSuccess: 1, numError: 0 })
  })

  it('that is refused fails its record with the status and the words', async () => {
    const server = await serve()
    server.before = calling(() => [422, '{"error":{"message":"no such thing"}}'])
    const flow = await makeTaking(await connect(server.url))
    await runToEnd(api, flow._id)
    expect(await errorsOf(api, flow, 'take')).toMatchObject([{ code: '422', source: 'application', message: 'no such thing' }])
  })

  it('is given up after mcp.timeout', async () => {
    const server = await serve()
    server.before = calling(() => pause(20_000).then(() => undefined))
    const flow = await makeTaking(await connect(server.url, { timeout: 300 }))
    const begun = performance.now()
    await runToEnd(api, flow._id)
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect(await errorsOf(api, flow, 'take')).toMatchObject([{ code: 'timeout', source: 'connection' }])
  })

  it('whose answer is larger than a page fails its record', async () => {
    const server = await serve({ take: { answer: { content: [{ type: 'text', text: 'x'.repeat(6 * 1024 * 1024) }] } } })
    const flow = await makeTaking(await connect(server.url))
    await runToEnd(api, flow._id)
    expect(await errorsOf(api, flow, 'take')).toMatchObject([{ code: 'response_too_large' }])
  })

  it('tells no secret of the connection that the tool repeats', async () => {
    const server = await serve({ take: { answer: { isError: true, content: [{ type: 'text', text: 'bad key secret-token-78' }] } } })
    const id = await connect(server.url, { http: { auth: { type: 'token', token: { token: 'secret-token-78' } } } })
    const flow = await makeTaking(id)
    await runToEnd(api, flow._id)
    const [error] = await errorsOf(api, flow, 'take')
    expect(error).toMatchObject({ code: 'tool_failed' })
    expect(JSON.stringify(error)).not.toContain('secret-token-78')
  })

  it('whose proof is no longer accepted takes the connection offline', async () => {
    const server = await serve()
    const id = await connect(server.url)
    const flow = await makeTaking(id)
    server.before = async () => [401, '{}']
    await runToEnd(api, flow._id)
    expect((await api.call('GET', `/v1/connections/${id}`)).body).toMatchObject({ offline: true })
  })

  it('follows no redirect to another origin with its proof', async () => {
    const heard: unknown[] = []
    const other = createServer((request, response) => {
      heard.push(request.headers.authorization)
      response.end('{}')
    })
    await new Promise<void>((ready) => other.listen(0, '127.0.0.1', ready))
    onTestFinished(() => void other.close())
    const server = await serve()
    server.before = async () => [307, '', { location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/mcp` }]
    await ping(await connect(server.url, { http: { auth: { type: 'token', token: { token: 'secret-token-79' } } } }))
    expect(heard.length).toBeGreaterThan(0)
    expect(heard.filter(Boolean)).toEqual([])
  })
})

it('on request a tool is called as in a flow: an import with records, an export as a lookup', async () => {
  const server = await serve({ take: {}, find: { answer: { content: [], structuredContent: { found: [{ name: 'A' }] } } } })
  const _connectionId = await connect(server.url)
  const taking = await make(api, 'imports', { name: 'take', _connectionId, mcp: { tool: 'take' } })
  expect(taking).toMatchObject({ adaptorType: 'MCPImport' })
  expect((await api.call('POST', `/v1/imports/${taking._id}/invoke`, { data: [{ id: 1 }] })).body).toMatchObject([
    { statusCode: 200, id: 1, _json: { id: 1 } },
  ])
  const finding = await make(api, 'exports', { name: 'find', _connectionId, mcp: { tool: 'find', resourcePath: 'found' } })
  expect(finding).toMatchObject({ adaptorType: 'MCPExport' })
  expect((await api.call('POST', `/v1/exports/${finding._id}/invoke`)).body).toMatchObject({ data: [{ name: 'A' }] })
})
