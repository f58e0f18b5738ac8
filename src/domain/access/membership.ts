/** The rules for what belongs to an integration: documents that name it, and documents that its members use. Clones and access checks share them. */
import type { Collection } from '../../contract/resources/index.ts'

/** Whoever needs one of these takes it along. Flows are taken for their integration only: what merely runs after a flow is none of its parts. */
const used = [
  'connections',
  'exports',
  'imports',
  'asynchelpers',
  'scripts',
  'lookupcaches',
  'filedefinitions',
  'tools',
] as const satisfies readonly Collection[]
const owned = ['flows', 'exports', 'imports', 'asynchelpers', 'lookupcaches', 'tools', 'apis'] as const satisfies readonly Collection[]
/** How the names of fields begin that name what is only waited for, or runs next. */
const unless = ['_runNext', '_keepDelta'] as const

/** What belongs to an integration, and what of it is there through use. */
export const membershipRules = { used, owned, unless } as const

/** Whether a reference is one that draws nothing in. */
export const isOnlyWaitedFor = (path: string): boolean => path.split('.').some((name) => unless.some((field) => name.startsWith(field)))
