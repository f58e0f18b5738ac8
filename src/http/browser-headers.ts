/**
 * What browsers may make of answers. Whatever has no policy of its own is data: no page of another site frames it, and nothing in it runs, though webhooks and
 * APIs answer what somebody wrote, from the origin at which people are signed in.
 */
import type { FastifyInstance } from 'fastify'

const ofData = "default-src 'none'; frame-ancestors 'none'; sandbox"

/** A policy that an answer of somebody's own brings along does not take the place of ours. */
const pages = new Set([
  '/',
  '/docs',
  '/docs/page.js',
  '/docs/assets/*',
  '/assets/*',
  '/connection/oauth2callback',
  '/notifications/unsubscribe',
])

export function restrictBrowsers(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    void reply.header('x-content-type-options', 'nosniff')
    // Of one user: no proxy between keeps it for another, and a browser asks again after somebody else has signed in.
    if (request.session && !reply.hasHeader('cache-control')) void reply.header('cache-control', 'private, no-cache')
    if (!request.isConsole && !pages.has(request.routeOptions.url ?? '')) void reply.header('content-security-policy', ofData)
    done(null, payload)
  })
}
