/** Which methods a path is served with: told to those who came with another one. */
import type { FastifyInstance } from 'fastify'
import { isId } from '../domain/ids.ts'
import { answerUnknownRoute } from './errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Parameters of the path that are ids. */
    ids?: readonly string[]
  }
}

interface Route {
  readonly method: string
  readonly segments: readonly string[]
  readonly ids: readonly string[]
}
/** The methods of a path, in the order of their names. */
export type MethodsOf = (url: string) => readonly string[]

/** Notes every route that is added from here on. */
export function trackMethods(app: FastifyInstance): MethodsOf {
  const routes: Route[] = []
  app.addHook('onRoute', ({ method, url, config }) => {
    const ids = (config?.ids ?? []).map((name) => `:${name}`)
    for (const each of [method].flat()) routes.push({ method: each, segments: url.split('/'), ids })
  })
  return (url) => {
    const segments = segmentsOf(url)
    return [...new Set(routes.filter((route) => matchesRoute(route, segments)).map(({ method }) => method))].toSorted()
  }
}

/** `GET /v1/connections/ping` reaches the route of `GET /v1/connections/{_id}`, and is none of it: `ping` is no id, and served with POST. */
export function refuseOtherMethods(app: FastifyInstance, methodsOf: MethodsOf): void {
  app.addHook('onRequest', (request, reply, done) => {
    const params = request.params as Readonly<Record<string, string>>
    if (request.routeOptions.config.ids?.every((name) => isId((params[name] ?? '').toLowerCase())) ?? true) return done()
    const methods = methodsOf(request.url)
    if (methods.length === 0) return done()
    answerUnknownRoute(request, reply, methods)
  })
}

/** As the router reads it: without the query, with or without a slash at its end, in upper case or lower. */
const segmentsOf = (url: string): readonly string[] =>
  (url.split('?')[0] ?? '')
    .replace(/(?<=.)\/$/, '')
    .toLowerCase()
    .split('/')

function matchesRoute({ segments: pattern, ids }: Route, segments: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === '*'
  if (isOpen ? segments.length < pattern.length : segments.length !== pattern.length) return false
  return pattern.every((part, i) => {
    const segment = segments[i] ?? ''
    if (part === '*') return true
    if (!part.startsWith(':')) return part.toLowerCase() === segment
    return ids.includes(part) ? isId(segment) : segment !== ''
  })
}
