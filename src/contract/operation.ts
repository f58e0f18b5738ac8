/** One HTTP operation, as data: the router, the OpenAPI file, the command line and the tests all read this and nothing else. */
import type { Static, TObject, TSchema } from 'typebox'
import type { ErrorCode } from './errors.ts'

export type AccessLevel = 'monitor' | 'manage' | 'administrator'

/**
 * `environment`: what lies in the environment of the request. `account`: the account as a whole, its users and environments. `own`: more than one environment
 * or what is the account's, of which a token of one environment gets the part of that environment; the operation sees to it.
 */
export type Extent = 'environment' | 'account' | 'own'

/** What a token for an integration does: looks at its definitions and history, tries out changes without storing any, or carries them out as well. */
export const tokenLevels = ['read', 'plan', 'apply'] as const
export type TokenLevel = (typeof tokenLevels)[number]

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Fastify's form: `/v1/integrations/:_id`. */
  readonly path: `/v1/${string}`
  readonly tag: string
  readonly summary: string
  readonly description?: string
  /** The least access level that may call it. */
  readonly access: AccessLevel
  /** How far it reaches. Tokens of one environment may call all but those that reach over the account. */
  readonly extent: Extent
  /** Changes nothing, although its method is none that reads. */
  readonly reads?: true
  /** What a share can allow its user besides their level: with it `monitor` suffices. */
  readonly allowedBy?: 'allowToEditRetryData'
  /**
   * How it serves callers whose level is for some integrations only. Where nothing is said, the document that the path begins with has to belong to one of
   * these, and without such a document they are refused. `filtered`: it looks itself what belongs to them. `account`: not at all. `everyone`: like anybody.
   */
  readonly partialAccess?: 'filtered' | 'account' | 'everyone'
  /** Only within an account that is shared with the caller: what a request without `integrator-ashareid` is answered, unless it asks for strictness. */
  readonly withoutShare?: ErrorCode
  /** The caller has no token yet, and authenticates with the request itself. */
  readonly withoutToken?: true
  /** Tells of the token itself: answers those too that are for some documents only. */
  readonly allowsScopedTokens?: true
  /** Speaks to MCP servers: open to tokens that do nothing else. */
  readonly servesMcp?: true
  /** The least level of a token for single integrations that may call it, of the integration in its path. Where nothing is said, none may. */
  readonly tokenLevel?: TokenLevel
  readonly headers?: TObject
  readonly params?: TObject
  readonly query?: TObject
  readonly body?: TSchema
  /** Declares what a body may hold besides `body`: read-only fields, which come back with every GET and are dropped without a word. */
  readonly known?: TSchema
  /** The body may be left out. */
  readonly optionalBody?: true
  /** A field of the body that nothing declares is refused, whether or not the caller is strict: without it, something else would be done than was asked for. */
  readonly refusesUnknown?: true
  /** What the body or the answer is, where it is not JSON: bytes, which the operation reads or makes itself, or a word. */
  readonly bodyType?: 'application/zip' | 'application/octet-stream'
  readonly resultType?: 'application/zip' | 'text/plain' | 'text/csv' | 'text/event-stream'
  /** A body that does not fit is a bad request (400) here, where it is 422 elsewhere. */
  readonly badBody?: true
  readonly status: 200 | 201 | 204
  readonly result?: TSchema
  /** Says when the operation answers 204 without a body although it has a result. */
  readonly empty?: string
  /** Answers with a `Link` header while more pages remain. */
  readonly paged?: true
  /** Codes this operation may answer with, besides those of every operation (401, and 400, 413, 415 where it takes a body). */
  readonly errors: readonly ErrorCode[]
  /** True for what integrator.io does not document: shown as `x-sluice-extension`. */
  readonly extension?: true
}

type In<S> = S extends TSchema ? Static<S> : undefined
export type Params<O extends Operation> = In<O['params']>
export type Query<O extends Operation> = In<O['query']>
export type Body<O extends Operation> = O['optionalBody'] extends true ? In<O['body']> | undefined : In<O['body']>
export type Result<O extends Operation> = In<O['result']>

/** What the handler of an operation gets. */
export interface Input<O extends Operation> {
  readonly params: Params<O>
  readonly query: Query<O>
  readonly body: Body<O>
}
