/** Where the link at the end of a mail leads: a page with a button for people, and a `POST` for mail programs (RFC 8058). Neither asks for a token of ours. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { World } from '../domain/context.ts'
import { escapeHtml } from '../domain/notifications/escape-html.ts'
import { findUnsubscribing, unsubscribe, unsubscribePath } from '../domain/notifications/unsubscribe.ts'
import { answerError } from './errors.ts'
import type { Sources } from './failed-request-limit.ts'

/** Bytes of a form that comes along; it says nothing that is read. */
const maxForm = 4096

export function unsubscribing(app: FastifyInstance, world: World, sources: Sources | undefined): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _bytes, done) => done(null, undefined))
    const answer = async (request: FastifyRequest, reply: FastifyReply, isAsked: boolean): Promise<FastifyReply> => {
      const over = sources?.refusal(request)
      if (over) return answerError(over, request, reply)
      const { token = '' } = request.query as { readonly token?: unknown }
      const text = typeof token === 'string' ? token : ''
      const email = await findUnsubscribing(world, text)
      if (email === undefined) sources?.failed(request)
      else if (!isAsked) await unsubscribe(world, text)
      return reply
        .code(email === undefined ? 404 : 200)
        .type('text/html; charset=utf-8')
        .header('referrer-policy', 'no-referrer')
        .header('cache-control', 'no-store')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
        .send(pageOf(email, isAsked))
    }
    // A link is followed by programs that look at mails before anybody reads them: it changes nothing.
    scope.get(unsubscribePath, (request, reply) => answer(request, reply, true))
    scope.post(unsubscribePath, { bodyLimit: maxForm }, (request, reply) => answer(request, reply, false))
  })
}

function pageOf(email: string | undefined, isAsked: boolean): string {
  const [title, body] =
    email === undefined
      ? ['This link does not work', '<p>It is not complete, or not of this server. Your profile in the console has the same choice.</p>']
      : isAsked
        ? [
            'No more mails?',
            `<p>Sluice then sends no notifications to ${escapeHtml(email)} any more.</p><form method="post"><button>Send me no more mails</button></form>`,
          ]
        : [
            'No more mails',
            `<p>Sluice sends no notifications to ${escapeHtml(email)} any more. Your profile in the console turns them on again.</p>`,
          ]
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem } button { font: inherit; padding: .4rem 1rem }</style>
</head>
<body>
  <h1>${title}</h1>
  ${body}
</body>
</html>
`
}
