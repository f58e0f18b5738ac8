/** Scripts: what somebody writes who manages some integrations only reaches no others, whoever calls it. */
import { managedIntegrations } from '../access/code-rights.ts'
import type { Rule } from './rule.ts'

export const scriptRule: Rule<'scripts'> = {
  prepare(ctx, body, before) {
    if (body.content === undefined || body.content === before?.content) return body
    // No client sends the field: what moves a text says with it who wrote it.
    const [managed, ...others] = [managedIntegrations(ctx.caller), body._authorIntegrationIds].filter(
      Array.isArray,
    ) as (readonly string[])[]
    // Who manages the account answers for the text that they send, all of it; for one that is moved its authors do.
    if (managed === undefined) return { ...body, _authorIntegrationIds: body._authorIntegrationIds }
    const all = before?._authorIntegrationIds ? [...others, before._authorIntegrationIds] : others
    return { ...body, _authorIntegrationIds: managed.filter((id) => all.every((each) => each.includes(id))) }
  },
}
