/** APIs: a kind that says how they answer, and a group that the integration has. */
import { DomainError } from '../errors.ts'
import { checkGroup } from './grouping.ts'
import type { Rule } from './rule.ts'

export const apiRule: Rule<'apis'> = {
  afterWrite: (rows, ctx, doc, before) => {
    // Older ones have no type, and name a function beside it.
    if (doc.type === undefined && !(doc._scriptId && doc.function))
      throw new DomainError('missing_required_field', 'Expected field: type to be present.', 'type')
    return checkGroup(rows, ctx, doc, 'api', before)
  },
}
