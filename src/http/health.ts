/** What tells those who watch a program how it is: whether it can do its work, and whether it lives at all. No token is asked for. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DomainError, unavailableRetrySeconds, serviceUnavailable } from '../domain/errors.ts'
import { toErrorEnvelope } from '../domain/error-envelope.ts'
import { readinessChecks, type AskReadiness } from '../domain/observability/readiness.ts'

/** `isReady` answers whether requests can be served: a load balancer sends none while it says no. A server that lives is not to be started anew for that. */
export function health(app: FastifyInstance, isReady: () => Promise<boolean>): void {
  app.get('/health/live', answerAlive)
  app.get('/health', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    if (await isReady()) return reply.send({ status: 'ok' })
    return refuse(reply, serviceUnavailable())
  })
}

/** By the names that Kubernetes has for them. `/livez` asks nobody; what `/readyz` finds wrong stands in its errors, and with `?verbose` all that it looked at is told. */
export function probes(app: FastifyInstance, askReadiness: AskReadiness): void {
  app.get('/livez', answerAlive)
  app.get('/readyz', async (request: FastifyRequest, reply) => {
    reply.header('cache-control', 'no-store')
    const readiness = await askReadiness()
    const isVerbose = 'verbose' in (request.query as object)
    const checks = readinessChecks.map((name) => ({ name, status: readiness[name] === undefined ? 'ok' : 'failed' }))
    const more = isVerbose ? { checks } : {}
    const [first, ...others] = readinessChecks.flatMap((name) => readiness[name] ?? [])
    if (first === undefined) return reply.send({ status: 'ok', ...more })
    const problems = others.map((message) => ({ code: 'service_unavailable' as const, message }))
    return refuse(reply, new DomainError('service_unavailable', first, undefined, problems), more)
  })
}

function answerAlive(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store').send({ status: 'ok' })
}

function refuse(reply: FastifyReply, error: DomainError, more: object = {}): FastifyReply {
  const { status, body } = toErrorEnvelope(error)
  return reply
    .code(status)
    .header('retry-after', unavailableRetrySeconds)
    .send({ status: 'unavailable', ...body, ...more })
}
