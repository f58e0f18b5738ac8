/** The one list of resource types. Adding a type is a file beside this one and a line here. */
import { connection } from './connection.ts'
import { exportResource } from './export.ts'
import { flow } from './flow.ts'
import { importResource } from './import.ts'
import { integration } from './integration.ts'
import { script } from './script.ts'

export const resources = {
  integrations: integration,
  connections: connection,
  exports: exportResource,
  imports: importResource,
  flows: flow,
  scripts: script,
}
export type Collection = keyof typeof resources
