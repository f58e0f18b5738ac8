/** Reads request targets as real clients send them. */
import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'

/** Parameters of one query string that are read; the rest is cut off. */
const maxParameters = 100

/** The path to route by: absolute-form targets (RFC 9112, 3.2.2) are read as the path they hold. */
export function normalizeTarget(request: IncomingMessage): string {
  const target = request.url ?? '/'
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target)
  if (!absolute) return target
  const rest = target.slice(absolute[0].length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Names stay as they are sent: `include[]` is a name of its own. Nothing in the result has a prototype. */
export const queryString = (text: string): Record<string, unknown> => parse(text, '&', '=', { maxKeys: maxParameters })
