/** The settings that filters and templates of a step can read, by the resource they belong to. */
import type { ConnectionDoc, Run, SettingsByResource } from '../adaptor.ts'

export function collectSettings(
  run: Run,
  own: { readonly export?: { settings?: unknown }; readonly import?: { settings?: unknown } },
  connection?: ConnectionDoc,
): SettingsByResource {
  return {
    flow: run.flow?.settings,
    integration: run.integration?.settings,
    export: own.export?.settings,
    import: own.import?.settings,
    connection: connection?.settings,
  }
}
