/** Counts the requests of an account, after its token and before anything that costs. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RateLimited } from '../domain/errors.ts'
import type { CountRequest } from '../domain/limits/rate-limit.ts'
import type { Identity } from '../domain/ports/accounts.ts'
import { answerError } from './errors.ts'

export function limitRates(app: FastifyInstance, count: CountRequest): void {
  app.addHook('onRequest', (request, reply, done) => (request.caller ? limit(request.caller, request, reply) : done()))
  const limit = async ({ accountId }: Identity, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const seconds = await count(accountId)
    if (seconds !== undefined) await answerError(new RateLimited(seconds), request, reply)
  }
}
