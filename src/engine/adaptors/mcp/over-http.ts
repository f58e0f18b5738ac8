/** A connection to an MCP server as a connection over HTTP, which is what it is on the wire: its address, headers and proof go the same way. */
import { StepFailure, type ConnectionDoc } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'

type Mcp = NonNullable<ConnectionDoc['mcp']>

/** Throws `StepFailure` for a connection of another type, and for one that asks for what is not done. */
export function readMcp(connection: ConnectionDoc | undefined): Mcp {
  if (connection?.type !== 'mcp' || !connection.mcp) {
    const message = 'The step has no connection to an MCP server (type mcp).'
    throw new StepFailure({ source: 'connection', code: 'connection_missing', message })
  }
  refuseFields('connections', connection)
  return connection.mcp
}

/** Templates find what is its own where they find that of any connection over HTTP, as on integrator.io. Throws as `readMcp` does. */
export function toHttpConnection(connection: ConnectionDoc): ConnectionDoc {
  readMcp(connection)
  return asHttpConnection(connection)
}

/** The same, of a connection that need not be usable; one of another type is answered as it is. */
export function asHttpConnection(connection: ConnectionDoc): ConnectionDoc {
  const { mcp, ...common } = connection
  if (connection.type !== 'mcp' || !mcp) return connection
  return { ...common, type: 'http', http: { ...mcp.http, baseURI: mcp.serverURL, mediaType: 'json' } }
}
