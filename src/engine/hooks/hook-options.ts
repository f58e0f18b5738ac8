/** What hooks of a step get beside their data, and how what they return is read. */
import type { ConnectionDoc, ErrorSource, ExportDoc, Failure, FlowRecord, ImportDoc, Run, SettingsByResource } from '../adaptor.ts'
import { StepFailure } from '../adaptor.ts'

interface Around {
  readonly run: Run
  readonly settings: SettingsByResource
  readonly export?: ExportDoc
  readonly import?: ImportDoc
  readonly connection?: ConnectionDoc | undefined
}

/** What every function is told of where it is called. */
export const buildHookContext = ({ run, settings, export: source, import: sink, connection }: Around): object => ({
  ...(source && { _exportId: source._id }),
  ...(sink && { _importId: sink._id }),
  ...(connection && { _connectionId: connection._id }),
  ...(run.flow && { _flowId: run.flow._id }),
  ...(run.graph && { [run.graph.collection === 'apis' ? '_apiId' : '_toolId']: run.graph._id }),
  ...(run.integration && { _integrationId: run.integration._id }),
  ...(run.integration?._parentId && { _parentIntegrationId: run.integration._parentId }),
  settings,
  testMode: run.testMode,
  ...(run.flow && { job: { _id: run.jobId, type: 'flow', _flowId: run.flow._id } }),
})

/** One answer for each of what was given: hooks over a page return as many as they got. */
export function toResultList(value: unknown, count: number, source: ErrorSource): readonly unknown[] {
  if (Array.isArray(value) && value.length === count) return value
  throw new StepFailure({ source, code: 'script_error', message: 'The number of elements in the return value must match the input' })
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

export const isHookRecord = (value: unknown): value is FlowRecord => isObject(value)

/** `errors` of what a hook returned: each has a message, and its own code and source where it says so. */
export function parseFailures(errors: unknown, source: ErrorSource): readonly Failure[] {
  if (!Array.isArray(errors)) return []
  return errors.map((error: unknown): Failure => {
    const { code, message, source: own } = isObject(error) ? error : { code: undefined, message: error, source: undefined }
    return {
      source: isSource(own) ? own : source,
      code: typeof code === 'string' || typeof code === 'number' ? String(code) : 'script_error',
      message: typeof message === 'string' ? message : (JSON.stringify(message) ?? 'The hook gave no message.'),
    }
  })
}

const sources: Readonly<Record<ErrorSource, true>> = {
  application: true,
  internal: true,
  connection: true,
  resource: true,
  lookup: true,
  transformation: true,
  output_filter: true,
  input_filter: true,
  import_filter: true,
  mapping: true,
  response_mapping: true,
  pre_save_page_hook: true,
  pre_map_hook: true,
  post_map_hook: true,
  post_submit_hook: true,
  post_aggregate_hook: true,
}
const isSource = (value: unknown): value is ErrorSource => typeof value === 'string' && Object.hasOwn(sources, value)

/** What preMap and postMap say of one record: how it goes on, what is wrong with it, or, with neither, that it is to be left out. */
export interface HookResult {
  readonly kind: 'goes-on' | 'failed' | 'ignored'
  readonly data: unknown
  readonly failures: readonly Failure[]
}

export function parseHookResult(answer: unknown, source: ErrorSource): HookResult {
  const { data, errors } = isObject(answer) ? answer : { data: undefined, errors: undefined }
  const failures = parseFailures(errors, source)
  if (data !== undefined && data !== null) return { kind: 'goes-on', data, failures }
  return { kind: failures.length > 0 ? 'failed' : 'ignored', data, failures }
}
