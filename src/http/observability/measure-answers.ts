/** Tells of each answer which operation it was, its status, and what it took. */
import type { FastifyInstance } from 'fastify'
import { measure } from '../../domain/observability/measurements.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What is called, by its name in the contract. */
    operation?: string
  }
}

/** Paths that are no operation: pages, assets, APIs of accounts, and what is not there. */
export const otherwise = 'other'

export function measureAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { operation = otherwise, streams } = request.routeOptions.config
    // A stream is no answer that takes long.
    if (!streams) measure('requestAnswered', { operation, status: reply.statusCode, ms: reply.elapsedTime })
    done()
  })
}
