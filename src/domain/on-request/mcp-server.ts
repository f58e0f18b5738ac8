/** An MCP server of the account's own, as a caller sees it: which tools it offers, and what a call of one comes to. What the protocol makes of that is http/mcp.ts. */
import type { Document } from '../../contract/document.ts'
import type { Operation } from '../../contract/operation.ts'
import { checkAccess } from '../access/access.ts'
import { recordRepeatedAct } from '../audit/audit-entry.ts'
import type { Context } from '../context.ts'
import { notFound } from '../documents/documents.ts'

type Server = Document<'mcpservers'>
type ToolEntry = NonNullable<Server['tools']>[number]

/** As callers are told of it. */
export interface OfferedTool {
  readonly name: string
  readonly title?: string
  readonly description?: string
  /** JSON Schemas whose root is an object. */
  readonly inputSchema: ObjectSchema
  readonly outputSchema?: ObjectSchema
  readonly annotations?: NonNullable<ToolEntry['annotations']>
}

interface ObjectSchema {
  readonly type: 'object'
  readonly [word: string]: unknown
}

export type McpAnswer =
  | { readonly kind: 'done'; readonly output: unknown }
  /** In sentences for whoever called, who may call again with another input. */
  | { readonly kind: 'failed'; readonly sentences: readonly string[] }
  /** The server has no such tool, or the token may not call it. */
  | { readonly kind: 'refused'; readonly why: 'unknown' | 'scope' }

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
export async function openMcpServer(ctx: Context, relativeURI: string): Promise<OpenMcpServer> {
  const [json] = await ctx.store.documents.page(ctx.caller.envId, 'mcpservers', { where: { relativeURI }, skip: 0, limit: 1 })
  const server = json === undefined ? undefined : (JSON.parse(json) as Server)
  if (!server) throw notFound('mcpservers')
  await checkAccess(ctx, operation, { _id: server._id })
  if (server.disabled) throw notFound('mcpservers')
  const offered = (server.tools ?? []).filter(({ disabled }) => !disabled)
  return {
    name: server.name,
    ...(server.description !== undefined && { description: server.description }),
    listTools: () => listTools(ctx, offered),
    async call(name, input, signal) {
      const entry = offered.find((each) => each.name === name)
      if (!entry) return { kind: 'refused', why: 'unknown' }
      if (!mayCall(ctx, entry)) return { kind: 'refused', why: 'scope' }
      await recordRepeatedAct(ctx.store, ctx, {
        event: 'invoke',
        collection: 'mcpservers',
        _id: server._id,
        name: server.name,
        details: { tool: name, _toolId: entry._toolId },
      })
      return callTool(ctx, entry, input, signal)
    },
  }
}

/** With `mcp:read` alone those that say that they only read. */
function mayCall({ caller: { scopes } }: Context, { annotations }: ToolEntry): boolean {
  const { mcpScopes } = scopes ?? {}
  return mcpScopes === undefined || mcpScopes.includes('mcp:write') || annotations?.readOnlyHint === true
}

async function listTools(ctx: Context, entries: readonly ToolEntry[]): Promise<readonly OfferedTool[]> {
  const tools: OfferedTool[] = []
  for (const entry of entries) {
    const doc = (await ctx.store.documents.find(ctx.caller.envId, 'tools', entry._toolId))?.doc
    if (doc && mayCall(ctx, entry)) tools.push(describe(entry, doc))
  }
  return tools
}

function describe({ name, annotations }: ToolEntry, { description, input = {}, output = {} }: Document<'tools'>): OfferedTool {
  const told = [description, input.description, output.description].filter((text) => text !== undefined && text !== '').join('\n\n')
  const answers = output.schema as ObjectSchema | undefined
  return {
    name,
    ...(annotations?.title !== undefined && { title: annotations.title }),
    ...(told !== '' && { description: told }),
    inputSchema: { ...input.schema, type: 'object' },
    ...(answers?.type === 'object' && { outputSchema: answers }),
    ...(annotations && { annotations }),
  }
}

async function callTool(ctx: Context, { _toolId: toolId, overrides }: ToolEntry, input: unknown, signal: AbortSignal): Promise<McpAnswer> {
  const connections = (overrides?.connections ?? []).map(({ _abstractId, _id }) => [_abstractId, _id] as const)
  const outcome = await ctx.applications.callTool(ctx, { toolId, connections, input, signal })
  if ('output' in outcome) return { kind: 'done', output: outcome.output }
  return { kind: 'failed', sentences: outcome.failures.map(({ message }) => message) }
}
