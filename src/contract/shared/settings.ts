/** Free values that a document carries for its scripts and templates. */
import { anyObject } from './schema-helpers.ts'

export const Settings = anyObject(
  'Values of your own, readable in scripts, filters, mappings and templates as `settings`. Any JSON object.',
)
export type Settings = Record<string, unknown>
