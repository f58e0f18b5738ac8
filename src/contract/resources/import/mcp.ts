/** The tool of an MCP server that an import calls. An addition of Sluice. */
import { object, optional, text } from '../../shared/schema-helpers.ts'

export const mcp = object('Tool of an MCP server, for `MCPImport`. What it answers is `_json` of the response. An addition of Sluice.', {
  tool: text('Name of the tool that is called, once for each record.', { minLength: 1, maxLength: 256 }),
  ...optional({
    arguments: text(
      'What it is called with, as the text of a JSON object. Handlebars. Where it is absent it is called with the record as it is mapped.',
    ),
  }),
})
