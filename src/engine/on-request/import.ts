/** An import by itself: records are filtered, mapped and sent as in a flow, a page at a time, and each is answered. */
import type { Context } from '../../domain/context.ts'
import type { ImportCall, ImportResult } from '../../domain/ports/applications.ts'
import { StepFailure, type Failure, type FlowRecord, type ImportDoc } from '../adaptor.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import { createImporter, type Importer } from '../plan/import-step.ts'
import { toHookResponse, type Submitted } from '../plan/submit-records.ts'
import type { Definitions } from '../plan/read-documents.ts'
import { redactFailure } from '../run/redact-failure.ts'
import { runStandalone, type Parts } from './single-step.ts'
import type { Adaptors } from '../adaptor.ts'

/** Records of one page, as in a flow; more where the import sends more in one request. */
const pageSize = 20
/** Pages begun later than this are not sent any more. Milliseconds. */
const startMs = 30_000
/** Of all that the application answered; what is beyond is left out of the answer. Bytes. */
const maxAnswered = 5 * 1024 * 1024

/** Whatever is wrong with a connection that is offline is wrong with every record, and told as integrator.io tells it. */
const offline = 'connection_offline'

export async function importOnRequest(parts: Parts, ctx: Context, call: ImportCall): Promise<ImportResult[]> {
  const doc = asAsked(call)
  return runStandalone(parts, ctx, { imports: doc }, call, async (definitions, ready) => {
    const importer = importerOrOffline(parts.adaptors, definitions, doc)
    await ready()
    const { redact } = definitions
    if ('code' in importer) return call.data.map(() => ({ statusCode: 401, errors: [importer] }))
    return submitted(importer, call.data as FlowRecord[], Math.max(pageSize, importer.batchSize), redact)
  })
}

export async function mapOnRequest(parts: Parts, ctx: Context, call: ImportCall): Promise<unknown[]> {
  const doc = asAsked(call)
  return runStandalone(parts, ctx, { imports: doc }, call, async (definitions, ready) => {
    const { map } = createImporter(parts.adaptors, definitions, doc)
    await ready()
    const mapped = await map(call.data as FlowRecord[])
    return mapped.map((each) =>
      each.ok ? each.value : { errors: each.failures.map((failure) => redactFailure(failure, definitions.redact)) },
    )
  })
}

const asAsked = ({ doc, settings }: ImportCall): ImportDoc =>
  ({ ...doc, ...(settings !== undefined && { settings }) }) as unknown as ImportDoc

function importerOrOffline(adaptors: Adaptors, definitions: Definitions, doc: ImportDoc): Importer | Failure {
  try {
    return createImporter(adaptors, definitions, doc)
  } catch (error) {
    if (error instanceof StepFailure && error.failure.code === offline) return error.failure
    throw error
  }
}

async function submitted(importer: Importer, records: readonly FlowRecord[], size: number, redact: Redact): Promise<ImportResult[]> {
  const answers: ImportResult[] = []
  const until = performance.now() + startMs
  let bytes = 0
  for (let from = 0; from < records.length; from += size) {
    const page = records.slice(from, from + size)
    const outcomes = performance.now() < until ? await pageOf(importer, page) : page.map(() => failed(late))
    for (const outcome of outcomes) {
      const answer = answerOf(outcome, redact)
      bytes += Buffer.byteLength(JSON.stringify(answer))
      answers.push(bytes <= maxAnswered ? answer : withoutJson(answer))
    }
  }
  return answers
}

/** The step as a whole cannot go on: that is how it went for every record of the page. */
const pageOf = (importer: Importer, page: readonly FlowRecord[]): Promise<readonly Submitted[]> =>
  importer.submit(page).catch((error: unknown) => {
    if (error instanceof StepFailure) return page.map(() => failed(error.failure))
    throw error
  })

const failed = (failure: Failure): Submitted => ({ outcome: { kind: 'failed', failures: [failure] }, warnings: [] })

const late: Failure = {
  source: 'internal',
  code: 'timeout',
  message: `Not sent: the records before it took longer than ${startMs / 1000} s.`,
}

/** Headers of the application stay here: a caller has no use for its cookies. */
function answerOf({ outcome: made, warnings }: Submitted, redact: Redact): ImportResult {
  const without = (failures: readonly Failure[]): Failure[] => failures.map((failure) => redactFailure(failure, redact))
  const outcome = made.kind === 'failed' ? { ...made, failures: without(made.failures) } : made
  const { headers: _headers, errors = [], statusCode, ...answer } = toHookResponse(outcome)
  const said = Array.isArray(errors) ? (errors as unknown[]) : []
  return { statusCode: outcome.kind === 'done' ? 200 : Number(statusCode), ...answer, errors: [...said, ...without(warnings)] }
}

const withoutJson = ({ _json, ...answer }: ImportResult): ImportResult => answer
