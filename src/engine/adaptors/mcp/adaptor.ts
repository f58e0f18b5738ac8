/** MCP: other people's servers of the Model Context Protocol. Their tools are lookups, page generators and imports. */
import { skipsRetries, StepFailure, type Adaptor, type ConnectionAdaptor, type FieldOf } from '../../adaptor.ts'
import type { HttpPorts } from '../http/connection-client.ts'
import { mcpExport } from './export.ts'
import { mcpImport } from './import.ts'
import { openSession } from './session.ts'

export const mcp = (ports: HttpPorts): Adaptor => ({
  connections: mcpConnections(ports),
  source: mcpExport(ports, fieldOfStep),
  sink: mcpImport(ports, fieldOfStep),
})

/** Of each request that a ping makes. Milliseconds. */
const pingMs = 20_000

const mcpConnections = (ports: HttpPorts): ConnectionAdaptor => ({
  isFor: ({ type }) => type === 'mcp',
  fieldOf: (code) => (code === 'auth_type_unsupported' ? 'mcp.http.auth.type' : 'mcp.serverURL'),
  ready: async (connection, run) => void (await openSession(ports, { doc: {}, connection, run }, { skipRetries: skipsRetries(run) })),
  hasPing: () => true,
  /** Asks the server which tools it has: it answers that to nobody whom it does not know. */
  async ping(connection, run) {
    try {
      const session = await openSession(ports, { doc: {}, connection, run }, { skipRetries: true }, pingMs)
      const tools = await session.listTools()
      const missing = connection.mcp?.allowedTools?.find((name) => !tools.includes(name))
      if (missing === undefined) return undefined
      const message = `The server has no tool ${missing}, which mcp.allowedTools names. It has: ${tools.slice(0, mostNamed).join(', ') || 'none'}.`
      return { source: 'application', code: 'tool_missing', message }
    } catch (error) {
      if (error instanceof StepFailure) return error.failure
      throw error
    }
  },
})

/** Tools that a message names. */
const mostNamed = 20

const fields: Readonly<Record<string, string>> = {
  configuration_missing: 'mcp.tool',
  tool_not_allowed: 'mcp.tool',
  export_type_unsupported: 'type',
}
const fieldOfStep: FieldOf = (code) => fields[code] ?? 'mcp.arguments'
