/** An API of steps: what it makes of a request, the way of that through its routers, and which response is given. */
import type { Document } from '../../contract/document.ts'
import type { ApiRequest } from '../../domain/ports/apis/api-calls.ts'
import { StepFailure, type FlowRecord } from '../adaptor.ts'
import type { Mapped } from '../mapping/mapper.ts'
import { createSchemaCheck } from '../graph/check-schema.ts'
import { loadGraph, type GraphOptions, type GraphParts } from '../graph/load-graph.ts'
import { buildHookContext } from '../hooks/hook-options.ts'
import type { Engine } from '../plan/engine.ts'
import { makeRecorded, recordDefinitions } from '../plan/recorded-step.ts'
import { collectSettings } from '../plan/step-settings.ts'
import { createTransform } from '../plan/transform-stage.ts'
import { answering, type LoadedApi } from './answering.ts'
import { makeErrorAnswer } from './make-answer.ts'
import { readApiBody, readQuery, type Refused } from './read-request.ts'
import { createRespond, type Respond } from './responses.ts'

type ApiDoc = Document<'apis'>
type Builder = NonNullable<ApiDoc['builder']>

export async function loadBuilderApi(
  parts: Pick<Engine, 'world' | 'adaptors' | 'evaluator'>,
  envId: string,
  doc: ApiDoc,
  options: GraphOptions,
): Promise<LoadedApi> {
  const { builder } = doc
  if (!builder) throw incomplete(doc)
  const owner = { collection: 'apis', doc, routers: builder.routers ?? [], endId: 'apiRouter' } as const
  const { own, definitions, carry } = await loadGraph(parts, envId, owner, (made) => createOwn(made, doc, builder), options)
  return answering(parts.world, doc._id, definitions.redact, async (request, call, fail) => {
    const read = await own.read(request)
    if ('refused' in read) return { answer: makeErrorAnswer(read.status, read.refused), hasSucceeded: false }
    const reshaped = await own.reshape(read.record)
    const { record, hasSucceeded, failures, pageResult } = reshaped.ok
      ? await carry({ ...call, record: reshaped.value as FlowRecord })
      : failedRequest(read.record, fail(read.record, reshaped.failures, 'request'))
    // What the API says of failures could take as long again.
    if (call.signal.aborted && !hasSucceeded) return { answer: makeErrorAnswer(504, failures), hasSucceeded, pageResult }
    const told = failures.map(({ code, message, source }) => ({ code, message, source }))
    const end = { record: hasSucceeded ? record : withErrors(record, told), hasSucceeded, failures: told }
    try {
      return { answer: await own.respond(end), hasSucceeded, pageResult }
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      pageResult.fail({ stepId: doc._id, stage: 'response' }, { record, index: 0, sourceId: doc._id, traceKey: undefined }, [error.failure])
      return { answer: makeErrorAnswer(500, pageResult.errors.slice(-1)), hasSucceeded: false, pageResult }
    }
  })
}

const incomplete = ({ name = '' }: ApiDoc): StepFailure =>
  new StepFailure({ source: 'internal', code: 'api_incomplete', message: `The API ${name} is of the type builder, and has no builder.` })

/** Nothing was sent. */
const failedRequest = (record: FlowRecord, pageResult: ReturnType<Parameters<Parameters<typeof answering>[3]>[2]>) => ({
  record,
  hasSucceeded: false,
  failures: pageResult.errors,
  pageResult,
})

/** What went wrong stands beside what the record holds, where mappings and filters of responses find it. */
const withErrors = (record: FlowRecord, errors: readonly object[]): FlowRecord =>
  Array.isArray(record) ? { record, errors } : { ...record, errors }

interface Own {
  read(request: ApiRequest): Promise<{ readonly record: FlowRecord } | { readonly status: number; readonly refused: readonly Refused[] }>
  reshape(record: FlowRecord): Promise<Mapped>
  readonly respond: Respond
}

function createOwn(parts: GraphParts, doc: ApiDoc, builder: Builder): Own {
  const { queryParams, bodySchema, transform: script } = builder.request ?? {}
  const { adaptors, definitions } = parts
  const listener = definitions.recorder?.at({ stepId: doc._id, kind: 'request' })
  const heard = listener ? recordDefinitions(definitions, listener) : definitions
  const settings = collectSettings(heard.run, {})
  const hookContext = buildHookContext({ run: heard.run, settings })
  const transform = script?._scriptId ? createTransform({ type: 'script', script }, heard, settings, hookContext) : undefined
  const misfits = createBodyCheck(definitions, bodySchema)
  const respond = makeRecorded(adaptors, definitions, { stepId: doc._id, kind: 'response' }, (own, made) =>
    createRespond({ ...parts, adaptors: own, definitions: made }, doc._id, builder),
  )
  return {
    respond,
    async read(request) {
      const body = await readApiBody(definitions.evaluate, request)
      if ('refused' in body) return { status: body.status, refused: [body.refused] }
      const { values, problems } = readQuery(request.query, queryParams)
      const refused = problems.length > 0 ? problems : await misfits(request, body.body)
      if (refused.length > 0) return { status: 400, refused }
      const { headers, pathParams } = request
      const record = { headers, pathParams, queryParams: values, ...(body.body !== undefined && { body: body.body }) }
      listener?.note('request', record, { output: record })
      return { record }
    },
    async reshape(record) {
      const [mapped] = transform ? await transform([record]) : []
      return mapped ?? { ok: true, value: record }
    },
  }
}

/** What of a body does not fit its schema. Requests that have none need not have one here. */
function createBodyCheck(definitions: GraphParts['definitions'], schema: object | undefined) {
  if (!schema || Object.keys(schema).length === 0) return async (): Promise<readonly Refused[]> => []
  const check = createSchemaCheck(definitions, schema)
  return async ({ method }: ApiRequest, body: unknown): Promise<readonly Refused[]> => {
    if (body === undefined)
      return method === 'GET' || method === 'DELETE' ? [] : [{ code: 'bad_request', message: 'The request needs a body.' }]
    return (await check(body)).map(({ field, message }) => ({ code: 'invalid_field', message, ...(field && { field }) }))
  }
}
