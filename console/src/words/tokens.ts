/** Words of what an access token is for. They load with its page. */
import type { mcpScopes } from '../../../src/contract/access-token.ts'
import type { TokenLevel } from '../../../src/contract/operation.ts'
import { count } from './count.ts'

export const tokenWords = {
  scope: 'What it is for',
  full: 'Full access',
  listed: 'Custom: only what is chosen here',
  fullHint: 'It may do everything that you may, in this environment.',
  listedHint: 'It reads, changes and invokes what is chosen, and does nothing else.',
  lists: {
    _connectionIds: 'Connections',
    _exportIds: 'Exports',
    _importIds: 'Imports',
    _apiIds: 'APIs',
    _mcpServerIds: 'MCP servers',
  },
  chosen: {
    _connectionIds: (n: number) => count(n, 'connection'),
    _exportIds: (n: number) => count(n, 'export'),
    _importIds: (n: number) => count(n, 'import'),
    _apiIds: (n: number) => count(n, 'API'),
    _mcpServerIds: (n: number) => count(n, 'MCP server'),
    integrationLevels: (n: number) => count(n, 'integration'),
  },
  nothing: 'There are none in this environment.',
  mcpScopes: 'At the MCP servers',
  mcpHint: 'Where none is chosen it may do everything there.',
  mcp: { 'mcp:read': 'List tools, and call those that only read', 'mcp:write': 'Call all tools' } satisfies Record<
    (typeof mcpScopes)[number],
    string
  >,
  integrations: 'Integrations, as a pipeline needs them',
  integrationsHint:
    'Read: files, revisions and differences. Plan: also what a pull or a revert would do. Apply: also does it. Not together with other lists.',
  levels: { read: 'Read', plan: 'Plan', apply: 'Apply' } satisfies Record<TokenLevel, string>,
  noLevel: 'No access',
  autoPurge: 'Auto-purge',
  autoPurgeHint: 'When the token ends and is removed by itself.',
  never: 'Never',
  afterHours: (n: number) => `After ${count(n, 'hour')}`,
  afterDays: (n: number) => `After ${count(n, 'day')}`,
  at: (time: string) => `At ${time}`,
  change: 'Change',
  changeOf: (name: string) => `Token ${name}`,
  changed: (name: string) => `The token ${name} is changed.`,
} as const
