/** Lines of the log that are about a request say which one it is, of which account and operation; each request has one of its own where the settings say so. */
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { otherwise } from './measure-answers.ts'

/** Before anything that may write to the log. */
export function nameRequestsInLog(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    nameInLog(request, reply)
    done()
  })
}

/** What its lines say is put together when there is one: most requests have none. */
export function nameInLog(request: FastifyRequest, reply: FastifyReply): void {
  const { log } = request
  let named: { readonly log: FastifyBaseLogger; readonly caller: FastifyRequest['caller'] } | undefined
  const ofRequest = (): FastifyBaseLogger => {
    const { id: reqId, caller, routeOptions } = request
    if (named && named.caller === caller) return named.log
    const operation = routeOptions?.config?.operation
    const child = log.child({ reqId, ...(operation !== undefined && { operation }), ...(caller && { accountId: caller.accountId }) })
    named = { log: child, caller }
    return child
  }
  request.log = reply.log = new Proxy(log, { get: (_log, key) => Reflect.get(ofRequest(), key) as unknown })
}

/** By its route and without its query, which may hold what no log should. */
export function logAccess(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { operation = otherwise } = request.routeOptions.config
    const { caller, method } = request
    const ms = Math.round(reply.elapsedTime)
    request.log.info(
      { operation, ...(caller && { accountId: caller.accountId }), method, status: reply.statusCode, ms },
      'request answered',
    )
    done()
  })
}
