/** Types of documents that are in an integration by being used there, as the server has it. */
import type { Collection } from '../../../src/contract/resources/index.ts'

export const partsOfIntegrations: ReadonlySet<Collection> = new Set([
  'connections',
  'exports',
  'imports',
  'asynchelpers',
  'scripts',
  'lookupcaches',
  'filedefinitions',
  'tools',
] as const)
