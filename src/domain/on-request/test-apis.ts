/** Tries out an API with a mock request, while somebody waits. */
import type { Input, Result } from '../../contract/operation.ts'
import type { testRuns as operations } from '../../contract/operations/on-request/test-runs.ts'
import { notFound } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import { withInflightLimit } from '../limits/inflight-limit.ts'
import { recordTest } from './record-test.ts'
import type { ApiRequest } from '../ports/apis/api-calls.ts'

type Ops = typeof operations
type Mock = NonNullable<NonNullable<Input<Ops['testApi']>['body']>['mockRequest']>

export async function testApi(ctx: Context, { params, body = {} }: Input<Ops['testApi']>): Promise<Result<Ops['testApi']>> {
  const doc = (await ctx.store.documents.find(ctx.caller.envId, 'apis', params._id))?.doc
  if (!doc) throw notFound('apis')
  const allowed = await recordTest(ctx, 'apis', doc, body)
  const { request } = doc.builder ?? {}
  const mock: Mock = body.mockRequest ?? request?.mockRequest ?? {}
  const call = {
    apiId: doc._id,
    request: toRequest(request?.method ?? mock.method ?? 'GET', mock),
    ...allowed,
  }
  return withInflightLimit(ctx, () => ctx.applications.testApi(ctx, call))
}

/** As if it had come over HTTP. */
const toRequest = (method: string, { body, headers = {}, pathParams = {}, queryParams = {} }: Mock): ApiRequest => ({
  method,
  headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...toTexts(headers, (name) => name.toLowerCase()) },
  pathParams: toTexts(pathParams),
  query: toTexts(queryParams),
  body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
})

const toTexts = (values: object, nameOf: (name: string) => string = String): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]: [string, unknown]) => [
      nameOf(name),
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
