/** Tools of the account's own as steps: an import whose application is a tool. They have no connection, and nothing is exported from them. */
import type { Adaptor, Adaptors, FieldOf } from '../../adaptor.ts'
import { toolImport, type ToolPorts } from './import.ts'

const fields: Readonly<Record<string, string>> = { configuration_missing: 'tool._toolId', tool_too_deep: 'tool._toolId' }
const fieldOf: FieldOf = (code) => fields[code] ?? 'tool'

export const tool = (ports: ToolPorts, adaptors: () => Adaptors): Adaptor => ({ sink: toolImport(ports, adaptors, fieldOf) })
