/** The console: files that its build left in console/dist, at / and below /assets, and its one page at every path that the page itself knows. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether the page of the console is what is answered. */
    isConsole: boolean
  }
}

/** Its editor and its graph set styles inline, nothing of it runs what is written inline, and nothing comes from anywhere else. */
const policy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const missing = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Sluice</title>
  <style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }</style>
</head>
<body>
  <h1>Sluice is running</h1>
  <p>The console is not built yet: <code>npm run build</code> in the folder of Sluice builds it, and this page shows it then.</p>
  <p>The API is described at <a href="/docs">/docs</a>.</p>
</body>
</html>
`

/** Answers whether the request was for the page of the console. */
export type ServeConsole = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined

/** Assets have their hash in their names. Files beside them, such as an icon, are looked up when the server starts. */
export async function serveConsole(app: FastifyInstance, dist: string): Promise<ServeConsole> {
  app.decorateRequest('isConsole', false)
  await app.register(fastifyStatic, {
    root: join(dist, 'assets'),
    prefix: '/assets/',
    index: false,
    preCompressed: true,
    maxAge: '365d',
    immutable: true,
    decorateReply: true,
    // Where nothing is built there is no such folder.
    suppressWarning: true,
  })
  const page = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    request.isConsole = true
    void reply
      .header('content-security-policy', policy)
      .header('referrer-policy', 'same-origin')
      .header('cross-origin-opener-policy', 'same-origin')
    if (!existsSync(join(dist, 'index.html')))
      return reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(missing)
    return reply.sendFile('index.html', dist, { cacheControl: false, index: false }).header('cache-control', 'no-cache')
  }
  app.get('/', page)
  for (const file of filesBeside(dist))
    app.get(`/${file}`, (request, reply) => {
      request.isConsole = true
      return reply.sendFile(file, dist, { maxAge: '1d', immutable: false })
    })
  return (request, reply) => (isNavigation(request) ? page(request, reply) : undefined)
}

const filesBeside = (dist: string): string[] =>
  existsSync(dist)
    ? readdirSync(dist, { withFileTypes: true }).flatMap((entry) =>
        entry.isFile() && entry.name !== 'index.html' && !/\.(?:br|gz)$/.test(entry.name) ? [entry.name] : [],
      )
    : []

/** A path that people may come to, as browsers ask for it. */
const isNavigation = ({ method, url, headers }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  headers.authorization === undefined &&
  !/^\/(?:v1|apis|assets|docs|connection)(?:[/?]|$)/i.test(url) &&
  (headers.accept ?? '').includes('text/html')
