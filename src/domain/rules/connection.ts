/** Connections: one that is offline comes online when it is saved; whether it works is not known then. A deleted one is registered nowhere. */
import { unregisterEverywhere } from '../registered-connections.ts'
import { mustHaveBoundedTemplates } from '../template-bounds.ts'
import type { Rule } from './rule.ts'

export const connectionRule: Rule = {
  prepare(_ctx, body, before) {
    mustHaveBoundedTemplates(body)
    return before?.['offline'] === true
      ? { ...body, offline: false, ...(before['status'] !== undefined && { status: 'pending', lastPingStatus: 'pending' }) }
      : body
  },
  aheadOfRemoval: unregisterEverywhere,
  /** And where it was registered until the removal was through. */
  removed: unregisterEverywhere,
}
