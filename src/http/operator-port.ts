/** What operators ask on an address of its own, apart from the API: probes and metrics. Workers have nothing else that answers. */
import Fastify from 'fastify'
import type { AskReadiness } from '../domain/observability/readiness.ts'
import { probes } from './health.ts'

/** What is answered there; what is absent is not. */
export interface OperatorAnswers {
  readonly askReadiness?: AskReadiness
  readonly metrics?: { readonly contentType: string; read(): Promise<string> }
}

/** A request that sends its headers slower than this is cut off. Milliseconds. */
const requestTimeoutMs = 10_000
/** Nobody sends a body here. Bytes. */
const maxBodyBytes = 1024

export async function openOperatorPort(
  { host, port }: { readonly host: string; readonly port: number },
  { askReadiness, metrics }: OperatorAnswers,
): Promise<{ close(): Promise<void> }> {
  const app = Fastify({ logger: false, bodyLimit: maxBodyBytes, requestTimeout: requestTimeoutMs, forceCloseConnections: true })
  if (askReadiness) probes(app, askReadiness)
  if (metrics)
    app.get('/metrics', async (_request, reply) => {
      const text = await metrics.read()
      return reply.type(metrics.contentType).header('cache-control', 'no-store').send(text)
    })
  await app.listen({ host, port })
  return { close: () => app.close() }
}
