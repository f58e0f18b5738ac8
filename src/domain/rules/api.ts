/** APIs: a group that the integration has. */
import { checkGroup } from './grouping.ts'
import type { Rule } from './rule.ts'

export const apiRule: Rule<'apis'> = {
  afterWrite: (rows, ctx, doc, before) => checkGroup(rows, ctx, doc, 'api', before),
}
