/** Reads a request to an API: what its body says, and its parameters as the API declares them. What does not fit is told with its place. */
import type { Document } from '../../contract/document.ts'
import type { ApiRequest } from '../../domain/ports/apis/api-calls.ts'
import type { Evaluate } from '../evaluation/evaluator.ts'
import { decodeText } from '../outgoing/decode.ts'
import { readBody } from '../webhooks/read-body.ts'

type RequestDoc = NonNullable<NonNullable<Document<'apis'>['builder']>['request']>

/** A request that the API does not take: nothing of it was carried out. */
export interface Refused {
  readonly code: string
  readonly message: string
  readonly field?: string
}

export interface ReadRequest {
  readonly body: unknown
  /** The text that it was read from, as far as it is one. */
  readonly rawBody: string
}

/** Of types that nobody asks for as text: a picture, a stream of bytes. */
const opaque = /^(?:application\/(?:octet-stream|pdf|zip|gzip)|image\/|audio\/|video\/)/i

export async function readApiBody(
  evaluate: Evaluate,
  { headers, body }: ApiRequest,
): Promise<ReadRequest | { readonly status: number; readonly refused: Refused }> {
  if (body.length === 0) return { body: undefined, rawBody: '' }
  const contentType = headers['content-type'] ?? ''
  if (opaque.test(contentType))
    return refuse(415, 'unsupported_media_type', `The API takes no bodies of the type ${contentType}: send JSON.`)
  const rawBody = /^multipart\//i.test(contentType) ? '' : decodeText(body, contentType).text
  if (/^text\/(?!xml\b)/i.test(contentType)) return { body: rawBody, rawBody }
  const read = await readBody(evaluate, body, contentType, undefined)
  if ('fault' in read) return refuse(400, 'bad_request', read.fault)
  return { body: read.value, rawBody }
}

const refuse = (status: number, code: string, message: string) => ({ status, refused: { code, message } })

/** Every parameter that is declared becomes what it is declared as; others are texts. */
export function readQuery(
  query: ApiRequest['query'],
  declared: RequestDoc['queryParams'] = [],
): { readonly values: Record<string, unknown>; readonly problems: readonly Refused[] } {
  const types = new Map(declared.map(({ key, dataType }) => [key, dataType]))
  const problems: Refused[] = []
  const values = Object.entries(query).map(([name, value]): [string, unknown] => {
    const type = types.get(name)
    const read = Array.isArray(value) ? value.map((each: string) => readValue(each, type)) : readValue(value as string, type)
    if ([read].flat().includes(undefined))
      problems.push({ code: 'invalid_query_params', message: `The ${name} query param is no ${type}.`, field: name })
    return [name, read]
  })
  return { values: Object.fromEntries(values), problems }
}

function readValue(text: string, type: 'string' | 'number' | 'boolean' | undefined): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  if (type !== 'number') return text
  return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined
}
