/** Lines of the log that are about a request say which one it is, of which account and operation; each request has one of its own where the settings say so. */
import type { FastifyInstance } from 'fastify'
import { otherwise } from './measure-answers.ts'

/** After those who find out whose request it is. */
export function nameRequestsInLog(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const { operation } = request.routeOptions.config
    const accountId = request.caller?.accountId
    request.log = request.log.child({ ...(operation !== undefined && { operation }), ...(accountId !== undefined && { accountId }) })
  })
}

/** By its route and without its query, which may hold what no log should. */
export function logAccess(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const { operation = otherwise } = request.routeOptions.config
    const { caller, method } = request
    const ms = Math.round(reply.elapsedTime)
    request.log.info(
      { operation, ...(caller && { accountId: caller.accountId }), method, status: reply.statusCode, ms },
      'request answered',
    )
  })
}
