/** The contract as an OpenAPI 3.1 document. A pure function: no server has to run to know the API. */
import type { TSchema } from 'typebox'
import recorded from './examples.json' with { type: 'json' }
import { codeOf, statusOf, type ErrorCode } from './errors.ts'
import { sharedId } from './kit.ts'
import { outsidePaths } from './openapi-outside.ts'
import { sharedParts } from './openapi-parts.ts'
import type { Operation } from './operation.ts'

type Json = Record<string, unknown>
export const everywhere: readonly ErrorCode[] = [
  'access_denied',
  'rate_limited',
  'too_many_at_once',
  'server_busy',
  'invalid_header_value',
  'access_restricted',
  'internal_error',
  'service_unavailable',
]
export const withBody: readonly ErrorCode[] = ['malformed_json', 'invalid_field', 'request_too_large', 'unsupported_media_type']

export function openapi(
  operations: Readonly<Record<string, Operation>>,
  schemas: Readonly<Record<string, TSchema>>,
  version: string,
): Json {
  const link = linker(schemas)
  const paths: Record<string, Json> = {}
  for (const [operationId, op] of Object.entries(operations)) {
    const at = (paths[op.path.replace(/:(\w+)/g, '{$1}')] ??= {})
    at[op.method.toLowerCase()] = describe(operationId, op, link)
  }
  const named = { ...Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, link.inside(schema)])), Error: errorSchema }
  const parts = sharedParts(named as Json, paths as Record<string, Record<string, Json>>)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      description:
        'The HTTP API of integrator.io, served by Sluice. What is not part of the documented API is marked `x-sluice-extension`. The header `integrator-ashareid` puts a request, to whichever operation, into an account that is shared with the caller: its value is the id of the share. `Sluice-Environment` names the environment of the account that the request works in, for every token that reaches it: a token of production, or a share, reaches all of the account, and works in production without the header. A token of another environment works there only and reaches nothing of the account as a whole: what is marked `x-extent: account` is refused (403 `access_denied`), and of what is marked `own` it gets the part of its environment. The header is refused where it is no id (403 `invalid_header_value`), where the token is for another environment (403 `access_denied`), and where the account has no such environment that is open to the caller (404 `access_restricted`).',
    },
    servers: [{ url: '/', description: 'This server' }],
    security: [{ bearerAuth: [] }],
    paths: { ...parts.paths, ...outsidePaths },
    components: {
      securitySchemes: {
        bearerAuth: { type: 'http', scheme: 'bearer' },
        sessionCookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'sluice_session',
          description:
            'In place of a token, to every operation: of somebody who signed in with `POST /v1/session`. Over TLS it is called `__Host-sluice_session`. What is no GET needs the header `x-sluice-console: 1` and has to come from a page of this server (403 `cross_site_request`).',
        },
      },
      schemas: parts.schemas,
      responses: parts.responses,
    },
  }
}

function describe(operationId: string, op: Operation, link: Link): Json {
  const codes = [...new Set([...op.errors, ...(op.body ? withBody : []), ...everywhere])]
  const byStatus = Map.groupBy(codes, statusOf)
  const failures = [...byStatus].map(([status, of]) => [
    String(status),
    {
      description: [...new Set(of.map((name) => `\`${codeOf(name)}\``))].join(', '),
      ...((status === statusOf('too_many_at_once') || status === statusOf('server_busy')) && { headers: retryHeader }),
      content: json({ $ref: '#/components/schemas/Error' }),
    },
  ])
  return {
    operationId,
    tags: [op.tag],
    summary: op.summary,
    ...(op.description && { description: op.description }),
    ...(op.extension && { 'x-sluice-extension': true }),
    'x-access-level': op.access,
    ...(op.withoutToken && { security: [] }),
    ...(op.tokenLevel && { 'x-token-level': op.tokenLevel }),
    'x-extent': op.extent,
    parameters: [...parameters('header', op.headers, link), ...parameters('path', op.params, link), ...parameters('query', op.query, link)],
    ...(op.body && {
      requestBody: {
        required: !op.optionalBody,
        content: { [op.bodyType ?? 'application/json']: { schema: link(op.body), ...exampleOf(operationId, 'request') } },
      },
    }),
    responses: {
      [op.status]: {
        description: op.status === 204 ? 'Done. No body.' : 'Done.',
        ...(op.paged && { headers: linkHeader }),
        ...(op.result && {
          content: { [op.resultType ?? 'application/json']: { schema: link(op.result), ...exampleOf(operationId, 'response') } },
        }),
      },
      ...(op.empty && { 204: { description: op.empty } }),
      ...(!op.withoutToken && { 401: { description: 'No valid bearer token.', content: json(unauthorized) } }),
      ...Object.fromEntries(failures),
    },
  }
}

/** Recorded by test/http/examples.test.ts. */
const examples: Readonly<Record<string, { readonly request?: unknown; readonly response?: unknown }>> = recorded

function exampleOf(operationId: string, part: 'request' | 'response'): Json {
  const example = examples[operationId]?.[part]
  return example === undefined ? {} : { example }
}

const json = (schema: unknown): Json => ({ 'application/json': { schema } })
const linkHeader = {
  Link: { description: 'RFC 5988 link to the next page, `<...>; rel="next"`; absent on the last page.', schema: { type: 'string' } },
}
const retryHeader = {
  'Retry-After': { description: 'Seconds after which to come again.', schema: { type: 'integer', minimum: 1 } },
}
const unauthorized = {
  type: 'object',
  required: ['message'],
  properties: {
    message: {
      type: 'string',
      description: '`Unauthorized` without an Authorization header, `Bearer Authentication Failed` where its token is not valid.',
    },
  },
}
const errorSchema = {
  type: 'object',
  required: ['errors'],
  description: 'What went wrong.',
  properties: {
    errors: {
      type: 'array',
      description: 'Every problem found.',
      items: {
        type: 'object',
        required: ['message'],
        properties: {
          code: {
            oneOf: [{ type: 'string' }, { type: 'integer' }],
            description: 'What kind of problem, for programs. A number where it is the HTTP status of an application.',
          },
          message: { type: 'string', description: 'The problem in a sentence, for people.' },
          field: { type: 'string', description: 'Dotted path of the field, or name of the parameter, at fault.' },
          source: { type: 'string', description: 'Where the problem comes from, if not from Sluice: `application`, `connector`.' },
          failureCode: { type: 'string', description: 'Beside `source`: what it said, the status of an application or a word.' },
        },
      },
    },
  },
}

interface Link {
  (schema: unknown): unknown
  inside(schema: unknown): unknown
}

const anyKey = '^.*$'

/** Replaces every schema that has a name of its own by a `$ref`, so that the document links and does not copy. */
function linker(schemas: Readonly<Record<string, TSchema>>): Link {
  const names = new Map<unknown, string>(Object.entries(schemas).map(([name, schema]) => [schema, name]))
  const inside = (schema: unknown): unknown =>
    Object.fromEntries(
      Object.entries(schema as object).map(([key, value]) => {
        if (key === '$ref') return [key, String(value).replace(sharedId, '')]
        // TypeBox writes a map by any key so; readers of OpenAPI look for the other word.
        if (key === 'patternProperties' && anyKey in value) return ['additionalProperties', link((value as Json)[anyKey])]
        return [key, link(value)]
      }),
    )
  const link = (schema: unknown): unknown => {
    if (typeof schema !== 'object' || schema === null) return schema
    if (Array.isArray(schema)) return schema.map(link)
    const name = names.get(schema)
    return name ? { $ref: `#/components/schemas/${name}` } : inside(schema)
  }
  return Object.assign(link, { inside })
}

function parameters(where: 'header' | 'path' | 'query', schema: TSchema | undefined, link: Link): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, TSchema & { description?: string }>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, sub]) => {
    const { description, ...rest } = sub
    return {
      in: where,
      name,
      required: where === 'path' || required.includes(name),
      ...(description && { description }),
      schema: link(rest),
    }
  })
}
