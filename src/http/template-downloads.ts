/** Where the links to templates lead: `GET /downloads/template`. They ask for no token of ours: what they are of and until when is signed. */
import type { FastifyInstance } from 'fastify'
import { readTemplate, templatePath } from '../domain/clone/template-links.ts'
import type { World } from '../domain/context.ts'
import { DomainError } from '../domain/errors.ts'
import type { CountRequest } from '../domain/limits/rate-limit.ts'
import { answerError } from './errors.ts'
import type { Sources } from './failed-request-limit.ts'

export function templateDownloads(app: FastifyInstance, world: World, sources: Sources | undefined, count: CountRequest | undefined): void {
  app.get(templatePath, async (request, reply) => {
    const over = sources?.refusal(request)
    if (over) return answerError(over, request, reply)
    const { token } = request.query as { readonly token?: unknown }
    const archive = await readTemplate({ ...world, log: request.log }, typeof token === 'string' ? token : '', count)
    if (!archive) {
      sources?.failed(request)
      throw new DomainError('not_found', 'This link is not complete, its time is over, or it is not of this server. Ask for another one.')
    }
    return reply
      .type('application/zip')
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .header('content-disposition', `attachment; filename="${archive.fileName}"`)
      .send(archive.bytes)
  })
}
