/**
 * HTTPImport: sends records over HTTP, one a request or `batchSize` together, as many requests at once as the connection allows.
 * A request that fails fails its records and no others.
 */
import type {
  Choice,
  Failure,
  FieldOf,
  FlowRecord,
  ImportDoc,
  Outcome,
  SinkAdaptor,
  SinkStep,
  Submission,
  Told,
  Watching,
} from '../../adaptor.ts'
import { skipsRetries, StepFailure } from '../../adaptor.ts'
import type { Exchange } from '../../exchange.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { HttpAnswer, HttpRequest } from '../../outgoing/message.ts'
import { bodyBytes } from '../../outgoing/streamed-body.ts'
import { createLane, makeTogether, mapInLane, type Lane } from '../../around/lane.ts'
import { dropEmptyFields } from './body.ts'
import { stepContext } from '../step-context.ts'
import { createConnectionClient, toFailure, type ConnectionClient, type HttpPorts } from './connection-client.ts'
import { passesBlobs } from '../files/check-options.ts'
import { oncePerStep } from '../once-per-step.ts'
import { toLookupContext, withoutParent } from '../../template/template-context.ts'
import { splitsRecords } from '../../values/one-to-many-children.ts'
import { isUnreadable, readPaths } from './response-paths.ts'
import { asksTarget, createChooser, type Chooser } from './import/find-existing-record.ts'
import type { Look } from '../named-lookups.ts'
import { createLook, listAsked } from './import/dynamic-lookups.ts'
import { blobsAtOnce } from './export/blob-answers.ts'
import { createBlobBody } from './import/blob-body.ts'
import { createFileBody, type FileBody } from './import/file-body.ts'
import { buildOperations, type Operation } from './import/operation.ts'
import { toOutcomes, type Reading } from './import/outcomes.ts'
import { readXmlBody, requireParser } from './export/xml-answers.ts'
import { createAsyncHelper } from './async-helper.ts'
import { firstState } from './export/paging.ts'
import type { AsyncHelper } from './export/source.ts'
import { readResponseBody } from './response-body.ts'
import type { HttpImport } from './import/static-lookups.ts'

interface Sink {
  readonly http: HttpImport
  /** Its requests have a file for their body. */
  readonly file: FileBody | undefined
  readonly client: ConnectionClient
  /** Of its requests, whichever page they are of. */
  readonly lane: Lane
  readonly chooser: Chooser
  readonly look: Look | undefined
  readonly batchSize: number
  /** Its records are children, and see their parent as `_PARENT`. */
  readonly hidesParent: boolean
  /** Requests are made and not sent. */
  readonly previews: boolean
  readonly reading: Reading
  /** How the result is waited for, where the application hands it out later. */
  readonly helper: AsyncHelper | undefined
}

/** Records that share a request, with their places in the page. */
interface Batch {
  readonly operation: Operation
  readonly rows: readonly number[]
}

export function httpImport(ports: HttpPorts, fieldOf: FieldOf): SinkAdaptor {
  const sinkOf = oncePerStep((step: SinkStep) => prepare(ports, step))
  return {
    adaptorType: 'HTTPImport',
    fieldOf,
    batchSize,
    lookups: ({ http, file }) => [...(http?.lookups ?? []), ...(http?.type === 'file' ? (file?.lookups ?? []) : [])],
    ready: async (step) => void (await sinkOf(step)),
    looks: (doc) => doc.http !== undefined && listAsked(doc, doc.http).length > 0,
    look: async (step, records, watching) =>
      (await sinkOf(step)).look?.(records, (place) => watchAt(watching, place)) ?? records.map(() => ({ found: {} })),
    choose: async (step, records, asks, watching) => choose(await sinkOf(step), records, asks, watching),
    asksFirst: (doc) => doc.http !== undefined && asksTarget(doc, doc.http),
    write: async (step, submissions, told) => write(await sinkOf(step), submissions, told),
  }
}

const batchSize = (doc: ImportDoc): number =>
  passesBlobs(doc) ? 1 : Math.max(1, (doc.http?.type === 'file' ? doc.file?.batchSize : doc.http?.batchSize) ?? 1)

async function prepare(ports: HttpPorts, step: SinkStep): Promise<Sink> {
  const { doc, run } = step
  const { http } = doc
  refuseFields('imports', doc)
  if (!http) throw new StepFailure({ source: 'internal', code: 'configuration_missing', message: 'The import has no http configuration.' })
  const client = await createConnectionClient(ports, step, { skipRetries: skipsRetries(run), maxAttempts: doc.maxAttempts })
  const reading = createReading(doc, http, client)
  await checkReadable(doc, http, reading)
  const shared = stepContext(step, 'import', client.credentials.context)
  const file = await createBody(ports, step, http, client)
  const sink: Sink = {
    http,
    file,
    client,
    lane: createLane(passesBlobs(doc) ? Math.min(client.concurrency, blobsAtOnce) : client.concurrency),
    chooser: createChooser(doc, http, buildOperations(doc, http, client, shared), client, shared),
    look: createLook(doc, http, client, shared),
    batchSize: file ? file.batchSize : batchSize(doc),
    hidesParent: splitsRecords(doc),
    previews: run.previewsImports ?? false,
    reading,
    helper: await createAsyncHelper(ports, step, { client }, http._asyncHelperId),
  }
  await client.compiled()
  return sink
}

/** Undefined where records are sent and no files. */
async function createBody(ports: HttpPorts, step: SinkStep, http: HttpImport, client: ConnectionClient): Promise<FileBody | undefined> {
  if (passesBlobs(step.doc)) return createBlobBody(ports, step, http, client)
  return http.type === 'file' ? createFileBody(ports, step, http, client) : undefined
}

function createReading({ parsers }: ImportDoc, http: HttpImport, { connection, credentials, evaluate }: ConnectionClient): Reading {
  const usual = connection.http
  const parser = requireParser(parsers)
  const csv = { hasHeaderRow: http.response?.hasHeader ?? false, ...parser?.csv }
  return {
    mediaType: http.successMediaType ?? usual?.successMediaType,
    errorMediaType: http.errorMediaType ?? usual?.errorMediaType,
    usual: usual?.mediaType ?? 'json',
    redact: credentials.redact,
    evaluate,
    parser: { type: 'csv', ...parser, csv },
  }
}

/** Paths in an answer that has none would call every failure a success. */
async function checkReadable({ name }: SinkStep['doc'], { response = {} }: HttpImport, { mediaType, evaluate }: Reading): Promise<void> {
  const lists = [response.successPath, response.failPath, response.resourcePath, response.resourceIdPath].flatMap((list) => list ?? [])
  const paths = [...lists, response.errorPath].filter((path) => path !== undefined && path !== '')
  if (paths.length === 0) return
  if (mediaType === 'plaintext') {
    const message = `The import ${name} reads answers as ${mediaType}, in which no path can be looked up; in json, xml and csv it can. Leave the paths of its response out, or say another successMediaType.`
    throw new StepFailure({ source: 'internal', code: 'answer_paths_unsupported', message })
  }
  if (mediaType !== 'xml') return
  const said = await readPaths(evaluate, { text: '<none/>', body: undefined, isXml: true }, paths)
  if (isUnreadable(said)) throw new StepFailure(said)
}

async function write(sink: Sink, submissions: readonly Submission[], told?: Told): Promise<Outcome[]> {
  const outcomes: Outcome[] = Array.from({ length: submissions.length }, () => ({ kind: 'ignored' }))
  const { lane } = sink
  const { always } = sink.chooser
  const chosen = always
    ? submissions.map(() => always)
    : await mapInLane(createLane(lane.level), submissions, async ({ record, choice }, place) =>
        choice ? (choice as HttpChoice).chosen : chosenFor(sink, record, watchAt(told, place)),
      )
  const batches = buildBatches(chosen, sink.batchSize, (row, failed) => (outcomes[row] = failed))
  const submissionsOf = ({ rows }: Batch): Submission[] => rows.map((row) => submissions[row] as Submission)
  const requestOf = makeTogether(batches, lane.level, (batch) => buildRequest(sink, batch.operation, submissionsOf(batch)))
  await mapInLane(
    lane,
    batches,
    async (batch, index) => {
      const made = await submit(sink, batch, submissionsOf(batch), await requestOf(index), told)
      for (const [position, row] of batch.rows.entries()) outcomes[row] = made[position] as Outcome
      if (made.every(({ kind }) => kind === 'done')) await sink.file?.taken?.(submissionsOf(batch))
    },
    told,
  )
  return outcomes
}

/** Whoever is told of the requests for one record. */
const watchAt = (watching: Watching | undefined, place: number): ((exchange: Exchange) => void) | undefined =>
  watching?.exchanged && ((exchange) => watching.exchanged?.([place], exchange))

type Chosen = Operation | 'ignored' | StepFailure

interface HttpChoice extends Choice {
  readonly chosen: Chosen
}

async function choose(sink: Sink, records: readonly FlowRecord[], asks: boolean, watching?: Watching): Promise<Choice[]> {
  return mapInLane(createLane(sink.lane.level), records, async (record, place): Promise<Choice> => {
    const chosen = asks ? await chosenFor(sink, record, watchAt(watching, place)) : await sink.chooser.unasked(record)
    const isOperation = typeof chosen === 'object' && !(chosen instanceof StepFailure)
    const choice: Choice = isOperation ? { operation: chosen.type === 'CREATE' ? 'create' : 'update' } : {}
    if (!chosen || !asks) return choice
    const kept: HttpChoice = { ...choice, chosen }
    return kept
  })
}

/** A lookup that fails is the failure of the record it was made for. */
async function chosenFor({ chooser }: Sink, record: FlowRecord, exchanged?: (exchange: Exchange) => void): Promise<Chosen> {
  try {
    return await chooser.choose(record, exchanged)
  } catch (error) {
    if (error instanceof StepFailure) return error
    throw error
  }
}

function buildBatches(chosen: readonly Chosen[], size: number, fail: (row: number, outcome: Outcome) => void): Batch[] {
  const batches: Batch[] = []
  const open = new Map<Operation, number[]>()
  for (const [row, choice] of chosen.entries()) {
    if (choice === 'ignored') continue
    if (choice instanceof StepFailure) {
      fail(row, failed(choice.failure, choice.exchange))
      continue
    }
    const rows = open.get(choice)
    if (rows && rows.length < size) {
      rows.push(row)
    } else {
      const begun = [row]
      open.set(choice, begun)
      batches.push({ operation: choice, rows: begun })
    }
  }
  return batches
}

const failed = (failure: Failure, exchange: Exchange | undefined): Outcome => ({
  kind: 'failed',
  failures: [failure],
  ...(exchange && { exchange }),
})

/** A template that cannot be rendered with this record fails this record. */
async function buildRequest(
  { http, file, batchSize, hidesParent }: Sink,
  operation: Operation,
  submissions: readonly Submission[],
): Promise<HttpRequest | StepFailure> {
  const records = submissions.map(({ record }) => record)
  const sent = http.sendPostMappedData === false ? records : submissions.map(({ mapped }) => mapped)
  const data = http.ignoreEmptyNodes ? sent.map(dropEmptyFields) : sent
  const payload = hidesParent ? data.map(withoutParent) : data
  const batched = batchSize > 1
  const lookups = submissions.some(({ looked }) => looked) && submissions.map(({ looked }) => toLookupContext(looked))
  const input = {
    records,
    data,
    batched,
    ...(lookups && { lookups }),
    ...(hidesParent && { hidesParent }),
    ...(!file && { payload: batched ? payload : payload[0] }),
  }
  try {
    const request = (await operation.build(input)) as HttpRequest
    return file ? await file.put(request, submissions) : request
  } catch (error) {
    if (error instanceof StepFailure) return error
    throw error
  }
}

async function submit(
  sink: Sink,
  batch: Batch,
  submissions: readonly Submission[],
  request: HttpRequest | StepFailure,
  told: Told | undefined,
): Promise<Outcome[]> {
  const { http, client, reading } = sink
  if (request instanceof StepFailure) return submissions.map(() => failed(request.failure, undefined))
  if (http.endPointBodyLimit !== undefined && bodyBytes(request) > http.endPointBodyLimit) return divide(sink, batch, submissions, told)
  if (sink.previews) {
    told?.exchanged?.(batch.rows, { request, at: Date.now(), ms: 0 })
    return submissions.map(() => notSent)
  }
  const exchange = await client.exchange(told ? { ...request, yields: told.aheadUntil } : request)
  const { result } = exchange
  told?.exchanged?.(batch.rows, exchange)
  if (result.kind === 'unreachable') return submissions.map(() => failed(toFailure(result), exchange))
  told?.received(result.body.length)
  const hears = told?.exchanged && ((each: Exchange) => told.exchanged?.(batch.rows, each))
  const outcomes =
    sink.helper && result.statusCode >= 200 && result.statusCode <= 299
      ? await awaitOutcomes(sink, sink.helper, batch.operation, result, submissions.length, hears)
      : await toOutcomes(batch.operation, result, submissions.length, reading)
  return outcomes.map((outcome) => (outcome.kind === 'failed' ? { ...outcome, exchange } : outcome))
}

/** What becomes of records that the application works on: its result is read as the answer of any other import. */
async function awaitOutcomes(
  { reading }: Sink,
  helper: AsyncHelper,
  operation: Operation,
  submitted: HttpAnswer,
  count: number,
  exchanged: ((exchange: Exchange) => void) | undefined,
): Promise<Outcome[]> {
  try {
    const read = await readResponseBody(submitted, reading.mediaType, reading.mediaType ?? reading.usual)
    const { body } = read.isXml ? await readXmlBody(reading.evaluate, read.text) : read
    const source = helper.resultOf(await helper.settle(await helper.begin(body), exchanged))
    const exchange = await source.client.exchange((await source.request(firstState(source.paging))) as HttpRequest)
    exchanged?.(exchange)
    const { result } = exchange
    return result.kind === 'unreachable'
      ? Array.from({ length: count }, () => failed(toFailure(result), exchange))
      : await toOutcomes(operation, result, count, reading)
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    const { asked: _asked, ...told } = error.failure
    return Array.from({ length: count }, () => failed(told, error.exchange))
  }
}

const notSent: Outcome = { kind: 'done', response: { statusCode: 200, ignored: false, errors: [] } }

/** A body over the endpoint's limit goes in halves, one after the other, and when it is one record's, not at all. */
async function divide(
  sink: Sink,
  { operation, rows }: Batch,
  submissions: readonly Submission[],
  told: Told | undefined,
): Promise<Outcome[]> {
  if (submissions.length === 1) {
    const message = `The record makes a request of more than ${sink.http.endPointBodyLimit} bytes, the limit of the endpoint.`
    return [{ kind: 'failed', failures: [{ source: 'internal', code: 'body_too_large', message }] }]
  }
  const middle = Math.ceil(submissions.length / 2)
  const outcomes: Outcome[] = []
  for (const [from, to] of [[0, middle] as const, [middle, submissions.length] as const]) {
    const half = submissions.slice(from, to)
    const request = await buildRequest(sink, operation, half)
    outcomes.push(...(await submit(sink, { operation, rows: rows.slice(from, to) }, half, request, told)))
  }
  return outcomes
}
