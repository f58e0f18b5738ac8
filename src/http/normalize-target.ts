/** Reads request targets as real clients send them. */
import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'
import { resources } from '../contract/resources/index.ts'

/** Parameters of one query string that are read; the rest is cut off. */
const maxParameters = 100

/** Collections that have another spelling, by it. */
const spellings = new Map(
  Object.values(resources).flatMap(({ alias, collection }) => (alias === undefined ? [] : [[alias, collection] as const])),
)
const spelled = new RegExp(`^/v1/(${[...spellings.keys()].join('|')})(?=[/?]|$)`)

/** The path to route by: absolute-form targets (RFC 9112, 3.2.2) are read as the path they hold, other spellings as the usual ones. */
export const normalizeTarget = (request: IncomingMessage): string =>
  pathOf(request).replace(spelled, (_, alias: string) => `/v1/${spellings.get(alias)}`)

function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/'
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target)
  if (!absolute) return target
  const rest = target.slice(absolute[0].length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Names stay as they are sent: `include[]` is a name of its own. Nothing in the result has a prototype. */
export const queryString = (text: string): Record<string, unknown> => parse(text, '&', '=', { maxKeys: maxParameters })
