/** Environments: production stays, and so does one that still holds anything. */
import { DomainError } from '../errors.ts'
import { ofEnvironment } from '../ports/key-value-state.ts'
import type { Rule } from './rule.ts'

export const environmentRule: Rule<'environments'> = {
  async afterRemove(rows, ctx, id) {
    const field = '_environmentId'
    if (id === ctx.caller.accountId) throw new DomainError('has_dependents', 'The production environment stays.', field)
    if (await rows.documents.hasAny(id))
      throw new DomainError('has_dependents', 'The environment holds documents and stays. Delete them first.', field)
    await rows.state.remove(id, ofEnvironment)
  },
}
