/** A tool of the account, offered by an MCP server. */
import type { Document } from '../../contract/document.ts'
import type { Context } from '../context.ts'
import type { Entry, McpAnswer, ObjectSchema, OfferedTool } from './offered-tool.ts'

type Offer = NonNullable<Document<'mcpservers'>['tools']>[number]

export const createToolEntry = (ctx: Context, offer: Offer, doc: Document<'tools'>): Entry => ({
  name: offer.name,
  onlyReads: offer.annotations?.readOnlyHint === true,
  details: { _toolId: offer._toolId },
  tool: describe(offer, doc),
  call: (input, signal) => call(ctx, offer, input, signal),
})

function describe({ name, annotations }: Offer, { description, input = {}, output = {} }: Document<'tools'>): OfferedTool {
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

async function call(ctx: Context, { _toolId: toolId, overrides }: Offer, input: unknown, signal: AbortSignal): Promise<McpAnswer> {
  const connections = (overrides?.connections ?? []).map(({ _abstractId, _id }) => [_abstractId, _id] as const)
  const outcome = await ctx.applications.callTool(ctx, { toolId, connections, input, signal })
  if ('output' in outcome) return { kind: 'done', output: outcome.output }
  return { kind: 'failed', sentences: outcome.failures.map(({ message }) => message) }
}
