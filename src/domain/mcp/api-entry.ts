/** An API of steps, offered as a tool: its input holds the parameters and the body of a call, its output is what the API answers. */
import type { Document } from '../../contract/document.ts'
import { isObject } from '../../contract/walk.ts'
import type { ApiCaller } from '../apis/call-api.ts'
import type { Context } from '../context.ts'
import type { Entry, McpAnswer, ObjectSchema } from './offered-tool.ts'

type Api = Document<'apis'>
type RequestDoc = NonNullable<NonNullable<Api['builder']>['request']>

/** Characters of an answer that says why it failed. */
const maxSentence = 4000

const bodiless: ReadonlySet<string> = new Set(['GET', 'DELETE'])

export function createApiEntry(ctx: Context, callApi: ApiCaller['callKnown'], name: string, api: Api): Entry | undefined {
  const request = api.builder?.request
  if (api.type !== 'builder' || !request || api.disabled) return undefined
  const onlyReads = request.method === 'GET'
  const told = [api.description, request.description].filter((text) => text !== undefined && text !== '').join('\n\n')
  return {
    name,
    onlyReads,
    details: { _apiId: api._id },
    tool: {
      name,
      ...(told !== '' && { description: told }),
      inputSchema: describeInput(request),
      annotations: { readOnlyHint: onlyReads },
    },
    call: (input) => call(ctx, callApi, api, request, isObject(input) ? input : {}),
  }
}

/** What stands for a parameter in the path. */
const inPath = /:([A-Za-z0-9_]+)/g

const parametersOf = ({ relativeURI, pathParams = [] }: RequestDoc): readonly { readonly key: string; readonly description?: string }[] =>
  [...relativeURI.matchAll(inPath)].map(([, key = '']) => ({ ...pathParams.find((each) => each.key === key), key }))

function describeInput(request: RequestDoc): ObjectSchema {
  const { method, queryParams = [], headers = [], bodySchema } = request
  const path = parametersOf(request)
  const takesBody = !bodiless.has(method)
  const isBodyRequired = takesBody && Array.isArray((bodySchema as { readonly required?: unknown } | undefined)?.required)
  const parts: Readonly<Record<string, object | undefined>> = {
    pathParams: path.length > 0 ? { ...describeFields(path), required: path.map(({ key }) => key) } : undefined,
    queryParams: queryParams.length > 0 ? describeFields(queryParams) : undefined,
    headers: headers.length > 0 ? describeFields(headers) : undefined,
    body: takesBody ? (bodySchema ?? {}) : undefined,
  }
  const required = [...(path.length > 0 ? ['pathParams'] : []), ...(isBodyRequired ? ['body'] : [])]
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)),
    ...(required.length > 0 && { required }),
  }
}

interface Field {
  readonly key?: string
  readonly dataType?: 'string' | 'number' | 'boolean'
  readonly description?: string
}

const describeFields = (fields: readonly Field[]): ObjectSchema => ({
  type: 'object',
  properties: Object.fromEntries(
    fields.flatMap(({ key, dataType = 'string', description }) =>
      key === undefined ? [] : [[key, { type: dataType, ...(description !== undefined && { description }) }]],
    ),
  ),
})

/** As the schema of the tool has it. */
interface Input {
  readonly pathParams?: unknown
  readonly queryParams?: unknown
  readonly headers?: unknown
  readonly body?: unknown
}

async function call(ctx: Context, callApi: ApiCaller['callKnown'], api: Api, request: RequestDoc, input: Input): Promise<McpAnswer> {
  const pathParams = toTexts(input.pathParams)
  const missing = parametersOf(request).filter(({ key }) => !pathParams[key])
  if (missing.length > 0) return { kind: 'failed', sentences: missing.map(({ key }) => `pathParams.${key} is missing.`) }
  const hasBody = input.body !== undefined && !bodiless.has(request.method)
  const headers = Object.entries(toTexts(input.headers)).map(([name, value]) => [name.toLowerCase(), value])
  const outcome = await callApi(ctx, api._id, {
    method: request.method,
    path: `/${api.version ?? 'v1'}${request.relativeURI.replaceAll(inPath, (_whole, key: string) => encodeURIComponent(pathParams[key] ?? ''))}`,
    pathParams,
    query: toTexts(input.queryParams),
    headers: { ...(Object.fromEntries(headers) as Record<string, string>), ...(hasBody && { 'content-type': 'application/json' }) },
    body: Buffer.from(hasBody ? JSON.stringify(input.body) : ''),
  })
  if (!outcome) return { kind: 'refused', why: 'unknown' }
  const { statusCode, body } = outcome.answer
  if (statusCode >= 400) return { kind: 'failed', sentences: [`The API answered ${statusCode}: ${body.slice(0, maxSentence)}`] }
  return { kind: 'done', output: readJson(body) }
}

/** Parameters and headers are texts. */
const toTexts = (values: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(isObject(values) ? values : {}).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  )

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
