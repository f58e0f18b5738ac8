/** Counts the requests of an account, after its token and before anything that costs. */
import type { FastifyInstance } from 'fastify'
import { RateLimited } from '../domain/errors.ts'
import type { CountRequest } from '../domain/limits/rate-limit.ts'
import { answerError } from './errors.ts'

export function limitRates(app: FastifyInstance, count: CountRequest): void {
  app.addHook('onRequest', async (request, reply) => {
    const seconds = request.caller && (await count(request.caller.accountId))
    if (seconds !== undefined) await answerError(new RateLimited(seconds), request, reply)
  })
}
