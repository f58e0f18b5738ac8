/**
 * A tool, made ready to be called: its input checked and reshaped, carried through its routers and steps, and its output made and checked. Whatever goes wrong
 * is an answer; what went wrong at a step is kept there as an error of the tool.
 */
import type { Document } from '../../contract/document.ts'
import type { World } from '../../domain/context.ts'
import { StepFailure, type ErrorSource, type Failure, type FlowRecord } from '../adaptor.ts'
import { buildHookContext } from '../hooks/hook-options.ts'
import { isPlainObject } from '../values/plain-value.ts'
import type { SchemaProblem } from '../values/json-schema.ts'
import type { PageError, PageResult } from '../plan/plan.ts'
import type { Engine } from '../plan/engine.ts'
import { makeRecorded, recordDefinitions } from '../plan/recorded-step.ts'
import { createReader, type Definitions } from '../plan/read-documents.ts'
import { collectSettings } from '../plan/step-settings.ts'
import { createTransform } from '../plan/transform-stage.ts'
import { redactFailure } from '../run/redact-failure.ts'
import { createSchemaCheck, type CheckSchema } from './check-schema.ts'
import type { GraphResult } from './carry-record.ts'
import { loadGraph, type GraphOptions, type GraphParts } from './load-graph.ts'
import { createOutput } from './map-output.ts'

type ToolDoc = Document<'tools'>

/** Tools that call each other, the first one included. One that calls itself would go on for ever. */
const mostDeep = 5
/** Of one call, whatever its steps wait for. Milliseconds. */
const callMs = 120_000

interface ToolFailure extends Failure {
  /** The step of the tool; absent where it is of none. */
  readonly stepId?: string
  /** Of what it was called with. */
  readonly field?: string
}

export type ToolResult = { readonly output: unknown } | { readonly failures: readonly ToolFailure[] }

interface ToolCall {
  readonly callId: string
  readonly signal: AbortSignal
  /** Told of what happened at the steps. */
  readonly told?: (pageResult: PageResult) => void
}

export interface LoadedTool {
  readonly doc: ToolDoc
  call(input: unknown, call: ToolCall): Promise<ToolResult>
}

type Parts = Pick<Engine, 'world' | 'adaptors' | 'evaluator'>

/** Throws the `StepFailure` of what can never work. */
export async function loadTool(parts: Parts, envId: string, toolId: string, options: GraphOptions = {}): Promise<LoadedTool> {
  const doc = (await createReader(parts.world, envId)('tools', toolId)) as ToolDoc | undefined
  if (!doc) throw failure('tool_missing', `The tool ${toolId} is not there any more.`)
  if ((options.within?.graph?.depth ?? 0) >= mostDeep)
    throw failure(
      'tool_too_deep',
      `The tool ${doc.name} is called by tools that call each other more than ${mostDeep} deep, or in a circle.`,
    )
  const owner = { collection: 'tools', doc, routers: doc.routers ?? [], endId: 'outputRouter' } as const
  const { own, definitions, carry } = await loadGraph(parts, envId, owner, (made) => createOwn(made, doc), options)
  const testing = definitions.run.testMode
  return {
    doc,
    async call(input, call) {
      const ended = AbortSignal.any([call.signal, AbortSignal.timeout(callMs)])
      try {
        const read = await own.read(input)
        if ('failures' in read) return read
        const result = await carry({ record: read.record, callId: call.callId, signal: ended })
        call.told?.(result.pageResult)
        if (!testing) await keepErrors(parts.world, envId, toolId, result.pageResult.errors)
        return result.hasSucceeded ? await own.answer(result.record) : { failures: tellFailures(definitions, result) }
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error
        return { failures: [redactFailure(error.failure, definitions.redact)] }
      }
    },
  }
}

const failure = (code: string, message: string): StepFailure => new StepFailure({ source: 'resource', code, message })

interface Own {
  read(input: unknown): Promise<{ readonly record: FlowRecord } | { readonly failures: readonly ToolFailure[] }>
  answer(record: FlowRecord): Promise<ToolResult>
}

function createOwn(parts: GraphParts, doc: ToolDoc): Own {
  const { adaptors, definitions } = parts
  const { input = {}, output = {} } = doc
  const settings = collectSettings(definitions.run, {})
  const listener = definitions.recorder?.at({ stepId: doc._id, kind: 'input' })
  const heard = listener ? recordDefinitions(definitions, listener) : definitions
  const checkInput = input.schema && createSchemaCheck(definitions, input.schema)
  const reshape = createTransform(input.transform, heard, settings, buildHookContext({ run: definitions.run, settings }))
  const { mappings, lookups, hooks } = output
  const named = { ...(mappings && { mappings }), ...(lookups && { lookups }), ...(hooks && { hooks }) } as object
  const makeOutput = makeRecorded(adaptors, definitions, { stepId: doc._id, kind: 'output' }, (own, made) =>
    createOutput({ ...parts, adaptors: own, definitions: made }, { _id: doc._id, name: doc.name, ...named }),
  )
  const checkOutput = output.schema && createSchemaCheck(definitions, output.schema)
  return {
    async read(given) {
      const problems = await findProblems(checkInput, given, 'invalid_input', 'internal')
      if (problems.length > 0) return { failures: problems }
      if (!isPlainObject(given)) return { failures: [notAnObject] }
      listener?.note('parse', given, { output: given })
      const [reshaped] = (await reshape?.([given])) ?? []
      if (!reshaped) return { record: given }
      return reshaped.ok ? { record: reshaped.value as FlowRecord } : { failures: masked(reshaped.failures, definitions) }
    },
    async answer(record) {
      const made = await makeOutput(record)
      if ('failures' in made) return { failures: masked(made.failures, definitions) }
      const problems = await findProblems(checkOutput, made.output, 'invalid_output', 'mapping')
      return problems.length > 0 ? { failures: problems } : made
    },
  }
}

const masked = (failures: readonly Failure[], { redact }: Definitions): Failure[] => failures.map((each) => redactFailure(each, redact))

const notAnObject: ToolFailure = { source: 'internal', code: 'invalid_input', message: 'A tool is called with a JSON object.' }

async function findProblems(
  check: CheckSchema | undefined,
  value: unknown,
  code: 'invalid_input' | 'invalid_output',
  source: ErrorSource,
): Promise<ToolFailure[]> {
  const problems: readonly SchemaProblem[] = (await check?.(value)) ?? []
  const what = code === 'invalid_input' ? 'The input' : 'The output'
  return problems.map(({ field, message }) => ({
    source,
    code,
    message: `${what} does not fit the schema of the tool: ${message.replace(/^The body/, 'it')}`,
    ...(field !== '' && { field }),
  }))
}

/** Each with the name of the step: whoever calls the tool does not know its ids. */
const tellFailures = (definitions: Definitions, { failures }: GraphResult): ToolFailure[] =>
  failures.map(({ stepId, source, code, message }) => {
    const step = nameOf(definitions, stepId)
    return { source: source as ErrorSource, code, message: step ? `${step}: ${message}` : message, stepId }
  })

function nameOf({ getExport, getImport }: Definitions, stepId: string): string | undefined {
  for (const [kind, find] of [
    ['Export', getExport],
    ['Import', getImport],
  ] as const)
    try {
      return `${kind} "${find(stepId).name}"`
    } catch {
      // It is the other one, or the tool itself.
    }
  return undefined
}

async function keepErrors(world: World, envId: string, toolId: string, errors: readonly PageError[]): Promise<void> {
  if (errors.length > 0) await world.store.flowErrors.add(envId, toolId, errors)
}
