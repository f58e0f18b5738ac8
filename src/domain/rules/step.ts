/** Exports and imports: their templates are of a size that can be compiled, and the connection of a step is registered to the integrations whose flows use it. */
import type { Collection } from '../../contract/resources/index.ts'
import { registerUsed } from './registered-connections.ts'
import { mustHaveBoundedTemplates } from '../limits/template-limits.ts'
import type { Rule } from './rule.ts'

/** Integrations that one save registers a connection to. A step used in more registers the rest with the next save. */
const maxIntegrations = 100

export const stepRule = (collection: Collection & ('exports' | 'imports')): Rule => ({
  prepare(_ctx, body) {
    mustHaveBoundedTemplates(body)
    return body
  },
  async aheadOfReplacement(rows, ctx, doc) {
    const connection = doc['_connectionId']
    if (typeof connection !== 'string') return
    const step = { collection, id: doc._id }
    const lacking = await rows.registration.lacking(ctx.caller.envId, step, connection, maxIntegrations)
    for (const integration of lacking) await registerUsed(rows, ctx, integration, [connection])
  },
})
