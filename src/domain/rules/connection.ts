/** Connections: one that is offline comes online when it is saved; whether it works is not known then. A deleted one is registered nowhere. */
import type { ConnectionDocument } from '../../contract/document.ts'
import { mask } from '../../contract/kit.ts'
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import { unregisterEverywhere } from './registered-connections.ts'
import { checkDebugTime } from '../limits/debug-time.ts'
import { checkTemplates } from '../limits/template-limits.ts'
import type { Fields, Rule } from './rule.ts'

export const connectionRule: Rule<'connections'> = {
  prepare(ctx, body, before) {
    checkTemplates(body)
    if (typeof body.debugDate === 'string' && body.debugDate !== before?.debugDate)
      checkDebugTime(ctx, Date.parse(body.debugDate), 'debugDate')
    if (Object.keys(body).every((field) => field === 'debugDate')) return body
    for (const block of ['http', 'rest'] as const) mustHaveScheme(body, before, block)
    const awaits = ctx.applications.awaitsPerson({ ...before, ...body }, before)
    return {
      ...body,
      ...(before?.learnedHostKey && leadsElsewhere(body, before) && { learnedHostKey: undefined }),
      ...(awaits !== undefined && awaits !== (before?.needsAuthorization ?? false) && { needsAuthorization: awaits }),
      ...(before?.offline && { offline: false, ...(before.status !== undefined && { status: 'pending', lastPingStatus: 'pending' }) }),
    }
  },
  beforeRemove: unregisterEverywhere,
  /** And where it was registered until the removal was through. */
  afterRemove: unregisterEverywhere,
}

/** At another address there is another server. */
function leadsElsewhere({ ftp }: Fields<'connections'>, before: ConnectionDocument): boolean {
  const addressOf = (of: unknown): string => {
    const { hostURI, port } = isObject(of) ? of : { hostURI: undefined, port: undefined }
    return JSON.stringify([typeof hostURI === 'string' ? hostURI.toLowerCase() : '', port || 22])
  }
  return isObject(ftp) && addressOf(ftp) !== addressOf(before.ftp)
}

/** A template may make the scheme. */
const withScheme = /^\s*(?:https?:\/\/|\{\{)/i

/** One that was stored before this was asked for stays until it is changed. The mask of a secret is told where secrets are looked at. */
function mustHaveScheme(body: Fields<'connections'>, before: ConnectionDocument | undefined, block: 'http' | 'rest'): void {
  const baseURI = baseOf(body, block)
  if (typeof baseURI !== 'string' || withScheme.test(baseURI) || baseURI === mask || baseURI === baseOf(before, block)) return
  const field = `${block}.baseURI`
  throw new DomainError('invalid_field', `${field} must begin with https:// or http://, or with a template that makes one of them.`, field)
}

const baseOf = (doc: Fields<'connections'> | undefined, block: 'http' | 'rest'): unknown => {
  const of = doc?.[block]
  const { baseURI } = isObject(of) ? of : { baseURI: undefined }
  return baseURI
}
