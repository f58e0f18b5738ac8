/**
 * The session of a step with an MCP server, by the official SDK. It is opened by the first call, kept while calls follow each other, and ended a moment after
 * the last one. A server that has forgotten it gets another one.
 */
import type * as ClientModule from '@modelcontextprotocol/sdk/client/index.js'
import type * as TransportModule from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type * as Types from '@modelcontextprotocol/sdk/types.js'
import type { Redact } from '../../../domain/redaction/masker.ts'
import { lazyLoad } from '../../../domain/lazy-load.ts'
import { StepFailure, type ConnectionDoc, type Failure, type Run, type WatchedStep } from '../../adaptor.ts'
import { createConnectionClient, type ConnectionClient, type HttpPorts } from '../http/connection-client.ts'
import { readToolAnswer } from './answers.ts'
import { calls, guardedFetch, SessionGone, type Call } from './guarded-fetch.ts'
import { readMcp, toHttpConnection } from './over-http.ts'

const clientModule = lazyLoad<typeof ClientModule>('@modelcontextprotocol/sdk/client/index.js')
const transportModule = lazyLoad<typeof TransportModule>('@modelcontextprotocol/sdk/client/streamableHttp.js')
const types = lazyLoad<typeof Types>('@modelcontextprotocol/sdk/types.js')

/** integrator.io's default, and the most. Milliseconds. */
const longestCall = 600_000
/** The clock of the request rings before that of the SDK, which would have no words for it. Milliseconds. */
const afterRequest = 5000
/** After its last call a session is kept for so long. Milliseconds. */
const lingerMs = 2000
/** Telling the server that a session is over takes so long at the most. Milliseconds. */
const leaveMs = 5000
/** Pages of a list of tools that are read. */
const mostPages = 100

const self = { name: 'Sluice', version: '1' }

export interface McpSession {
  readonly client: ConnectionClient
  /** What the tool answered. Throws `StepFailure` where it did not, or says that it failed. `call` is told how it went. */
  callTool(name: string, args: Readonly<Record<string, unknown>>, call: Call): Promise<unknown>
  listTools(): Promise<readonly string[]>
}

interface Opened {
  readonly client: ClientModule.Client
  readonly transport: TransportModule.StreamableHTTPClientTransport
}

interface Step {
  readonly doc: WatchedStep
  readonly connection?: ConnectionDoc
  readonly run: Run
}

export async function openSession(
  ports: HttpPorts,
  step: Step,
  tries: { readonly skipRetries: boolean; readonly maxAttempts?: number | undefined },
  most = longestCall,
): Promise<McpSession> {
  const { timeout: asked = longestCall } = readMcp(step.connection)
  const timeout = Math.min(asked, most)
  const connection = toHttpConnection(step.connection as ConnectionDoc)
  const client = await createConnectionClient(ports, { ...step, connection }, tries)
  const shared = { ...client.credentials.context, settings: { connection: connection.settings ?? {} } }
  const options = { timeout: timeout + afterRequest }
  const { credentials } = client

  const leaving = (): Promise<ConnectionClient> =>
    createConnectionClient(
      ports,
      { ...step, connection, run: { ...step.run, signal: AbortSignal.timeout(leaveMs) } },
      { skipRetries: true },
    )

  const open = async (): Promise<Opened> => {
    const { Client } = clientModule()
    const { StreamableHTTPClientTransport } = transportModule()
    const transport = new StreamableHTTPClientTransport(new URL(credentials.baseURI), {
      fetch: guardedFetch(client, leaving, timeout, shared),
    })
    const opened: Opened = { client: new Client(self), transport }
    await opened.client.connect(transport, options)
    return opened
  }
  const shares = shareOpened(open)

  const ask = async <T>(act: (client: ClientModule.Client) => Promise<T>): Promise<T> => {
    try {
      return await shares.use(act).catch((error: unknown) => {
        if (error instanceof SessionGone) return shares.use(act)
        throw error
      })
    } catch (error) {
      throw toStepFailure(error, step.run, credentials.redact)
    }
  }

  return {
    client,
    async callTool(name, args, call) {
      await calls.run(call, () => ask((mcp) => mcp.callTool({ name, arguments: args }, undefined, options)))
      const { answer, isError } = readToolAnswer(call.result)
      if (!isError) return answer
      throw new StepFailure(
        { source: 'application', code: 'tool_failed', message: credentials.redact(sentence(answer), maxMessage) },
        call.exchange,
      )
    },
    listTools: () => ask((mcp) => listTools(mcp, options)),
  }
}

/** What was thrown while the SDK was at it. Throws what is no failure of the server's. */
function toStepFailure(error: unknown, { signal }: Run, redact: Redact): StepFailure {
  if (error instanceof StepFailure) return error
  if (signal.aborted) throw error
  const failure: Failure = { source: 'application', code: 'response_invalid', message: 'The server answered against the protocol.' }
  if (!(error instanceof types().McpError)) return new StepFailure(failure)
  return new StepFailure({ ...failure, code: String(error.code), message: redact(error.message, maxMessage) })
}

async function listTools(mcp: ClientModule.Client, options: { readonly timeout: number }): Promise<readonly string[]> {
  const names: string[] = []
  let cursor: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const params = cursor === undefined ? {} : { cursor }
    const listed = await mcp.request({ method: 'tools/list', params }, types().ListToolsResultSchema, options)
    names.push(...listed.tools.map(({ name }) => name))
    cursor = listed.nextCursor
    if (cursor === undefined) break
  }
  return names
}

/** Characters of what a server says of a failure. */
const maxMessage = 1024

function sentence(answer: unknown): string {
  const { text, message } = answer as { readonly text?: unknown; readonly message?: unknown }
  const said = text ?? message
  return typeof said === 'string' && said !== '' ? said : JSON.stringify(answer)
}

/** One session for all calls at a time. */
function shareOpened(open: () => Promise<Opened>) {
  let opening: Promise<Opened> | undefined
  let users = 0
  let closing: NodeJS.Timeout | undefined
  const drop = (gone: Promise<Opened>): void => {
    if (opening === gone) opening = undefined
  }
  return {
    async use<T>(act: (client: ClientModule.Client) => Promise<T>): Promise<T> {
      clearTimeout(closing)
      users += 1
      const own = (opening ??= open())
      try {
        return await act((await own).client)
      } catch (error) {
        // One that could not be opened, or that the server does not know any more, is nobody's.
        if (
          error instanceof SessionGone ||
          (await own.then(
            () => false,
            () => true,
          ))
        )
          drop(own)
        throw error
      } finally {
        users -= 1
        if (users === 0 && opening === own)
          closing = setTimeout(() => {
            drop(own)
            void end(own)
          }, lingerMs).unref()
      }
    },
  }
}

/** The server is told; what it says to that, or whether it is there at all, changes nothing. */
async function end(opened: Promise<Opened>): Promise<void> {
  try {
    const { client, transport } = await opened
    await transport.terminateSession().catch(() => undefined)
    await client.close()
  } catch {
    // It was never open.
  }
}
