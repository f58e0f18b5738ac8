/** Exports and imports: their templates are of a size that can be compiled, and the connection of a step is registered to the integrations whose flows use it. */
import { registerConnections } from './registered-connections.ts'
import { checkTemplates } from '../limits/template-limits.ts'
import type { Rule } from './rule.ts'

/** Integrations that one save registers a connection to. A step used in more registers the rest with the next save. */
const maxIntegrations = 100

export const stepRule = <C extends 'exports' | 'imports'>(collection: C): Rule<C> => ({
  prepare(_ctx, body) {
    checkTemplates(body)
    return body
  },
  async beforeReplace(rows, ctx, doc) {
    const { _connectionId: connection } = doc
    if (connection === undefined) return
    const step = { collection, id: doc._id }
    const lacking = await rows.registration.findLacking(ctx.caller.envId, step, connection, maxIntegrations)
    for (const integration of lacking) await registerConnections(rows, ctx, integration, [connection])
  },
})
