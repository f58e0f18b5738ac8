/**
 * Where MCP servers are called: `POST /v1/mcp{relativeURI}`, Streamable HTTP of the Model Context Protocol, spoken by its official SDK. Each request stands for
 * itself: there are no sessions and no streams, so any server of the installation answers, and nobody holds anything open.
 */
import type * as ServerModule from '@modelcontextprotocol/sdk/server/index.js'
import type * as TransportModule from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import type * as Types from '@modelcontextprotocol/sdk/types.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../domain/context.ts'
import { lazyLoad } from '../domain/lazy-load.ts'
import { withInflightLimit } from '../domain/limits/inflight-limit.ts'
import { isDeeper } from '../domain/limits/parse-json.ts'
import type { ApiCaller } from '../domain/apis/call-api.ts'
import type { McpAnswer } from '../domain/mcp/offered-tool.ts'
import { openMcpServer, type OpenMcpServer } from '../domain/mcp/open-server.ts'
import { maxBodyBytes } from './body.ts'
import type { InflightBytes } from './held-bytes.ts'

const serverModule = lazyLoad<typeof ServerModule>('@modelcontextprotocol/sdk/server/index.js')
const transportModule = lazyLoad<typeof TransportModule>('@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js')
const types = lazyLoad<typeof Types>('@modelcontextprotocol/sdk/types.js')

/** Messages that one request may hold. */
const maxMessages = 20
/** What one tool answers, in characters: as much as goes in. */
const maxAnswer = 5 * 1024 * 1024
/** Objects and lists inside each other in a message. */
const maxLevels = 64

interface Parts {
  readonly contextOf: (request: FastifyRequest) => Context
  readonly callApi: ApiCaller['callKnown']
  readonly version: string
}

export function mcp(app: FastifyInstance, { underWay, ...parts }: Parts & { readonly underWay: InflightBytes }): void {
  void app.register(async (scope) => {
    // What is wrong with a message is told in the words of the protocol.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (request, bytes, done) => {
      underWay.settle(request.held, bytes.length)
      done(null, bytes)
    })
    scope.route({
      method: 'POST',
      url: '/v1/mcp/:relativeURI',
      bodyLimit: maxBodyBytes,
      config: { operation: 'callMcpServer', takesBody: true, waitsOutside: true },
      handler: (request, reply) => answer(parts, request, reply),
    })
  })
}

async function answer({ contextOf, callApi, version }: Parts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const ctx = contextOf(request)
  const { relativeURI = '' } = request.params as { readonly relativeURI?: string }
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const opened = await openMcpServer(ctx, `/${relativeURI}`, callApi)
  const text = Buffer.isBuffer(request.body) ? request.body.toString() : ''
  const parsed = readMessages(text)
  if ('refusal' in parsed) return reply.code(400).type('application/json').send(JSON.stringify(parsed.refusal))
  const response = await withInflightLimit(ctx, () => speak(opened, toRequest(request, text), gone.signal, version))
  return send(reply, response)
}

/** What cannot be read is left to the SDK, which says so. */
function readMessages(text: string): { readonly count: number } | { readonly refusal: object } {
  if (isDeeper(text, maxLevels)) return { refusal: refuse(-32700, `Parse error: more than ${maxLevels} levels`) }
  const count = /^\s*\[/.test(text) ? countMessages(text) : 1
  return count > maxMessages ? { refusal: refuse(-32600, `Invalid Request: more than ${maxMessages} messages at once`) } : { count }
}

function countMessages(text: string): number {
  try {
    const messages: unknown = JSON.parse(text)
    return Array.isArray(messages) ? messages.length : 1
  } catch {
    return 1
  }
}

const refuse = (code: number, message: string): object => ({ jsonrpc: '2.0', error: { code, message }, id: null })

/** The token is between the caller and us. */
function toRequest({ url, headers }: FastifyRequest, body: string): Request {
  const told = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || name === 'authorization' ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  )
  return new Request(new URL(url, 'http://sluice'), { method: 'POST', headers: told, body })
}

async function speak(opened: OpenMcpServer, request: Request, signal: AbortSignal, version: string): Promise<Response> {
  const { Server } = serverModule()
  const { WebStandardStreamableHTTPServerTransport } = transportModule()
  const { CallToolRequestSchema, ListToolsRequestSchema } = types()
  const server = new Server(
    { name: opened.name, version },
    { capabilities: { tools: {} }, ...(opened.description !== undefined && { instructions: opened.description }) },
  )
  server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: [...(await opened.listTools())] }) as Types.ListToolsResult)
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) =>
    toResult(params.name, await opened.call(params.name, params.arguments ?? {}, signal)),
  )
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true, maxRequestBodySize: maxBodyBytes })
  await server.connect(transport as Parameters<ServerModule.Server['connect']>[0])
  try {
    return await transport.handleRequest(request)
  } finally {
    // The answer is whole by now: nothing is streamed.
    void server.close()
  }
}

/** A failure is an answer, which a language model reads and mends; that there is no such tool is an error of the protocol. */
function toResult(name: string, answered: McpAnswer): Types.CallToolResult {
  if (answered.kind === 'refused') {
    const { McpError, ErrorCode } = types()
    throw new McpError(
      ErrorCode.InvalidParams,
      answered.why === 'unknown' ? `Unknown tool: ${name}` : `The token may not call ${name}: that asks for the scope mcp:write`,
    )
  }
  if (answered.kind === 'failed') return { isError: true, content: answered.sentences.map((text) => ({ type: 'text', text })) }
  const { output } = answered
  const text = typeof output === 'string' ? output : JSON.stringify(output ?? null)
  if (text.length > maxAnswer)
    return { isError: true, content: [{ type: 'text', text: `The tool answered more than ${maxAnswer / 1024 / 1024} MB.` }] }
  const isObject = typeof output === 'object' && output !== null && !Array.isArray(output)
  return {
    content: [{ type: 'text', text }],
    ...(isObject && { structuredContent: output as Record<string, unknown> }),
  }
}

async function send(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  const text = await response.text()
  return reply
    .code(response.status)
    .headers(Object.fromEntries(response.headers))
    .send(text === '' ? undefined : text)
}
