/** The tool of an MCP server that an export calls. An addition of Sluice. */
import { object, optional, text } from '../../shared/schema-helpers.ts'

export const mcp = object(
  'Tool of an MCP server, for `MCPExport`: once at the beginning of a flow, or once a record as a lookup. An addition of Sluice.',
  {
    tool: text('Name of the tool that is called.', { minLength: 1, maxLength: 256 }),
    ...optional({
      arguments: text(
        'What it is called with, as the text of a JSON object. Handlebars. Where it is absent a lookup calls it with what its `mappings` make of the record, or with the record; at the beginning of a flow it is called with nothing.',
      ),
      resourcePath: text('Path of the records in what the tool answers; all of it where it is absent.'),
    }),
  },
)
