/** The fields of connections to MCP servers, and of the exports and imports that call their tools. */
import { carried, except, kept, only, type Field } from './field.ts'

/** integrator.io's default is the most that a request may take. Milliseconds. */
const longest = 600_000

const ofHttp = 'As for connections over HTTP: what asks for it is refused or carried out by the field of the same name there.'

const refreshing = [
  'refreshRelativeURI',
  'refreshBody',
  'refreshTokenPath',
  'refreshHeaders[].name',
  'refreshHeaders[].value',
  'refreshMethod',
  'refreshMediaType',
  'refreshResponseMediaType',
  'refreshToken',
  'refreshTokenLocation',
  'tokenPaths[]',
  'revoke.**',
].map((name) => `mcp.http.auth.token.${name}`)

export const mcpConnections: readonly Field[] = only(
  'mcp',
  carried('engine/adaptors/mcp.test.ts', 'mcp.serverURL'),
  carried('cases/mcp/tools.json', 'mcp.http.headers[].name', 'mcp.http.headers[].value', 'mcp.allowedTools[]'),
  carried('cases/mcp/tools.json', 'mcp.http.encrypted', 'mcp.http.unencrypted.**'),
  except(carried('engine/adaptors/mcp.test.ts', 'mcp.timeout'), {
    code: 'field_unsupported',
    says: 'A tool is waited for 10 minutes at the most.',
    asks: (value) => Number(value) > longest,
  }),
  except(carried('cases/mcp/tools.json', 'mcp.http.auth.type'), { code: 'auth_type_unsupported', says: ofHttp, elsewhere: true }),
  carried('cases/mcp/tools.json', 'mcp.http.auth.token.token', 'mcp.http.auth.token.headerName', 'mcp.http.auth.token.scheme'),
  carried('cases/mcp/tools.json', 'mcp.http.auth.token.location', 'mcp.http.auth.token.paramName'),
  carried('http/mcp-sign-in.test.ts', ...refreshing, 'mcp.http.auth.oauth.**', 'mcp.http._iClientId'),
  kept('It is always http.', 'mcp.protocol'),
)

export const mcpExports: readonly Field[] = only('MCP', carried('cases/mcp/tools.json', 'mcp.tool', 'mcp.arguments', 'mcp.resourcePath'))

export const mcpImports: readonly Field[] = only('MCP', carried('cases/mcp/tools.json', 'mcp.tool', 'mcp.arguments'))
