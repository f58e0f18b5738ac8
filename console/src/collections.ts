/** The types of documents that have a list of their own in the console, and what stands in it. */
import type { Collection } from '../../src/contract/resources/index.ts'
import type { OperationName } from './api/client.ts'
import type { IconName } from './parts/icon.tsx'

interface CollectionFacts {
  readonly title: string
  readonly one: string
  readonly icon: IconName
  readonly list: OperationName
  readonly create: OperationName
  readonly read: OperationName
  readonly update: OperationName
  readonly remove: OperationName
  readonly dependencies: OperationName
  readonly audit: OperationName
}

const facts = <Plural extends string, Model extends string>(
  title: string,
  one: string,
  icon: IconName,
  plural: Plural,
  model: Model,
): CollectionFacts =>
  ({
    title,
    one,
    icon,
    list: `list${plural}`,
    create: `create${model}`,
    read: `get${model}`,
    update: `update${model}`,
    remove: `delete${model}`,
    dependencies: `list${model}Dependencies`,
    audit: `list${model}Audit`,
  }) as unknown as CollectionFacts

export const collections = {
  integrations: facts('Integrations', 'integration', 'box', 'Integrations', 'Integration'),
  flows: facts('Flows', 'flow', 'branch', 'Flows', 'Flow'),
  connections: facts('Connections', 'connection', 'plug', 'Connections', 'Connection'),
  exports: facts('Exports', 'export', 'box', 'Exports', 'Export'),
  imports: facts('Imports', 'import', 'box', 'Imports', 'Import'),
  scripts: facts('Scripts', 'script', 'code', 'Scripts', 'Script'),
  lookupcaches: facts('Lookup caches', 'lookup cache', 'list', 'Lookupcaches', 'LookupCache'),
  asynchelpers: facts('Async helpers', 'async helper', 'clock', 'Asynchelpers', 'AsyncHelper'),
  apis: facts('APIs', 'API', 'globe', 'Apis', 'API'),
  tools: facts('Tools', 'tool', 'box', 'Tools', 'Tool'),
  mcpservers: facts('MCP servers', 'MCP server', 'globe', 'Mcpservers', 'MCPServer'),
  stacks: facts('Stacks', 'stack', 'list', 'Stacks', 'Stack'),
  iclients: facts('iClients', 'iClient', 'key', 'Iclients', 'IClient'),
  ediprofiles: facts('EDI profiles', 'EDI profile', 'list', 'Ediprofiles', 'EDIProfile'),
  filedefinitions: facts('File definitions', 'file definition', 'list', 'Filedefinitions', 'FileDefinition'),
  tags: facts('Tags', 'tag', 'tag', 'Tags', 'Tag'),
  templates: facts('Templates', 'template', 'box', 'Templates', 'Template'),
  connectors: facts('Integration Apps', 'Integration App', 'box', 'Connectors', 'Connector'),
  environments: facts('Environments', 'environment', 'globe', 'Environments', 'Environment'),
} as const satisfies Record<Collection, CollectionFacts>

export const isCollection = (name: string): name is Collection => name in collections
