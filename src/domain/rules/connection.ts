/** Connections: one that is offline comes online when it is saved; whether it works is not known then. */
import { mustHaveBoundedTemplates } from '../template-bounds.ts'
import type { Rule } from './rule.ts'

export const connectionRule: Rule = {
  prepare(_ctx, body, before) {
    mustHaveBoundedTemplates(body)
    return before?.['offline'] === true
      ? { ...body, offline: false, ...(before['status'] !== undefined && { status: 'pending', lastPingStatus: 'pending' }) }
      : body
  },
}
