/** Scripts: what somebody writes who manages some integrations only reaches no others, whoever calls it. */
import { managedBy } from '../rights-of-code.ts'
import type { Rule } from './rule.ts'

const field = '_authorIntegrationIds'

export const scriptRule: Rule = {
  prepare(ctx, body, before) {
    if (body['content'] === undefined || body['content'] === before?.['content']) return body
    const managed = managedBy(ctx.caller)
    // Who manages the account answers for the text that they send, all of it.
    if (managed === undefined) return before?.[field] === undefined ? body : { ...body, [field]: undefined }
    const earlier = before?.[field] as readonly string[] | undefined
    return { ...body, [field]: managed.filter((id) => earlier?.includes(id) ?? true) }
  },
}
