/** Imports that call a tool: once for each record, which is its input. */
import { ref } from '../../kit.ts'
import { connectionOverrides } from '../../shared/connection-overrides.ts'
import { object, optional } from '../../shared/schema-helpers.ts'

export const tool = object(
  'Tool to call, for `ToolImport`: its input is the record as it is mapped, and its output `_json` of the response.',
  optional({
    _toolId: ref('tools', { description: 'The tool.' }),
    overrides: connectionOverrides,
  }),
)
