/** An API that a function answers: it gets the request, and returns the status, the headers and the body. */
import type { Document } from '../../contract/document.ts'
import type { ApiRequest } from '../../domain/ports/apis/api-calls.ts'
import { StepFailure } from '../adaptor.ts'
import { loadGraph, type GraphOptions } from '../graph/load-graph.ts'
import { buildHookContext } from '../hooks/hook-options.ts'
import type { Engine } from '../plan/engine.ts'
import { makeRecorded } from '../plan/recorded-step.ts'
import { collectSettings } from '../plan/step-settings.ts'
import { isPlainObject } from '../values/plain-value.ts'
import { answering, type LoadedApi } from './answering.ts'
import { makeAnswer, makeErrorAnswer } from './make-answer.ts'
import { readApiBody, readQuery } from './read-request.ts'

export async function loadScriptApi(
  parts: Pick<Engine, 'world' | 'adaptors' | 'evaluator'>,
  envId: string,
  doc: Document<'apis'>,
  options: GraphOptions,
): Promise<LoadedApi> {
  const callee = doc.type === 'script' ? doc.script : { _scriptId: doc._scriptId, function: doc.function }
  const owner = { collection: 'apis', doc, routers: [], endId: 'apiRouter' } as const
  const { own: hook, definitions } = await loadGraph(
    parts,
    envId,
    owner,
    ({ adaptors, definitions: made }) =>
      makeRecorded(adaptors, made, { stepId: doc._id, kind: 'request' }, (_own, heard) => {
        const hookContext = buildHookContext({ run: heard.run, settings: collectSettings(heard.run, {}) })
        return heard.createHook(callee, 'internal', hookContext)
      }),
    options,
  )
  if (!hook)
    throw new StepFailure({ source: 'resource', code: 'script_missing', message: `The API ${doc.name ?? ''} is a script and names none.` })
  return answering(parts.world, doc._id, definitions.redact, async (request, { signal }) => {
    const read = await readApiBody(definitions.evaluate, request)
    if ('refused' in read) return { answer: makeErrorAnswer(read.status, [read.refused]), hasSucceeded: false }
    signal.throwIfAborted()
    const said = readSaid(await hook.call(tellRequest(request, read)))
    return { answer: makeAnswer(said.statusCode, said.headers, said.body), hasSucceeded: said.statusCode < 400 }
  })
}

const tellRequest = (
  { method, headers, query, pathParams }: ApiRequest,
  read: { readonly body: unknown; readonly rawBody: string },
): object => ({
  method,
  headers,
  queryString: readQuery(query).values,
  pathParams,
  ...(read.body !== undefined && { body: read.body }),
  rawBody: read.rawBody,
})

interface Said {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

function readSaid(returned: unknown): Said {
  if (!isPlainObject(returned)) throw unusable('The function of the API returned no object: it has to return {statusCode, headers, body}.')
  const { statusCode = 200, headers = {}, body } = returned
  if (typeof statusCode !== 'number') throw unusable('The statusCode that the function of the API returned is no number.')
  if (!isPlainObject(headers)) throw unusable('The headers that the function of the API returned are no object.')
  const told = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)] as const],
  )
  return { statusCode, headers: Object.fromEntries(told), body: body ?? undefined }
}

const unusable = (message: string): StepFailure => new StepFailure({ source: 'internal', code: 'script_error', message })
