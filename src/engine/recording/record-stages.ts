/** Tells a recorder what is evaluated at a step, and what its functions give: what a step is made with, listened to. */
import { StepFailure, type ErrorSource, type Failure, type FlowRecord } from '../adaptor.ts'
import type { Evaluate, Evaluated } from '../evaluation/evaluator.ts'
import type { Kind, Stage } from '../evaluation/stage.ts'
import type { CreateHook, Hook } from '../hooks/call-function.ts'
import type { Mapped } from '../mapping/mapper.ts'
import type { StepRecorder } from './recorder.ts'

/** What stages go by. */
const names: { readonly [source in ErrorSource]?: string } = {
  transformation: 'transformation',
  output_filter: 'outputFilter',
  input_filter: 'inputFilter',
  import_filter: 'inputFilter',
  mapping: 'mapping',
  response_mapping: 'responseMapping',
}

function nameOf({ step }: StepRecorder, source: ErrorSource): string {
  if (step.kind === 'router') return 'routing'
  if (step.kind === 'import' && source === 'transformation') return 'responseTransformation'
  return names[source] ?? source
}

/** Of these kinds the stages of a step are; texts of requests are seen in the requests. */
const told: ReadonlySet<Kind> = new Set<Kind>(['filter', 'routes', 'transform', 'mapping', 'responseMapping', 'traceKey'])

export function recordEvaluate(evaluate: Evaluate, to: StepRecorder): Evaluate {
  return ((stage: Stage, caches) => {
    const evaluation = evaluate(stage as never, caches)
    if (!told.has(stage.kind)) return evaluation
    const heard = async <R>(inputs: readonly unknown[], work: () => Promise<R>, listOf: (made: R) => readonly unknown[]): Promise<R> => {
      if (!to.isOn()) return work()
      try {
        const made = await work()
        for (const [i, result] of listOf(made).entries()) noteResult(to, stage, inputs[i], result as Evaluated<unknown>)
        return made
      } catch (error) {
        if (error instanceof StepFailure) for (const input of inputs) noteResult(to, stage, input, { stopped: error.failure })
        throw error
      }
    }
    return {
      ready: evaluation.ready,
      all: (inputs: readonly never[]) =>
        heard(
          inputs,
          () => evaluation.all(inputs),
          (made) => made,
        ),
      one: (input: never) =>
        heard(
          [input],
          () => evaluation.one(input),
          (made) => [made],
        ),
    }
  }) as Evaluate
}

function noteResult(to: StepRecorder, { kind, source }: Stage, input: unknown, result: Evaluated<unknown>): void {
  const record = kind === 'responseMapping' ? (input as { readonly record: FlowRecord }).record : input
  if (kind === 'traceKey') {
    const subject = to.records.subjectOf(record)
    if (subject && 'value' in result) subject.traceKey = result.value as string
    return
  }
  const stage = nameOf(to, source)
  if ('stopped' in result) return to.note(stage, record, { input, errors: [result.stopped] })
  const { value } = result
  if (kind === 'transform' || kind === 'mapping') return noteMapped(to, stage, record, value as Mapped)
  if (kind === 'responseMapping') to.records.follow(record, value)
  if (isFailure(value)) return to.note(stage, record, { input, errors: [value] })
  to.note(stage, record, { input, output: value })
}

function noteMapped(to: StepRecorder, stage: string, record: unknown, mapped: Mapped): void {
  if (!mapped.ok) return to.note(stage, record, { input: record, errors: mapped.failures })
  to.records.follow(record, mapped.value)
  to.note(stage, record, { input: record, output: mapped.value })
}

const isFailure = (value: unknown): value is Failure => typeof value === 'object' && value !== null && 'message' in value && 'code' in value

/** What a function over a page is given for each record and what it gives, by what the function is: the record is told by `records`, what it works on by `inputs`. */
const pageFunctions: { readonly [source in ErrorSource]?: { readonly name: string; readonly records: string; readonly inputs: string } } = {
  pre_map_hook: { name: 'preMap', records: 'data', inputs: 'data' },
  post_map_hook: { name: 'postMap', records: 'preMapData', inputs: 'postMapData' },
  post_submit_hook: { name: 'postSubmit', records: 'preMapData', inputs: 'responseData' },
  response_mapping: { name: 'postResponseMap', records: 'postResponseMapData', inputs: 'postResponseMapData' },
}

export function recordHooks(createHook: CreateHook, to: StepRecorder): CreateHook {
  return (callee, source, hookContext) => {
    const hook = createHook(callee, source, hookContext)
    return hook && recordHook(hook, source, callee?.function, to)
  }
}

const recordHook = (hook: Hook, source: ErrorSource, own: string | undefined, to: StepRecorder): Hook => ({
  ...hook,
  async call(options) {
    if (!to.isOn()) return hook.call(options)
    const of = pageFunctions[source]
    const name = own ?? of?.name ?? 'preSavePage'
    try {
      const returned = await hook.call(options)
      if (of) notePageFunction(to, name, listAt(options, of.records), listAt(options, of.inputs), returned)
      else noteWholePage(to, name, options, returned)
      return returned
    } catch (error) {
      if (error instanceof StepFailure) noteThrow(to, name, of && listAt(options, of.records), options, error.failure)
      throw error
    }
  },
  async each(options) {
    if (!to.isOn()) return hook.each(options)
    const stage = nameOf(to, source)
    const answers = await hook.each(options)
    for (const [i, answer] of answers.entries()) {
      const { record } = options[i] as { readonly record?: unknown }
      if ('failure' in answer) to.note(stage, record, { input: record, errors: [answer.failure] })
      else {
        if (source === 'transformation') to.records.follow(record, answer.value)
        to.note(stage, record, { input: record, output: answer.value })
      }
    }
    return answers
  },
})

const listAt = (options: object, name: string): readonly unknown[] => (options as Readonly<Record<string, readonly unknown[]>>)[name] ?? []

/** What it gives is `{data, errors}` for each before the records are sent, and the answer or record itself after that. */
function notePageFunction(
  to: StepRecorder,
  name: string,
  records: readonly unknown[],
  inputs: readonly unknown[],
  returned: unknown,
): void {
  if (!Array.isArray(returned)) return to.notePage(name, { input: inputs, output: returned })
  for (const [i, record] of records.entries()) {
    const output: unknown = returned[i]
    to.records.follow(record, output)
    if (typeof output === 'object' && output !== null && 'data' in output) to.records.follow(record, output.data)
    to.note(name, record, { input: inputs[i], output })
  }
}

/** preSavePage may give other records than it got: where their number is the same they count as the same ones. */
function noteWholePage(to: StepRecorder, name: string, options: object, returned: unknown): void {
  const given = listAt(options, 'data')
  const { data } = (returned ?? {}) as { readonly data?: unknown }
  if (Array.isArray(data)) {
    if (data.length === given.length) for (const [i, record] of given.entries()) to.records.follow(record, data[i])
    else to.records.meet(data)
  }
  to.notePage(name, { input: given, output: returned })
}

function noteThrow(to: StepRecorder, name: string, records: readonly unknown[] | undefined, options: object, failure: Failure): void {
  if (!records) return to.notePage(name, { input: listAt(options, 'data'), errors: [failure] })
  for (const record of records) to.note(name, record, { input: record, errors: [failure] })
}
