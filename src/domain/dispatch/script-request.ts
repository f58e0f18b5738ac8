/** Implements `request` of integrator-api: calls operations of this API, and no other address, with the rights of the call. */
import { operations, type OperationName } from '../../contract/operations/index.ts'
import type { Operation } from '../../contract/operation.ts'
import { isObject } from '../../contract/walk.ts'
import { isEmptyAnswer, JsonPage, toPlainValue } from '../result.ts'
import { toErrorEnvelope } from '../error-envelope.ts'
import { StoreUnavailable, DomainError, serviceUnavailable } from '../errors.ts'
import { runOperation } from './call-operation.ts'
import type { Context } from '../context.ts'

interface Response {
  readonly statusCode: number
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

const ownOrigin = 'http://sluice.invalid'
/** Characters of a relativeURI. */
const maxURI = 8192

/** Answers refusals like any other answer, as integrator.io does; throws where it is no request at all. */
export async function sendRequest(ctx: Context, options: unknown): Promise<Response> {
  const { method = 'GET', relativeURI, qs, headers, body } = isObject(options) ? options : {}
  const url = typeof relativeURI === 'string' && relativeURI.length <= maxURI ? URL.parse(relativeURI, ownOrigin) : null
  if (url?.origin !== ownOrigin)
    throw new DomainError('bad_request', 'request needs the relativeURI of something on this server, such as v1/connections.')
  const query = Object.fromEntries([
    ...url.searchParams,
    ...(isObject(qs) ? Object.entries(qs).map(([key, value]) => [key, String(value)]) : []),
  ])
  try {
    const { name, operation, params } = findRoute(String(method).toUpperCase(), url.pathname)
    const ifMatch = readIfMatch(headers)
    const asked = { params, query, ...(operation.body && { body }) }
    const answer = await runOperation(ifMatch === undefined ? ctx : { ...ctx, ifMatch }, name, asked)
    if (isEmptyAnswer(operation, answer)) return { statusCode: 204, headers: {} }
    const next = answer instanceof JsonPage && answer.next ? { link: linkTo(url.pathname, { ...query, ...answer.next }) } : {}
    return { statusCode: operation.status, headers: next, body: toPlainValue(answer) }
  } catch (error) {
    if (!(error instanceof DomainError || error instanceof StoreUnavailable)) throw error
    const { status, body: problems } = toErrorEnvelope(error instanceof DomainError ? error : serviceUnavailable())
    return { statusCode: status, headers: {}, body: problems }
  }
}

const readIfMatch = (headers: unknown): string | undefined => {
  const [, value] = Object.entries(isObject(headers) ? headers : {}).find(([name]) => name.toLowerCase() === 'if-match') ?? []
  return typeof value === 'string' ? value : undefined
}

const linkTo = (path: string, query: object): string =>
  `<${path}?${Object.entries(query)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
    .join('&')}>; rel="next"`

interface Route {
  readonly name: OperationName
  readonly operation: Operation
  readonly parts: readonly string[]
}

const isParam = (part: string): boolean => part.startsWith(':')
/** Words before parameters, from the left: `/connections/register` is not the connection of that id. */
const order = ({ parts }: Route): string => parts.map((part) => (isParam(part) ? 1 : 0)).join('')

const routes: readonly Route[] = Object.entries(operations)
  .map(([name, operation]) => ({ name: name as OperationName, operation, parts: operation.path.split('/').slice(1) }))
  .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))

function findRoute(method: string, path: string): Route & { readonly params: Readonly<Record<string, string>> } {
  const sent = splitPath(path)
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

function splitPath(path: string): readonly string[] {
  try {
    return path.replace(/\/$/, '').split('/').slice(1).map(decodeURIComponent)
  } catch {
    throw new DomainError('bad_request', 'The relativeURI is not a valid path.')
  }
}
