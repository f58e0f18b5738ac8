/** Each request as a span: by the name of its operation, and within the trace that its client says it belongs to. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { currentTracer, type Span } from '../../domain/observability/tracing.ts'
import { otherwise } from './measure-answers.ts'

/** From this status on it was our fault. */
const ours = 500

export function traceRequests(app: FastifyInstance): void {
  const tracer = currentTracer()
  if (!tracer) return
  const spans = new WeakMap<FastifyRequest, Span>()
  app.addHook('onRequest', (request, _reply, done) => {
    const { operation = otherwise, streams } = request.routeOptions.config
    // A stream goes on for as long as somebody listens.
    if (streams) return done()
    const span = tracer.begin(operation, 'server', { 'http.request.method': request.method }, request.headers)
    spans.set(request, span)
    span.within(done)
  })
  // The body was read meanwhile, by whoever had the socket.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request)
    if (span) span.within(done)
    else done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request)
    span?.set({ 'http.response.status_code': reply.statusCode })
    if (reply.statusCode >= ours) span?.fail(String(reply.statusCode))
    span?.end()
    done()
  })
}
