/** The contract for people and programs: /openapi.json, and a page to browse it at /docs. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { openapi } from '../contract/openapi.ts'
import { operations } from '../contract/operations/index.ts'
import { schemas } from '../contract/schemas.ts'

const page = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Sluice API</title>
  <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
  <link rel="icon" href="/docs/assets/favicon-32x32.png">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="/docs/assets/swagger-ui-bundle.js"></script>
  <script src="/docs/page.js"></script>
</body>
</html>
`
const script = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, docExpansion: 'none', defaultModelsExpandDepth: 0, persistAuthorization: true, validatorUrl: null, filter: true })
`
/** Nothing on the page comes from anywhere else. Swagger UI sets styles and images inline. */
const policy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"

export async function docs(app: FastifyInstance, { version }: { version: string }): Promise<void> {
  let document: string | undefined
  // Made when it is first asked for: it takes 0.1 s, and most servers are never asked.
  app.get('/openapi.json', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send((document ??= JSON.stringify(openapi(operations, schemas, version)))),
  )
  app.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page))
  app.get('/docs/page.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(script))
  const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  await app.register(fastifyStatic, { root: assets, prefix: '/docs/assets/', index: false, decorateReply: false, maxAge: '1d' })
}
