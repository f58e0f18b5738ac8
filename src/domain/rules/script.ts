/** Scripts: what somebody writes who manages some integrations only reaches no others, whoever calls it. */
import { managedIntegrations } from '../access/code-rights.ts'
import type { Rule } from './rule.ts'

const field = '_authorIntegrationIds'

export const scriptRule: Rule = {
  prepare(ctx, body, before) {
    if (body['content'] === undefined || body['content'] === before?.['content']) return body
    // No client sends the field: what moves a text says with it who wrote it.
    const authors = [managedIntegrations(ctx.caller), body[field]].filter(Array.isArray) as (readonly string[])[]
    const [managed, ...others] = authors
    // Who manages the account answers for the text that they send, all of it; for one that is moved its authors do.
    if (managed === undefined) return { ...body, [field]: body[field] }
    const all = Array.isArray(before?.[field]) ? [...others, before[field] as readonly string[]] : others
    return { ...body, [field]: managed.filter((id) => all.every((each) => each.includes(id))) }
  },
}
