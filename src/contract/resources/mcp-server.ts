/** An MCP server: tools and APIs of the account that programs call over the Model Context Protocol, agents of language models first of all. */
import { Type } from 'typebox'
import { objectId, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import { connectionOverrides } from '../shared/connection-overrides.ts'
import { descriptionBounds, flag, list, object, optional, text } from '../shared/schema-helpers.ts'

/** Tools and APIs of one server, each. */
const maxEntries = 200

const name = text('Name that callers see. Unique within the server.', { maxLength: 256, pattern: '^[A-Za-z0-9_\\-.]+$' })
const disabled = flag('True keeps it from callers. They see it where this is absent.')

const annotations = object(
  'What callers are told of how the tool behaves. Hints: nothing is enforced by them but the scope `mcp:read` of a token.',
  optional({
    title: text('Name for people.', { maxLength: 300 }),
    readOnlyHint: flag('True says that it only reads. A token with the scope `mcp:read` alone calls no other.'),
    destructiveHint: flag('True says that it may remove or overwrite something.'),
    idempotentHint: flag('True says that calling it again with the same input changes nothing more.'),
    openWorldHint: flag('True says that it deals with applications outside, whose answers change.'),
  }),
)

const toolEntry = Type.Object({
  _toolId: ref('tools', { description: 'The tool.' }),
  name,
  ...optional({ disabled, annotations, overrides: connectionOverrides }),
})

const apiEntry = Type.Object({ _apiId: ref('apis', { description: 'The API, one of type `builder`.' }), name, ...optional({ disabled }) })

export const mcpServer = defineResource({
  name: 'mcpServer',
  model: 'MCPServer',
  collection: 'mcpservers',
  description: 'An MCP server: tools and APIs that programs call over the Model Context Protocol, at `/v1/mcp{relativeURI}`.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', { minLength: 1, maxLength: 200 }),
    relativeURI: text('Its address, one segment after a slash, such as `/orders`. Unique within the environment.', {
      maxLength: 200,
      pattern: '^/[A-Za-z0-9_\\-]+$',
    }),
    ...optional({
      description: text('What it is for, told to callers. At most 10,240 characters.', descriptionBounds),
      disabled: flag('True keeps everybody out.'),
      tools: list(toolEntry, 'Tools that it offers.', { maxItems: maxEntries }),
      apis: list(apiEntry, 'APIs that it offers, as tools.', { maxItems: maxEntries }),
    }),
  }),
  answered: optional({
    _userId: objectId({ readOnly: true, description: 'User who made the server.' }),
    sandbox: flag('True for a server of the sandbox environment. Out of use.', { readOnly: true, deprecated: true }),
  }),
  identity: ['_id', 'name'],
  filters: ['name', 'relativeURI'],
})
