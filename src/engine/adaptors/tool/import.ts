/** ToolImport: calls a tool once for each record. A call that fails fails its record, with the words of the step of the tool that failed. */
import {
  StepFailure,
  type Adaptors,
  type Failure,
  type FieldOf,
  type Outcome,
  type Run,
  type SinkAdaptor,
  type SinkStep,
  type Submission,
  type Told,
} from '../../adaptor.ts'
import { createLane, mapInLane, type Lane } from '../../around/lane.ts'
import type { Evaluator } from '../../evaluation/evaluator.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { withoutParent } from '../../template/template-context.ts'
import { splitsRecords } from '../../values/one-to-many-children.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import { oncePerStep } from '../once-per-step.ts'

export interface ToolPorts {
  readonly evaluator: Evaluator
  /** Absent where nothing is called: a step is only looked at. */
  readonly loadTool?: LoadTool
}

/** Throws the `StepFailure` of what can never work. `within` is the run whose step calls it. */
export type LoadTool = (
  parts: { readonly adaptors: Adaptors; readonly evaluator: Evaluator },
  within: Run,
  toolId: string,
  connections: ReadonlyMap<string, string>,
) => Promise<CallableTool>

interface CallableTool {
  call(input: unknown): Promise<{ readonly output: unknown } | { readonly failures: readonly Failure[] }>
}

interface Sink {
  readonly tool: CallableTool | undefined
  readonly lane: Lane
  /** Its records are children, and see their parent as `_PARENT`, which is not handed over. */
  readonly hidesParent: boolean
}

/** Calls of one step at once: what their steps ask of applications waits for the slots of its connections. */
const callsAtOnce = 10

export function toolImport(ports: ToolPorts, adaptors: () => Adaptors, fieldOf: FieldOf): SinkAdaptor {
  const sinkOf = oncePerStep((step: SinkStep) => prepare(ports, adaptors, step))
  return {
    adaptorType: 'ToolImport',
    fieldOf,
    batchSize: () => 1,
    lookups: () => [],
    ready: async (step) => void (await sinkOf(step)),
    write: async (step, submissions, told) => write(await sinkOf(step), submissions, told),
  }
}

async function prepare({ evaluator, loadTool }: ToolPorts, adaptors: () => Adaptors, { doc, run }: SinkStep): Promise<Sink> {
  refuseFields('imports', doc)
  const { _toolId, overrides } = doc.tool ?? {}
  if (!_toolId) throw failure('configuration_missing', 'The import does not say which tool it calls: set tool._toolId.')
  const connections = new Map((overrides?.connections ?? []).map(({ _abstractId, _id }) => [_abstractId, _id]))
  const tool = await loadTool?.({ adaptors: adaptors(), evaluator }, run, _toolId, connections)
  return { tool, lane: createLane(callsAtOnce), hidesParent: splitsRecords(doc) }
}

const failure = (code: string, message: string): StepFailure => new StepFailure({ source: 'resource', code, message })

const write = (sink: Sink, submissions: readonly Submission[], told?: Told): Promise<Outcome[]> =>
  mapInLane(sink.lane, submissions, ({ mapped }) => submit(sink, mapped), told)

async function submit({ tool, hidesParent }: Sink, mapped: unknown): Promise<Outcome> {
  const result = await tool?.call(hidesParent ? withoutParent(mapped) : mapped)
  if (result && 'failures' in result) return { kind: 'failed', failures: result.failures }
  const _json = result?.output
  const { id } = isPlainObject(_json) ? _json : { id: undefined }
  const hasId = typeof id === 'string' || typeof id === 'number'
  return { kind: 'done', response: { ...(hasId && { id }), statusCode: 200, ignored: false, errors: [], _json } }
}
