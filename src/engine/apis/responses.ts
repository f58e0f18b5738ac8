/** Which of its responses an API gives to a call, and what that makes of the record at the end of the steps. */
import type { Document } from '../../contract/document.ts'
import type { ApiAnswer } from '../../domain/ports/apis/api-calls.ts'
import { StepFailure, type Failure, type FlowRecord } from '../adaptor.ts'
import type { GraphParts } from '../graph/load-graph.ts'
import { createOutput, type OutputDoc } from '../graph/map-output.ts'
import { buildHookContext } from '../hooks/hook-options.ts'
import type { MappingV1 } from '../mapping/mapper-v1.ts'
import { collectSettings } from '../plan/step-settings.ts'
import { makeAnswer, makeErrorAnswer } from './make-answer.ts'

type Builder = NonNullable<Document<'apis'>['builder']>
type ResponseDoc = NonNullable<Builder['responses']>[number]

/** How a call ended: `record` has `errors` where it failed. */
interface EndOfCall {
  readonly record: FlowRecord
  readonly hasSucceeded: boolean
  readonly failures: readonly Pick<Failure, 'code' | 'message'>[]
}

/** Throws `StepFailure` where the responses, or the functions that choose and make them, do not work. */
export type Respond = (end: EndOfCall) => Promise<ApiAnswer>

type OutputHooks = NonNullable<OutputDoc['hooks']>

const usualStatus = { success: 200, fail: 500, custom: 200 } as const

export function createRespond(parts: GraphParts, _id: string, builder: Builder): Respond {
  const responses = builder.responses ?? []
  const choose = createChoose(parts, builder, responses)
  const outputs = responses.map((response) => createBody(parts, _id, response))
  return async (end) => {
    const at = (await choose(end)) ?? responses.findIndex(({ type }) => type === (end.hasSucceeded ? 'success' : 'fail'))
    const { type = 'custom', statusCode = usualStatus[type], headers = [] } = responses[at] as ResponseDoc
    const named = headers.flatMap(({ key, value }) => (key ? [[key, value ?? '']] : []))
    const output = await outputs[at]?.(end.record)
    if (!output && type === 'fail') {
      const { statusCode: status, body, headers: own } = makeErrorAnswer(statusCode, end.failures)
      return { statusCode: status, body, headers: { ...own, ...makeAnswer(statusCode, Object.fromEntries(named), undefined).headers } }
    }
    if (output && 'failures' in output) throw new StepFailure(output.failures[0] as Failure)
    return makeAnswer(statusCode, Object.fromEntries(named), output?.output)
  }
}

/** Without mappings and functions a response has no body. */
function createBody(parts: GraphParts, _id: string, { name = '', mappings = [], lookups = [], hooks = {} }: ResponseDoc) {
  if (mappings.length === 0 && !hooks.preMap?._scriptId && !hooks.postMap?._scriptId) return undefined
  const fields = mappings.map(({ hardcodedValue, ...rest }) => ({
    ...rest,
    ...(hardcodedValue !== undefined && { hardCodedValue: hardcodedValue }),
  }))
  return createOutput(parts, {
    _id,
    name,
    ...(fields.length > 0 && { mapping: { fields } as unknown as MappingV1 }),
    lookups,
    hooks: hooks as OutputHooks,
  })
}

/** The position of the response that fits; undefined where none does. */
type Choose = (end: EndOfCall) => Promise<number | undefined>

function createChoose({ definitions }: GraphParts, { responseRouter }: Builder, responses: readonly ResponseDoc[]): Choose {
  const settings = collectSettings(definitions.run, {})
  if (responseRouter?.routeRecordsUsing === 'script') {
    const hook = definitions.createHook(responseRouter.script, 'input_filter', buildHookContext({ run: definitions.run, settings }))
    if (!hook)
      throw new StepFailure({
        source: 'resource',
        code: 'script_missing',
        message: 'The response router chooses by a script and names none.',
      })
    return async ({ record, hasSucceeded }) => {
      const [answer] = await hook.each([{ record, context: { success: hasSucceeded } }])
      if (!answer || 'failure' in answer) throw new StepFailure(answer?.failure ?? nobody)
      return findNamed(responses, answer.value)
    }
  }
  const fitting = (success: boolean) =>
    definitions.evaluate({
      kind: 'routes',
      source: 'input_filter',
      branches: responses.map((response) => ({
        rules: rulesOf(response),
        ...(response.inputFilter?.version && { version: response.inputFilter.version }),
      })),
      takesAll: false,
      settings,
      context: { success },
    })
  const [succeeded, failed] = [fitting(true), fitting(false)]
  return async ({ record, hasSucceeded }) => {
    const [found] = await (hasSucceeded ? succeeded : failed).all([record])
    if (!found || 'stopped' in found) throw new StepFailure(found?.stopped ?? nobody)
    if ('message' in found.value) throw new StepFailure(found.value as Failure)
    return (found.value as readonly number[])[0]
  }
}

/** A success and a failure that say nothing more are that; a custom one without rules fits every call. */
function rulesOf({ type, inputFilter }: ResponseDoc): unknown {
  const { rules } = inputFilter ?? {}
  if (rules?.length || (type !== 'success' && type !== 'fail')) return rules
  return ['equals', ['boolean', ['context', 'success']], type === 'success']
}

function findNamed(responses: readonly ResponseDoc[], named: unknown): number | undefined {
  if (named === undefined || named === null) return undefined
  const at = typeof named === 'number' ? named : responses.findIndex(({ id, name }) => id === named || (id === undefined && name === named))
  if (responses[at]) return at
  throw new StepFailure({
    source: 'input_filter',
    code: 'script_error',
    message: `The script of the response router names a response that the API does not have: ${JSON.stringify(named)?.slice(0, 200)}.`,
  })
}

const nobody: Failure = { source: 'internal', code: 'script_error', message: 'The response router gave no answer.' }
