/** What a document type does besides what every type does. Adding a rule is a file beside this one and a line here. */
import type { Collection } from '../../contract/resources/index.ts'
import { apiRule } from './api.ts'
import { connectionRule } from './connection.ts'
import { connectorRule } from './connector.ts'
import { environmentRule } from './environment.ts'
import { fileDefinitionRule } from './file-definition.ts'
import { flowRule } from './flow.ts'
import { integrationRule } from './integration.ts'
import { lookupCacheRule } from './lookup-cache.ts'
import { mcpServerRule } from './tools/mcp-server.ts'
import type { Rule } from './rule.ts'
import { scriptRule } from './script.ts'
import { stackRule } from './stack.ts'
import { importRule } from './tools/import.ts'
import { stepRule } from './step.ts'
import { tagRule } from './tag.ts'
import { toolRule } from './tools/tool.ts'

const rules: { readonly [C in Collection]?: Rule<C> } = {
  apis: apiRule,
  connections: connectionRule,
  connectors: connectorRule,
  environments: environmentRule,
  exports: stepRule('exports'),
  filedefinitions: fileDefinitionRule,
  flows: flowRule,
  imports: importRule,
  integrations: integrationRule,
  lookupcaches: lookupCacheRule,
  mcpservers: mcpServerRule,
  scripts: scriptRule,
  stacks: stackRule,
  tags: tagRule,
  tools: toolRule,
}

export const findRule = <C extends Collection>(collection: C): Rule<C> => rules[collection] ?? {}
