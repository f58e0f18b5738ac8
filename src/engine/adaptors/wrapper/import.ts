/** WrapperImport: a function on a stack takes the records of a page, as they came and as they were mapped, and says what became of each. */
import { StepFailure, type FieldOf, type Outcome, type SinkAdaptor, type SinkStep, type Submission, type Told } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { withoutParent } from '../../template/template-context.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import { splitsRecords } from '../../values/one-to-many-children.ts'
import { oncePerStep } from '../once-per-step.ts'
import { createFunctionCall, firstFailure, readFailures, stepFailure, type CallFunction, type WrapperPorts } from './function-call.ts'

interface Sink {
  readonly step: SinkStep
  readonly name: string
  readonly configuration: unknown
  readonly call: CallFunction
}

export function wrapperImport(ports: WrapperPorts, fieldOf: FieldOf): SinkAdaptor {
  const sinkOf = oncePerStep((step: SinkStep) => prepare(ports, step))
  return {
    adaptorType: 'WrapperImport',
    fieldOf,
    // All of a page go together.
    batchSize: () => Number.MAX_SAFE_INTEGER,
    lookups: ({ wrapper }) => wrapper?.lookups ?? [],
    ready: async (step) => void sinkOf(step),
    write: (step, submissions, told) => write(sinkOf(step), submissions, told),
  }
}

function prepare(ports: WrapperPorts, step: SinkStep): Sink {
  const { doc, run, connection } = step
  refuseFields('imports', doc)
  const { function: name, configuration } = doc.wrapper ?? {}
  if (!name?.trim()) throw stepFailure('internal', 'configuration_missing', 'The import names no function (wrapper.function).')
  return { step, name, configuration, call: createFunctionCall(ports, { run, connection, import: doc }) }
}

async function write(
  { step: { doc, run, connection }, name, configuration, call }: Sink,
  submissions: readonly Submission[],
  told?: Told,
): Promise<Outcome[]> {
  told?.starts()
  if (run.previewsImports) return submissions.map(() => notCalled)
  const hidesParent = splitsRecords(doc)
  const options = {
    preMapData: submissions.map(({ record }) => record),
    postMapData: submissions.map(({ mapped }) => (hidesParent ? withoutParent(mapped) : mapped)),
    ...(configuration !== undefined && { configuration }),
  }
  try {
    const answer = await call(name, options)
    if (!Array.isArray(answer) || answer.length !== submissions.length)
      throw stepFailure(
        'application',
        'wrapper_failed',
        `The function ${name} has to answer a list with one response for each of the ${submissions.length} records that it was given.`,
      )
    const outcomes = answer.map((each: unknown) => toOutcome(each, name))
    if (connection && answer.some(isRefusal)) run.refused?.(connection)
    return outcomes
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    const { failure } = error
    return submissions.map(() => ({ kind: 'failed', failures: [failure] }))
  }
}

const notCalled: Outcome = { kind: 'done', response: { statusCode: 200, ignored: false, errors: [] } }

const isRefusal = (response: unknown): boolean => (response as { readonly statusCode?: unknown } | null)?.statusCode === 401

/** 200 is success, also where it says what is wrong besides; anything else has an error. */
function toOutcome(response: unknown, name: string): Outcome {
  if (!isPlainObject(response))
    return { kind: 'failed', failures: [firstFailure(undefined, `The function ${name} answered a response that is no object.`)] }
  const { statusCode, errors, ignored } = response
  if (ignored === true) return { kind: 'ignored' }
  if (statusCode === 200) return { kind: 'done', response: { ...response, ignored: false, errors: readFailures(errors) } }
  const failures = readFailures(errors)
  return {
    kind: 'failed',
    failures:
      failures.length > 0 ? failures : [firstFailure(undefined, `The function ${name} answered ${String(statusCode)} for the record.`)],
  }
}
