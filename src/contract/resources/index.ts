/** The one list of resource types. Adding a type is a file beside this one and a line here. */
import { api } from './api.ts'
import { asyncHelper } from './async-helper.ts'
import { connection } from './connection.ts'
import { connector } from './connector.ts'
import { ediProfile } from './edi-profile.ts'
import { environment } from './environment.ts'
import { exportResource } from './export.ts'
import { fileDefinition } from './file-definition.ts'
import { flow } from './flow.ts'
import { iClient } from './iclient.ts'
import { importResource } from './import.ts'
import { integration } from './integration.ts'
import { mcpServer } from './mcp-server.ts'
import { lookupCache } from './lookup-cache.ts'
import { script } from './script.ts'
import { stack } from './stack.ts'
import { tag } from './tag.ts'
import { template } from './template.ts'
import { tool } from './tool.ts'

export const resources = {
  integrations: integration,
  connections: connection,
  exports: exportResource,
  imports: importResource,
  flows: flow,
  scripts: script,
  lookupcaches: lookupCache,
  asynchelpers: asyncHelper,
  stacks: stack,
  iclients: iClient,
  tools: tool,
  apis: api,
  mcpservers: mcpServer,
  templates: template,
  connectors: connector,
  ediprofiles: ediProfile,
  filedefinitions: fileDefinition,
  tags: tag,
  environments: environment,
}
export type Collection = keyof typeof resources
