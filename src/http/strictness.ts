/** Whether a request asks for what is right instead of for what integrator.io does. Decided here and nowhere else; the rest reads `ctx.strict`. */
import type { FastifyRequest } from 'fastify'

const preference = /(?:^|[,;\s])handling\s*=\s*"?(strict|lenient)\b/i

/** `Prefer: handling=strict` or `handling=lenient` (RFC 7240); without it what the server is set to. */
export function isStrict(request: FastifyRequest, otherwise: boolean): boolean {
  const asked = preference.exec(String(request.headers['prefer'] ?? ''))?.[1]
  return asked === undefined ? otherwise : asked.toLowerCase() === 'strict'
}
