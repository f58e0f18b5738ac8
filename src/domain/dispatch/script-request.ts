/** `request` of integrator-api: a request to the platform's own API and to nothing else, carried out on the spot with the rights of the call. */
import { operations } from '../../contract/operations/index.ts'
import type { Operation } from '../../contract/operation.ts'
import { isObject } from '../../contract/walk.ts'
import { isEmptyAnswer, JsonPage, plain } from '../result.ts'
import { envelopeOf } from '../error-envelope.ts'
import { DatabaseAway, DomainError, unavailable } from '../errors.ts'
import { carryOut } from './call-operation.ts'
import type { Context } from '../context.ts'

interface Response {
  readonly statusCode: number
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

const here = 'http://sluice.invalid'
/** Characters of a relativeURI. */
const maxURI = 8192

/** Answers refusals like any other answer, as integrator.io does; throws where it is no request at all. */
export async function requestOf(ctx: Context, options: unknown): Promise<Response> {
  const { method = 'GET', relativeURI, qs, headers, body } = isObject(options) ? options : {}
  const url = typeof relativeURI === 'string' && relativeURI.length <= maxURI ? URL.parse(relativeURI, here) : null
  if (url?.origin !== here)
    throw new DomainError('bad_request', 'request needs the relativeURI of something on this server, such as v1/connections.')
  const query = Object.fromEntries([
    ...url.searchParams,
    ...(isObject(qs) ? Object.entries(qs).map(([key, value]) => [key, String(value)]) : []),
  ])
  try {
    const { name, operation, params } = routeOf(String(method).toUpperCase(), url.pathname)
    const ifMatch = ifMatchIn(headers)
    const asked = { params, query, ...(operation.body && { body }) }
    const answer = await carryOut(ifMatch === undefined ? ctx : { ...ctx, ifMatch }, name, asked)
    if (isEmptyAnswer(operation, answer)) return { statusCode: 204, headers: {} }
    const next = answer instanceof JsonPage && answer.next ? { link: linkTo(url.pathname, { ...query, ...answer.next }) } : {}
    return { statusCode: operation.status, headers: next, body: plain(answer) }
  } catch (error) {
    if (!(error instanceof DomainError || error instanceof DatabaseAway)) throw error
    const { status, body: problems } = envelopeOf(error instanceof DomainError ? error : unavailable())
    return { statusCode: status, headers: {}, body: problems }
  }
}

const ifMatchIn = (headers: unknown): string | undefined => {
  const [, value] = Object.entries(isObject(headers) ? headers : {}).find(([name]) => name.toLowerCase() === 'if-match') ?? []
  return typeof value === 'string' ? value : undefined
}

const linkTo = (path: string, query: object): string =>
  `<${path}?${Object.entries(query)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
    .join('&')}>; rel="next"`

interface Route {
  readonly name: string
  readonly operation: Operation
  readonly parts: readonly string[]
}

const isParam = (part: string): boolean => part.startsWith(':')
/** Words before parameters, from the left: `/connections/register` is not the connection of that id. */
const order = ({ parts }: Route): string => parts.map((part) => (isParam(part) ? 1 : 0)).join('')

const routes: readonly Route[] = Object.entries(operations)
  .map(([name, operation]) => ({ name, operation, parts: operation.path.split('/').slice(1) }))
  .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))

function routeOf(method: string, path: string): Route & { readonly params: Readonly<Record<string, string>> } {
  const sent = partsOf(path)
  const route = routes.find(
    ({ operation, parts }) =>
      operation.method === method &&
      parts.length === sent.length &&
      parts.every((part, i) => (isParam(part) ? sent[i] !== '' : part === sent[i])),
  )
  if (!route) throw new DomainError('unknown_route', `There is no ${method} ${path}.`)
  const params = route.parts.flatMap((part, i) => (isParam(part) ? [[part.slice(1), sent[i] ?? '']] : []))
  return { ...route, params: Object.fromEntries(params) as Record<string, string> }
}

function partsOf(path: string): readonly string[] {
  try {
    return path.replace(/\/$/, '').split('/').slice(1).map(decodeURIComponent)
  } catch {
    throw new DomainError('bad_request', 'The relativeURI is not a valid path.')
  }
}
