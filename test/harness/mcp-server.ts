/** A server of the Model Context Protocol on this machine, by the official SDK: with the tools that a test says, and a ledger of what they were called with. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { CallToolRequestSchema, ListToolsRequestSchema, McpError, type CallToolResult } from '@modelcontextprotocol/sdk/types.js'

interface ScriptedTool {
  /** What it answers; what it was called with where it is absent. */
  readonly answer?: CallToolResult
  /** Answers by the field `key` of what it is called with. */
  readonly byKey?: Readonly<Record<string, CallToolResult>>
  /** An error of the protocol instead. */
  readonly error?: { readonly code: number; readonly message: string }
}

export interface McpServer {
  readonly url: string
  tools: Readonly<Record<string, ScriptedTool>>
  /** In the order in which they came. */
  readonly calls: { readonly name: string; readonly arguments: unknown }[]
  /** Every HTTP request, its headers and address. */
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] }[]
  /** Sessions that were opened, and those that are open. */
  readonly sessions: { opened: number; readonly open: Map<string, StreamableHTTPServerTransport> }
  /** Answers a request in its own words, before the protocol sees it. */
  before: (
    request: IncomingMessage,
    body: string,
  ) => Promise<readonly [status: number, text: string, headers?: object] | undefined> | undefined
  close(): Promise<void>
}

export async function startMcpServer(tools: McpServer['tools'] = {}, { json = false } = {}): Promise<McpServer> {
  const http = createServer((request, response) => void answer(request, response))
  await new Promise<void>((ready) => http.listen(0, '127.0.0.1', ready))
  const made: McpServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    tools,
    calls: [],
    requests: [],
    sessions: { opened: 0, open: new Map() },
    before: () => undefined,
    async close() {
      http.closeAllConnections()
      await new Promise((closed) => http.close(closed))
    },
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    made.requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    const own = await made.before(request, text)
    if (own) return void response.writeHead(own[0], { 'content-type': 'application/json', ...own[2] }).end(own[1])
    const id = request.headers['mcp-session-id']
    const known = made.sessions.open.get(String(id))
    if (id !== undefined && !known)
      return void response.writeHead(404).end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}')
    const transport = known ?? (await openTransport(made, json))
    await transport.handleRequest(request, response, text === '' ? undefined : JSON.parse(text))
  }
  return made
}

async function openTransport(made: McpServer, json: boolean): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: json,
    onsessioninitialized(id) {
      made.sessions.opened += 1
      made.sessions.open.set(id, transport)
    },
    onsessionclosed: (id) => void made.sessions.open.delete(id),
  })
  const server = new Server({ name: 'test', version: '1' }, { capabilities: { tools: {} } })
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.keys(made.tools).map((name) => ({ name, inputSchema: { type: 'object' as const } })),
  }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }): CallToolResult => {
    const args = params.arguments ?? {}
    made.calls.push({ name: params.name, arguments: args })
    const tool = made.tools[params.name]
    if (!tool) throw new McpError(-32602, `Unknown tool ${params.name}`)
    if (tool.error) throw new McpError(tool.error.code, tool.error.message)
    return tool.byKey?.[String(args['key'])] ?? tool.answer ?? { content: [], structuredContent: args }
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's own types disagree under exactOptionalPropertyTypes
  await server.connect(transport as unknown as Parameters<Server['connect']>[0])
  return transport
}
