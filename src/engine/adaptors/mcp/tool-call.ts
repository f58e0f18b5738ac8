/** One tool of a server as exports and imports call it: with arguments from a template, or with a record as it is. */
import { parseBounded } from '../../../domain/limits/parse-json.ts'
import { StepFailure, type ConnectionDoc, type Run } from '../../adaptor.ts'
import { createLane, type Lane } from '../../around/lane.ts'
import { createRendering, type Context, type TextsInput } from '../../outgoing/request-texts.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import { stepContext } from '../step-context.ts'
import { withoutSecrets, type HttpPorts } from '../http/connection-client.ts'
import type { Call } from './guarded-fetch.ts'
import { readMcp } from './over-http.ts'
import { openSession, type McpSession } from './session.ts'

export type Arguments = Readonly<Record<string, unknown>>

export interface ToolCaller {
  readonly session: McpSession
  readonly tool: string
  /** Of its calls, whichever page they are for. */
  readonly lane: Lane
  /** By the template; where there is none, what is handed in. Throws `StepFailure` where that is no object. */
  argumentsOf(input: TextsInput, without: unknown): Promise<Arguments>
  call(args: Arguments, call: Call): Promise<unknown>
}

interface Step {
  readonly doc: { readonly _id?: string; readonly name: string; readonly settings?: unknown; readonly mcp?: Block }
  readonly connection?: ConnectionDoc
  readonly run: Run
}

interface Block {
  readonly tool?: string
  readonly arguments?: string
}

export async function createToolCaller(
  ports: HttpPorts,
  step: Step,
  kind: 'export' | 'import',
  more: Context,
  tries: Parameters<typeof openSession>[2],
): Promise<ToolCaller> {
  const { tool, arguments: template } = step.doc.mcp ?? {}
  if (!tool) throw failure('configuration_missing', `The ${kind} does not say which tool of the server it calls: set mcp.tool.`)
  const { allowedTools = [] } = readMcp(step.connection)
  if (allowedTools.length > 0 && !allowedTools.includes(tool))
    throw failure('tool_not_allowed', `The connection does not allow the tool ${tool}: its mcp.allowedTools does not name it.`)
  const session = await openSession(ports, step, tries)
  const { evaluate, credentials, concurrency } = session.client
  const shared = { ...stepContext(step, kind, credentials.context), ...more }
  const rendering =
    template === undefined || template === ''
      ? undefined
      : createRendering(evaluate, { texts: [{ template, escaping: 'json', sees: 'context' }], shared })
  await session.client.compiled()
  return {
    session,
    tool,
    lane: createLane(concurrency),
    async argumentsOf(input, without) {
      if (!rendering) return asArguments(without)
      const [text] = await rendering.render(input).catch(withoutSecrets(credentials))
      return asArguments(readJson(text ?? ''))
    },
    call: (args, call) => session.callTool(tool, args, call),
  }
}

const failure = (code: string, message: string): StepFailure => new StepFailure({ source: 'internal', code, message })

function asArguments(value: unknown): Arguments {
  if (isPlainObject(value)) return value
  throw failure('invalid_arguments', 'A tool is called with a JSON object: what mcp.arguments makes, or the record, is none.')
}

function readJson(text: string): unknown {
  try {
    return parseBounded(text)
  } catch {
    throw failure('invalid_arguments', 'What mcp.arguments makes of the record is no JSON: a tool is called with a JSON object.')
  }
}
