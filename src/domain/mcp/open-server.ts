/** An MCP server of the account's own, as a caller sees it: what it offers, and what a call comes to. What the protocol makes of that is http/mcp.ts. */
import type { Document } from '../../contract/document.ts'
import type { Operation } from '../../contract/operation.ts'
import { checkAccess } from '../access/access.ts'
import type { ApiCaller } from '../apis/call-api.ts'
import { recordRepeatedAct } from '../audit/audit-entry.ts'
import type { Context } from '../context.ts'
import { notFound } from '../documents/documents.ts'
import { createApiEntry } from './api-entry.ts'
import type { Entry, McpAnswer, OfferedTool } from './offered-tool.ts'
import { createToolEntry } from './tool-entry.ts'

type Server = Document<'mcpservers'>

export interface OpenMcpServer {
  readonly name: string
  readonly description?: string
  listTools(): Promise<readonly OfferedTool[]>
  call(name: string, input: unknown, signal: AbortSignal): Promise<McpAnswer>
}

/** What calling it asks of the caller: a token for the server, or one that may invoke what there is. */
const operation: Operation = {
  method: 'POST',
  path: '/v1/mcpservers/:_id/mcp',
  tag: 'mcpservers',
  summary: 'Call an MCP server',
  access: 'manage',
  extent: 'environment',
  servesMcp: true,
  status: 200,
  errors: [],
}

/** Throws `DomainError` where there is none at the address, where it is off, or where the caller may not. Another account's is not there. */
export async function openMcpServer(ctx: Context, relativeURI: string, callApi: ApiCaller['callKnown']): Promise<OpenMcpServer> {
  const [json] = await ctx.store.documents.page(ctx.caller.envId, 'mcpservers', { where: { relativeURI }, skip: 0, limit: 1 })
  const server = json === undefined ? undefined : (JSON.parse(json) as Server)
  if (!server) throw notFound('mcpservers')
  await checkAccess(ctx, operation, { _id: server._id })
  if (server.disabled) throw notFound('mcpservers')
  const offers = listOffers(ctx, server, callApi)
  return {
    name: server.name,
    ...(server.description !== undefined && { description: server.description }),
    async listTools() {
      const tools: OfferedTool[] = []
      for (const { open } of offers) {
        const entry = await open()
        if (entry && mayCall(ctx, entry)) tools.push(entry.tool)
      }
      return tools
    },
    async call(name, input, signal) {
      const entry = await offers.find((each) => each.name === name)?.open()
      if (!entry) return { kind: 'refused', why: 'unknown' }
      if (!mayCall(ctx, entry)) return { kind: 'refused', why: 'scope' }
      await recordRepeatedAct(ctx.store, ctx, {
        event: 'invoke',
        collection: 'mcpservers',
        _id: server._id,
        name: server.name,
        details: { tool: name, ...entry.details },
      })
      return entry.call(input, signal)
    },
  }
}

interface Offer {
  readonly name: string
  /** Undefined where it is not there any more, or off. */
  open(): Promise<Entry | undefined>
}

function listOffers(ctx: Context, { tools = [], apis = [] }: Server, callApi: ApiCaller['callKnown']): readonly Offer[] {
  const { documents } = ctx.store
  const { envId } = ctx.caller
  const ofTools = tools.map((offer) => ({
    ...offer,
    async open() {
      const found = await documents.find(envId, 'tools', offer._toolId)
      return found && createToolEntry(ctx, offer, found.doc)
    },
  }))
  const ofApis = apis.map((offer) => ({
    ...offer,
    async open() {
      const found = await documents.find(envId, 'apis', offer._apiId)
      return found && createApiEntry(ctx, callApi, offer.name, found.doc)
    },
  }))
  return [...ofTools, ...ofApis].filter(({ disabled }) => !disabled)
}

/** With `mcp:read` alone what only reads. */
function mayCall({ caller: { scopes } }: Context, { onlyReads }: Entry): boolean {
  const { mcpScopes } = scopes ?? {}
  return mcpScopes === undefined || mcpScopes.includes('mcp:write') || onlyReads
}
