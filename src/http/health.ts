/** What tells those who watch the server how it is: whether it can do its work, and whether it lives at all. No token is asked for. */
import type { FastifyInstance } from 'fastify'
import { unavailableRetrySeconds, serviceUnavailable } from '../domain/errors.ts'
import { toErrorEnvelope } from '../domain/error-envelope.ts'

/** `isReady` answers whether requests can be served: a load balancer sends none while it says no. A server that lives is not to be started anew for that. */
export function health(app: FastifyInstance, isReady: () => Promise<boolean>): void {
  app.get('/health/live', (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/health', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    if (await isReady()) return reply.send({ status: 'ok' })
    const { status, body } = toErrorEnvelope(serviceUnavailable())
    return reply
      .code(status)
      .header('retry-after', unavailableRetrySeconds)
      .send({ status: 'unavailable', ...body })
  })
}
