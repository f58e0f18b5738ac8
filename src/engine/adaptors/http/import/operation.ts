/** The arrays of an HTTP import, index by index, as operations: how each is requested and how its answers are read. */
import { StepFailure, type ImportDoc } from '../../../adaptor.ts'
import type { ConnectionClient } from '../connection-client.ts'
import { requestBuilder, type RequestBuilder, type RequestTemplates } from '../request.ts'
import type { ResponseRules } from '../response-check.ts'
import type { Context } from '../../../outgoing/request-texts.ts'
import { listLookups } from './static-lookups.ts'
import type { HttpImport } from './static-lookups.ts'

export interface Operation {
  readonly type: 'CREATE' | 'UPDATE'
  readonly build: RequestBuilder
  readonly responseRules: ResponseRules
  readonly resourcePath: string | undefined
  readonly resourceIdPath: string | undefined
}

export function buildOperations(doc: ImportDoc, http: HttpImport, client: ConnectionClient, shared: Context): readonly Operation[] {
  const count = Math.max(http.relativeURI?.length ?? 0, http.method?.length ?? 0)
  if (count === 0)
    throw new StepFailure({
      source: 'internal',
      code: 'configuration_missing',
      message: `The import ${doc.name} names no method and no relative URI.`,
    })
  const around = { shared, strict: http.strictHandlebarEvaluation ?? false, tables: listLookups(doc, http) }
  return Array.from({ length: count }, (_, index) => operation(http, client, index, around))
}

function operation(
  http: HttpImport,
  client: ConnectionClient,
  index: number,
  around: Pick<RequestTemplates, 'shared' | 'strict' | 'tables'>,
): Operation {
  const { response = {} } = http
  const method = at(http.method, index) ?? 'POST'
  // A file is put into the request afterwards.
  const said = http.type === 'file' ? 'plaintext' : http.requestMediaType
  const mediaType = said ?? client.connection.http?.mediaType ?? 'json'
  const templates = {
    method,
    relativeURI: at(http.relativeURI, index) ?? '',
    headers: http.headers ?? [],
    body: bodyTemplate(http.body?.[index]),
    mediaType,
    ...around,
  }
  return {
    type: http.requestType?.[index] ?? (method === 'PUT' || method === 'PATCH' ? 'UPDATE' : 'CREATE'),
    build: requestBuilder(templates, client),
    responseRules: {
      successPath: at(response.successPath, index),
      successValues: at(response.successValues, index),
      failPath: at(response.failPath, index),
      failValues: at(response.failValues, index),
      errorPath: response.errorPath,
      allowArrayforSuccessPath: response.allowArrayforSuccessPath,
    },
    resourcePath: at(response.resourcePath, index),
    resourceIdPath: at(response.resourceIdPath, index),
  }
}

/** One entry may stand for all operations: composite imports often share how answers are read. */
const at = <T>(list: readonly T[] | undefined, index: number): T | undefined => list?.[index] ?? (list?.length === 1 ? list[0] : undefined)

/** A template is text; the schema of integrator.io also lets it be written as the object it makes. */
function bodyTemplate(body: unknown): string | undefined {
  if (body === undefined || body === null || body === '') return undefined
  return typeof body === 'string' ? body : JSON.stringify(body)
}
