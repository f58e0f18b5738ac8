/** What belongs to an integration: by naming it as theirs, and through being used. Clones and access levels go by it. */
import type { Collection } from '../../contract/resources/index.ts'

/** Whoever needs one of these takes it along. Flows are taken for their integration only: what merely runs behind a flow is none of its parts. */
const used = [
  'connections',
  'exports',
  'imports',
  'asynchelpers',
  'scripts',
  'lookupcaches',
  'tools',
] as const satisfies readonly Collection[]
const owned = ['flows', 'exports', 'imports', 'asynchelpers', 'lookupcaches', 'tools', 'apis'] as const satisfies readonly Collection[]
/** Fields that name what is only waited for, or runs next. */
const unless = '(^|[.])_(runNext|keepDelta)'

/** What belongs to an integration, and what of it is there through use. */
export const belonging = { used, owned, unless } as const
