/** Calls operations by their names, with what they take and answer typed by the contract. It sends nothing itself: what sends the requests is handed in. */
import {
  operations,
  type OperationBody,
  type OperationName,
  type OperationParams,
  type OperationQuery,
  type OperationResult,
  type Operations,
} from './operations/index.ts'
import type { Operation } from './operation.ts'

/** A part of the input: absent where the operation has none, optional where it may be left out as a whole. */
type Part<Name extends string, T> = unknown extends T
  ? { readonly [N in Name]: T }
  : [T] extends [undefined]
    ? unknown
    : undefined extends T
      ? { readonly [N in Name]?: Exclude<T, undefined> }
      : Record<never, never> extends T
        ? { readonly [N in Name]?: T }
        : { readonly [N in Name]: T }

/** What a caller says of an operation. `headers` are those of this one request, such as `If-Match`. */
export type CallInput<N extends OperationName> = Part<'params', OperationParams<N>> &
  Part<'query', OperationQuery<N>> &
  Part<'body', OperationBody<N>> & { readonly headers?: Readonly<Record<string, string>> }

/** A list that is answered 204 is an empty one; what may be answered 204 besides is undefined then. */
export type CallResult<N extends OperationName> = 'empty' extends keyof Operations[N]
  ? OperationResult<N> extends readonly unknown[]
    ? OperationResult<N>
    : OperationResult<N> | undefined
  : OperationResult<N>

export interface ApiRequest {
  readonly method: Operation['method']
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
}

/** What is read of an answer: the `Response` of `fetch` is one. */
export interface ApiAnswer {
  readonly ok: boolean
  readonly status: number
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}

export interface ApiProblem {
  readonly code: string
  readonly message: string
  readonly field?: string
}

/** The server refused the request, or could not do it: in its own words. */
export class CallRefused extends Error {
  readonly status: number
  /** Empty where the answer was none of this API. */
  readonly problems: readonly ApiProblem[]
  constructor(request: string, status: number, problems: readonly ApiProblem[], text: string) {
    const reasons = problems.map(({ message, field }) => (field === undefined ? message : `${message} (${field})`))
    super(`${request} was answered ${status}: ${problems.length > 0 ? reasons.join(' ') : text}`)
    this.name = 'CallRefused'
    this.status = status
    this.problems = problems
  }
}

interface Parts {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export function buildRequest<N extends OperationName>(name: N, input: CallInput<N>): ApiRequest {
  const { method, path, bodyType } = operations[name] as Operation
  const { params = {}, query = {}, body, headers } = input as Parts
  const filled = path.replaceAll(/:(\w+)/g, (_, param: string) => encodeURIComponent(params[param] ?? ''))
  const pairs = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)] as [string, string]]))
  const search = pairs.length > 0 ? `?${new URLSearchParams(pairs).toString()}` : ''
  return {
    method,
    path: filled + search,
    headers: { ...(body !== undefined && { 'content-type': bodyType ?? 'application/json' }), ...headers },
    ...(body !== undefined && { body: bodyType ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  }
}

/** Throws `CallRefused` where the answer is none of the operation's. */
async function readResult<N extends OperationName>(name: N, answer: ApiAnswer): Promise<CallResult<N>> {
  const { method, path, result, resultType } = operations[name] as Operation
  if (!answer.ok) throw await readRefusal(`${method} ${path}`, answer)
  if (answer.status === 204) return (result && 'items' in result ? [] : undefined) as CallResult<N>
  if (resultType === 'application/zip') return new Uint8Array(await answer.arrayBuffer()) as CallResult<N>
  const text = await answer.text()
  return (resultType === undefined ? JSON.parse(text) : text) as CallResult<N>
}

/** Characters that are shown of an answer that is none of this API, such as the page of a proxy. */
const shownOfText = 500

async function readRefusal(request: string, answer: ApiAnswer): Promise<CallRefused> {
  const text = await answer.text()
  return new CallRefused(request, answer.status, parseProblems(text), text.slice(0, shownOfText))
}

function parseProblems(text: string): readonly ApiProblem[] {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: unknown }
    return Array.isArray(errors) ? (errors as ApiProblem[]) : []
  } catch {
    return []
  }
}

export interface ApiClient {
  /** `call('getFlow', { params: { _id } })`; the input may be left out where all of it may. */
  call<N extends OperationName>(
    name: N,
    ...input: Record<never, never> extends CallInput<N> ? [input?: CallInput<N>] : [input: CallInput<N>]
  ): Promise<CallResult<N>>
}

export const createClient = (send: (request: ApiRequest) => Promise<ApiAnswer>): ApiClient => ({
  call: async (name, ...[input]) => readResult(name, await send(buildRequest(name, input ?? ({} as never)))),
})
