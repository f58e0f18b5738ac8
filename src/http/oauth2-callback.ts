/** Where applications lead people back to who have signed a connection in: `GET /connection/oauth2callback`. They have no token of ours; the state says whose it is. */
import type { FastifyInstance } from 'fastify'
import type { World } from '../domain/context.ts'
import { finishAuthorization, type CallbackParameters, type Landing } from '../domain/on-request/authorizations.ts'
import { escapeHtml } from '../domain/notifications/escape-html.ts'
import { answerError } from './errors.ts'
import type { Sources } from './failed-request-limit.ts'

/** Characters of a state, a code or an error that are read. */
const maxParameter = 8192

export function oauth2Callback(app: FastifyInstance, world: World, sources: Sources | undefined): void {
  app.get('/connection/oauth2callback', async (request, reply) => {
    const over = sources?.refusal(request)
    if (over) return answerError(over, request, reply)
    const landing = await finishAuthorization(world, readParameters(request.query))
    if (landing.kind === 'failed' && landing.isUnknown) sources?.failed(request)
    // Neither the code nor the state goes on to anybody.
    void reply.header('referrer-policy', 'no-referrer').header('cache-control', 'no-store')
    if (landing.kind === 'signed in' && landing.landingURI !== undefined) return reply.redirect(landing.landingURI, 302)
    return reply
      .code(landing.kind === 'signed in' ? 200 : 400)
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
      .header('x-content-type-options', 'nosniff')
      .send(pageOf(landing))
  })
}

function readParameters(query: unknown): CallbackParameters {
  const given = query as Readonly<Record<string, unknown>>
  const read = (name: string): string | undefined => {
    const value = given[name]
    return typeof value === 'string' && value.length <= maxParameter ? value : undefined
  }
  return { state: read('state'), code: read('code'), error: read('error'), error_description: read('error_description') }
}

function pageOf(landing: Landing): string {
  const [title, ...sentences] =
    landing.kind === 'failed'
      ? ['Not signed in', landing.message]
      : landing.failure === undefined
        ? ['Signed in', `The connection ${landing.name} is signed in and works.`, 'You can close this page.']
        : [
            'Signed in, but it does not work yet',
            `The connection ${landing.name} is signed in, and its ping failed: ${landing.failure}`,
            'Look at the connection, and ping it.',
          ]
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escapeHtml(title ?? '')}</title>
  <style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }</style>
</head>
<body>
  <h1>${escapeHtml(title ?? '')}</h1>
  ${sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join('\n  ')}
</body>
</html>
`
}
