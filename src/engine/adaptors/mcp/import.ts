/** MCPImport: calls a tool of a server once for each record. A call that fails fails its record and no other. */
import {
  skipsRetries,
  StepFailure,
  type FieldOf,
  type Outcome,
  type SinkAdaptor,
  type SinkStep,
  type Submission,
  type Told,
} from '../../adaptor.ts'
import { mapInLane } from '../../around/lane.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { withoutParent } from '../../template/template-context.ts'
import { splitsRecords } from '../../values/one-to-many-children.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import type { HttpPorts } from '../http/connection-client.ts'
import { oncePerStep } from '../once-per-step.ts'
import type { Call } from './guarded-fetch.ts'
import { createToolCaller, type Arguments, type ToolCaller } from './tool-call.ts'

interface Sink extends ToolCaller {
  /** Its records are children, and see their parent as `_PARENT`, which is not handed over. */
  readonly hidesParent: boolean
  /** Calls are prepared and not made. */
  readonly previews: boolean
}

export function mcpImport(ports: HttpPorts, fieldOf: FieldOf): SinkAdaptor {
  const sinkOf = oncePerStep((step: SinkStep) => prepare(ports, step))
  return {
    adaptorType: 'MCPImport',
    fieldOf,
    batchSize: () => 1,
    lookups: () => [],
    ready: async (step) => void (await sinkOf(step)),
    write: async (step, submissions, told) => write(await sinkOf(step), submissions, told),
  }
}

async function prepare(ports: HttpPorts, step: SinkStep): Promise<Sink> {
  const { doc, run } = step
  refuseFields('imports', doc)
  const caller = await createToolCaller(ports, step, 'import', {}, { skipRetries: skipsRetries(run), maxAttempts: doc.maxAttempts })
  return { ...caller, hidesParent: splitsRecords(doc), previews: run.previewsImports ?? false }
}

const write = (sink: Sink, submissions: readonly Submission[], told?: Told): Promise<Outcome[]> =>
  mapInLane(sink.lane, submissions, (submission, place) => submit(sink, submission, place, told), told)

async function submit(sink: Sink, { record, mapped }: Submission, place: number, told: Told | undefined): Promise<Outcome> {
  const call: Call = { yields: told?.aheadUntil }
  try {
    const payload = sink.hidesParent ? withoutParent(mapped) : mapped
    const args: Arguments = await sink.argumentsOf({ records: [record], data: [mapped] }, payload)
    if (sink.previews) return notCalled(args)
    const answer = await sink.call(args, call)
    told?.received(call.bytes ?? 0)
    const { id } = isPlainObject(answer) ? answer : { id: undefined }
    const hasId = typeof id === 'string' || typeof id === 'number'
    return { kind: 'done', response: { ...(hasId && { id }), statusCode: 200, ignored: false, errors: [], _json: answer } }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return { kind: 'failed', failures: [error.failure], ...(error.exchange && { exchange: error.exchange }) }
  } finally {
    if (call.exchange) told?.exchanged?.([place], call.exchange)
  }
}

const notCalled = (args: Arguments): Outcome => ({
  kind: 'done',
  response: { statusCode: 200, ignored: false, errors: [], _json: { arguments: args } },
})
