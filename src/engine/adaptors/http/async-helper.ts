/**
 * Async helpers: an application takes a request, works on it, and hands out the result later. The request is made, an export asks how far the work is, and
 * another one fetches what came of it. Both see what was answered so far as their record.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { StepFailure, type Failure, type FlowRecord, type ReadHelper, type Run, type SourceStep } from '../../adaptor.ts'
import type { Exchange } from '../../exchange.ts'
import { isPlainObject, type PlainObject } from '../../values/plain-value.ts'
import { valueAt } from '../../values/value-at.ts'
import type { HttpPorts } from './connection-client.ts'
import { firstState } from './export/paging.ts'
import { createSource, fetchReply, type AsyncHelper, type Source } from './export/source.ts'
import { toDottedPath } from './export/xml-answers.ts'
import { isOneOf } from './response-check.ts'

/** Before the first question, and between two, unless the helper says so. Milliseconds. */
const usualWait = 10_000
/** Of one piece of work, however often its worker changes. Milliseconds. */
const longestWork = 2 * 60 * 60 * 1000
/** Characters of what is kept of the answers, with the run. */
const maxKept = 100_000

interface Step {
  readonly doc: { readonly _id: string; readonly name: string }
  readonly run: Run
}

const failure = (code: string, message: string, source: Failure['source'] = 'internal'): StepFailure =>
  new StepFailure({ source, code, message })

/** An export with its helper, where it has one. Nobody is asked. */
export async function createAsyncSource(ports: HttpPorts, step: SourceStep): Promise<Source> {
  const source = await createSource(ports, step)
  const helper = await createAsyncHelper(ports, step, source, step.doc.http?._asyncHelperId)
  if (helper && step.doc.type === 'once')
    throw failure('export_type_unsupported', 'An export with an async helper cannot be of the type once: it can be test or delta.')
  return helper ? { ...source, helper } : source
}

/** Undefined where none is named, and where documents are only looked at. Throws `StepFailure` where it cannot work. */
export async function createAsyncHelper(
  ports: HttpPorts,
  { doc, run }: Step,
  { client }: Pick<Source, 'client'>,
  id: string | undefined,
): Promise<AsyncHelper | undefined> {
  if (!id || !run.findHelper) return undefined
  const found = run.findHelper(id)
  if (!found) throw failure('async_helper_missing', `The async helper ${id} of ${doc.name} no longer exists.`, 'resource')
  const { status = {}, submit = {}, result = {} } = found.doc.http ?? {}
  const { name } = found.doc
  const asking = await sourceOf(ports, run, found, status._exportId, 'http.status._exportId')
  const fetching = result._exportId ? await sourceOf(ports, run, found, result._exportId, 'http.result._exportId') : asking
  const transform = createReshape(found, client)
  const { initialWaitTime = usualWait, pollWaitTime = usualWait, statusPath = '', inProgressValues = [], doneValues = [] } = status
  if (doneValues.length === 0 && inProgressValues.length === 0)
    throw failure(
      'async_helper_incomplete',
      `The async helper ${name} does not say which values of the status mean that the work is done (http.status.doneValues).`,
    )
  const stateOf = (record: PlainObject, body: unknown): 'done' | 'going-on' => {
    const path = toDottedPath(statusPath)
    const value = path === '' ? body : (valueAt(record, path) ?? valueAt(body, path))
    if (isOneOf(value, doneValues)) return 'done'
    if (isOneOf(value, inProgressValues)) return 'going-on'
    if (value !== undefined && inProgressValues.length === 0) return 'going-on'
    if (value !== undefined && doneValues.length === 0) return 'done'
    const said = value === undefined ? `nothing at ${statusPath}` : `${client.credentials.redact(JSON.stringify(value), 200)}`
    throw failure(
      'async_work_failed',
      `The application answers ${said} about the work that the async helper ${name} asks for: that is neither in progress nor done.`,
      'application',
    )
  }
  return {
    async begin(body) {
      const part = submit.resourcePath ? valueAt(body, toDottedPath(submit.resourcePath)) : body
      const submitted = await transform(toObject(part))
      const isDone = submit.sameAsStatus === true && stateOf(submitted, submitted) === 'done'
      return { at: Date.now(), said: mustFit(submitted, name), ...(isDone && { isDone }) }
    },
    async settle(work, exchanged) {
      let { said, isDone = false } = work
      for (let wait = initialWaitTime; !isDone; wait = pollWaitTime) {
        if (Date.now() + wait > work.at + longestWork)
          throw failure(
            'async_work_late',
            `The work that the async helper ${name} asks for was not done after ${longestWork / 3_600_000} hours.`,
            'application',
          )
        await waitFor(wait, run.signal)
        const { record, body } = await ask(asking, said, exchanged)
        isDone = stateOf(record, body) === 'done'
        said = mustFit({ ...said, ...record }, name)
      }
      return { ...work, said, isDone }
    },
    resultOf: ({ said }) => ({ ...fetching, request: (state) => fetching.request(state, said as FlowRecord) }),
  }
}

async function sourceOf(
  ports: HttpPorts,
  run: Run,
  { doc, findExport }: ReadHelper,
  id: string | undefined,
  field: string,
): Promise<Source> {
  const step = id === undefined ? undefined : findExport(id)
  if (!step) throw failure('async_helper_incomplete', `The async helper ${doc.name} names no export that is there in ${field}.`)
  if (step.doc.adaptorType !== 'HTTPExport' || step.doc.http?._asyncHelperId)
    throw failure(
      'async_helper_incomplete',
      `The export ${step.doc.name}, which the async helper ${doc.name} names in ${field}, has to be one over HTTP without a helper of its own.`,
    )
  const source = await createSource(ports, { ...step, run })
  await source.client.compiled()
  return source
}

/** What the answer to the request says of the work, in the shape that the helper gives it. */
function createReshape({ doc }: ReadHelper, { evaluate }: Source['client']): (submitted: PlainObject) => Promise<PlainObject> {
  const { transform } = doc.http?.submit ?? {}
  if (transform?.type === 'script')
    throw failure(
      'async_helper_unsupported',
      `The async helper ${doc.name} cannot reshape answers by a script (http.submit.transform): by rules it can.`,
    )
  const { rules, rulesTwoDotZero } = transform?.expression ?? {}
  if (!transform || (!rules?.flat().length && !rulesTwoDotZero?.mappings?.length)) return async (submitted) => submitted
  const evaluation = evaluate({ kind: 'transform', source: 'transformation', transform, surroundings: {} })
  return async (submitted) => {
    const evaluated = await evaluation.one(submitted)
    if ('stopped' in evaluated) throw new StepFailure(evaluated.stopped)
    if (!evaluated.value.ok) throw new StepFailure(evaluated.value.failures[0] as Failure)
    return toObject(evaluated.value.value)
  }
}

async function ask(
  source: Source,
  said: PlainObject,
  exchanged?: (exchange: Exchange) => void,
): Promise<{ record: PlainObject; body: unknown }> {
  const state = firstState(source.paging)
  const request = await source.request(state, said)
  const reply = request && (await fetchReply(source, state, request, exchanged))
  if (!reply) throw failure('async_work_failed', 'The application does not know the work any more.', 'application')
  return { record: toObject(reply.records[0]), body: reply.body }
}

const toObject = (value: unknown): PlainObject => (isPlainObject(value) ? value : value === undefined || value === null ? {} : { value })

/** It is kept with the run, so that nobody asks for the same work twice. */
function mustFit(said: PlainObject, name: string): PlainObject {
  const text = JSON.stringify(said)
  if (text.length <= maxKept && !text.includes('\\u0000')) return JSON.parse(text) as PlainObject
  throw failure(
    'paging_state_too_large',
    `What the application says of the work that the async helper ${name} asks for has more than ${maxKept.toLocaleString('en')} characters, or a NUL: name the part that is needed in http.submit.resourcePath, or in the exports that ask.`,
  )
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}
