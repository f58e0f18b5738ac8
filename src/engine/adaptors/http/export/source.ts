/** One request of an export and its answer as records. What is the same for all requests of a run is made once. */
import {
  skipsRetries,
  StepFailure,
  type ExportDoc,
  type Failure,
  type FlowRecord,
  type RequestSummary,
  type SourceStep,
} from '../../../adaptor.ts'
import type { Evaluate } from '../../../evaluation/evaluator.ts'
import type { Exchange } from '../../../exchange.ts'
import { fetchesBlob, isHttpFile } from '../../../fields/field.ts'
import { refuseFields } from '../../../fields/refuse-fields.ts'
import type { Chunks } from '../../../formats/format.ts'
import { readGrouping, type Grouping } from '../../../formats/group-records.ts'
import { largestBody, largestHttpFile } from '../../../outgoing/client.ts'
import type { Context } from '../../../outgoing/request-texts.ts'
import { closeFile, type HttpAnswer, type HttpRequest } from '../../../outgoing/message.ts'
import { explainUnreadable, isExplained, readResponseBody, type ResponseBody } from '../response-body.ts'
import { createLane, type Lane } from '../../../around/lane.ts'
import { stepContext } from '../../step-context.ts'
import { describeRequest, createConnectionClient, toFailure, type ConnectionClient, type HttpPorts } from '../connection-client.ts'
import { joined } from '../joined.ts'
import { isOwnOrigin } from '../own-origin.ts'
import { requestBuilder, type RequestBuilder, type RequestInput } from '../request.ts'
import { readInBody, isUnreadable, readPaths } from '../response-paths.ts'
import { describeRefusal, findMessage, findRefusal, readMessageAt } from '../response-check.ts'
import { createDecryption } from '../../files/pgp-keys.ts'
import { Storage } from '../../kept-bytes.ts'
import { createFileReading } from '../../files/reading.ts'
import { exportDates } from '../../export-dates.ts'
import { isLastPage, pagingVariables, type Paging, type PagingState } from './paging.ts'
import { previousPageNeeds } from './previous-page.ts'
import { blobsAtOnce, keepAnswer, type BlobOfAnswer } from './blob-answers.ts'
import { nameOf, readFileAnswer, wholly, type FileOfAnswer } from './file-answers.ts'
import { extractRecords, extractXmlRecords } from './records.ts'
import { readXmlBody, requireParser, toDottedPath, toXmlPath, withDottedPaths, withParserPath, type XmlBody } from './xml-answers.ts'
import { measureRows, readCsvRows } from '../csv-answers.ts'
import type { PlainObject } from '../../../values/plain-value.ts'
import type { ContentParser } from '../../../values/content-parsers.ts'
import type { Reply } from './reply.ts'

type HttpExport = NonNullable<SourceStep['doc']['http']>

export interface Source {
  readonly http: HttpExport
  readonly paging: Paging | undefined
  readonly client: ConnectionClient
  /** Of the lookups that it makes, whichever page they are for. */
  readonly lane: Lane
  readonly context: Context
  /** Records that travel together as one. */
  readonly grouping: Grouping | undefined
  /** How answers that are files are read. */
  readonly file: FileOfAnswer | undefined
  /** How answers are kept that are passed on as they are. */
  readonly blob: BlobOfAnswer | undefined
  /** How answers in XML or CSV are taken apart. */
  readonly parser: ContentParser | undefined
  /** How to go on after the first request, where the application works on it and hands out the result later. */
  readonly helper?: AsyncHelper
  /** Tells the application that records were exported, where the export says how. */
  readonly mark?: (records: readonly FlowRecord[]) => Promise<void>
  /** What the cursor keeps of an answer, for the templates of the next request. */
  readonly needs: readonly string[] | 'all'
  /** The request of a state; undefined when its template says that there is none. `record` is the one that asks, of a lookup. */
  request(state: PagingState, record?: FlowRecord): Promise<HttpRequest | undefined>
}

/** A request that an application works on: since when, and what it has said of it so far. Kept with the run. */
export interface Work {
  readonly at: number
  readonly said: PlainObject
  readonly isDone?: boolean
}

/** How to work with an application that hands out its result later. Throws `StepFailure`. */
export interface AsyncHelper {
  /** What the answer to the request says of the work. */
  begin(body: unknown): Promise<Work>
  /** Asks until it is done. */
  settle(work: Work, exchanged?: (exchange: Exchange) => void): Promise<Work>
  /** Where the result of work that is done comes from. */
  resultOf(work: Work): Source
}

/** Nothing goes on without its page, so an application that is down for a minute is waited for: so long are the waits between these tries at the least. */
const triesOfGenerator = 9

/** What an export over HTTP can be, besides one that fetches everything each time. */
const kinds: ReadonlySet<string> = new Set(['test', 'delta', 'once', 'blob'])

export async function createSource(ports: HttpPorts, step: SourceStep): Promise<Source> {
  const { doc, run } = step
  refuseFields('exports', doc)
  const http = doc.http && withDottedPaths(withParserPath(doc.http, doc.parsers))
  if (!http) throw sourceFailure('internal', 'configuration_missing', 'The export has no http configuration.')
  if (doc.type && !kinds.has(doc.type))
    throw sourceFailure(
      'internal',
      'export_type_unsupported',
      `An HTTP export cannot be of the type ${doc.type}: it can be test, delta, once or blob.`,
    )
  const isBlob = fetchesBlob({ ...doc })
  const file = !isBlob && isHttpFile({ ...doc }) ? createFileReading({ ...asFile(doc), type: 'test' }, run) : undefined
  const parser = requireParser(doc.parsers)
  const generator = run.flow?.pageGenerators?.find(({ _exportId }) => _exportId === doc._id)
  const skips = run.testMode || (generator?.skipRetries ?? skipsRetries(run))
  const client = await createConnectionClient(ports, step, { skipRetries: skips, ...(generator && { mostWhenDown: triesOfGenerator }) })
  const context = {
    ...stepContext(step, 'export', client.credentials.context),
    ...exportDates(doc, run),
    exportStartTime: run.currentExportDateTime,
  }
  const templates = [http.relativeURI, http.body, http.paging?.relativeURI, http.paging?.body]
  const request = createRequests(http, client, context, createRequestMapper(doc, client.evaluate, context))
  return {
    http,
    paging: http.paging,
    client,
    lane: createLane(isBlob ? Math.min(client.concurrency, blobsAtOnce) : client.concurrency),
    context,
    grouping: file ? file.grouping : readGrouping(doc.groupByFields?.length ? doc.groupByFields : parser?.csv?.keyColumns),
    file: file && { ...file, decrypt: await createDecryption(doc, client.connection) },
    blob: isBlob
      ? {
          storage: ports.kept && new Storage(ports.kept),
          run,
          format: http.response?.blobFormat,
          resourcePath: http.response?.resourcePath,
        }
      : undefined,
    parser,
    needs: previousPageNeeds(templates),
    request: http.sendAuthForFileDownloads && (isBlob || file) ? withProof(request, client) : request,
  }
}

/** Downloads are made with the credentials of the connection, or not at all. */
function withProof(request: Source['request'], { credentials }: ConnectionClient): Source['request'] {
  const proven = (made: HttpRequest): HttpRequest => {
    if (!isOwnOrigin(credentials.origin, made.url)) throw downloadElsewhere(credentials.origin)
    const { again } = made
    return { ...made, needsProof: true, ...(again && { again: async () => proven(await again()) }) }
  }
  return async (state, record) => {
    const made = await request(state, record)
    return made && proven(made)
  }
}

const downloadElsewhere = (origin: string): StepFailure =>
  sourceFailure(
    'connection',
    'address_refused',
    `The step downloads from another origin than its connection, with the credentials of the connection (sendAuthForFileDownloads). They are sent to ${origin} only: turn that off, or use a connection to where the file lies.`,
  )

/** A stream of CSV says no more of its format. */
const asFile = (doc: ExportDoc): ExportDoc => (doc.http?.type === 'csvstream' ? { ...doc, file: { ...doc.file, type: 'csv' } } : doc)

function createRequests(http: HttpExport, client: ConnectionClient, shared: Context, map: MapRequest | undefined): Source['request'] {
  const { paging } = http
  const { connection, credentials } = client
  const builder = (relativeURI: string, body: string | undefined, isOnward = false): RequestBuilder => {
    const mediaType = http.requestMediaType ?? connection.http?.mediaType ?? 'json'
    const templates = {
      method: http.method ?? 'GET',
      relativeURI,
      headers: http.headers ?? [],
      body: body || undefined,
      mediaType,
      shared,
      isOnward,
    }
    return requestBuilder(templates, client)
  }
  const first = builder(http.relativeURI ?? '', http.body)
  const isOnward = paging?.method === 'relativeuri'
  const uri = isOnward ? (paging.relativeURI ?? '') : paging?.relativeURI || http.relativeURI || ''
  const later = paging?.method ? builder(uri, paging.body || http.body, isOnward) : first
  const build = (state: PagingState, input: RequestInput): Promise<HttpRequest | undefined> => {
    if (state.request === 0) return first(input)
    const followsURL = paging?.method === 'url' || paging?.method === 'linkheader'
    return later({ ...input, ...(followsURL && { url: joined(credentials.baseURI, String(state.at)) }) })
  }
  return (state, record) => {
    const own = withPaging(shared, http, state)
    const input = { ...(record !== undefined && { record }), ...(own && { own }) }
    return map ? map(record ?? {}).then((mapped) => build(state, { ...input, mapped, payload: mapped })) : build(state, input)
  }
}

type MapRequest = (record: FlowRecord) => Promise<FlowRecord>

/** What the record that asks is mapped to is what the body is made of, by its template or without one. Outside of lookups there is no record. */
function createRequestMapper({ mappings }: ExportDoc, evaluate: Evaluate, { settings }: Context): MapRequest | undefined {
  if (!mappings?.length) return undefined
  const evaluation = evaluate({ kind: 'mapping', source: 'mapping', mappings, lookups: [], surroundings: { settings } })
  return async (record) => {
    const mapped = await evaluation.one(record)
    if ('stopped' in mapped) throw new StepFailure(mapped.stopped)
    if (!mapped.value.ok) throw new StepFailure(mapped.value.failures[0] as Failure)
    return mapped.value.value as FlowRecord
  }
}

/** What templates see of where the export is. */
function withPaging(shared: Context, http: HttpExport, state: PagingState): Context | undefined {
  if (!http.paging?.method) return undefined
  const paging = { ...http.paging, ...pagingVariables(http.paging, state) }
  const { previous } = state
  return {
    export: { ...(shared.export as object), http: { ...http, paging } },
    ...(previous !== undefined && { previous_page: previous }),
  }
}

/** The answer to a request; undefined when its status says that the last page was the one before. Throws when there is none to go on with. */
export async function fetchReply(
  source: Source,
  state: PagingState,
  request: HttpRequest,
  exchanged?: (exchange: Exchange) => void,
): Promise<Reply | undefined> {
  const exchange = await source.client.exchange(fileRequest(source, request))
  try {
    exchanged?.(exchange)
    return await readReply(source, state, request, exchange)
  } finally {
    await closeFile(exchange.result)
  }
}

interface FetchedFile {
  readonly name: string
  /** Another one where its content is another, as far as the application says. */
  readonly version: string | undefined
  readonly chunks: Chunks
  readonly close: () => Promise<void>
}

/** The file that an export reads page by page. */
export async function fetchFile(
  source: Source,
  state: PagingState,
  request: HttpRequest,
  exchanged?: (exchange: Exchange) => void,
): Promise<FetchedFile> {
  const exchange = await source.client.exchange({ ...request, maxFile: largestHttpFile })
  const { result } = exchange
  exchanged?.(exchange)
  if (result.kind === 'answer' && isSuccess(result))
    return {
      name: nameOf(request.url, result),
      version: versionOf(result),
      chunks: result.file?.read() ?? wholly(result.body),
      close: () => closeFile(result),
    }
  await readReply(source, state, request, exchange)
  throw new Error('what is no success was read as one')
}

const versionOf = ({ headers }: HttpAnswer): string | undefined => {
  const { etag, 'last-modified': lastModified } = headers
  const said = etag ?? lastModified
  return said === undefined ? undefined : String(said)
}

const isSuccess = ({ statusCode }: HttpAnswer): boolean => statusCode >= 200 && statusCode <= 299

/** Of an answer that is a file. What stands at a path of one is read with the whole of it, in memory, and what is answered to a lookup has a small bound of its own. */
function fileRequest({ blob, file }: Source, request: HttpRequest): HttpRequest {
  if (file || blob?.resourcePath?.trim()) return { ...request, maxBody: largestBody }
  return blob ? { ...request, maxFile: largestHttpFile } : request
}

type HttpExchange = Awaited<ReturnType<ConnectionClient['exchange']>>

async function readReply(source: Source, state: PagingState, request: HttpRequest, exchange: HttpExchange): Promise<Reply | undefined> {
  const { http, paging, client } = source
  const { result } = exchange
  const asked = (): RequestSummary => describeRequest(request, client.credentials, result)
  if (result.kind === 'unreachable') throw new StepFailure(toFailure(result, asked()), exchange)
  if (isLastStatus(paging, state, result.statusCode)) return undefined
  const usual = client.connection.http
  const isError = !isSuccess(result)
  if (source.file && !isError) {
    return { ...describeReply(request, client, result), body: undefined, ...(await readFileAnswer(source.file, request.url, result)) }
  }
  if (source.blob && !isError)
    return { ...describeReply(request, client, result), body: undefined, ...(await keepAnswer(source.blob, request.url, result)) }
  const success = http.successMediaType ?? usual?.successMediaType
  const asWritten = await readResponseBody(
    result,
    isError ? (http.errorMediaType ?? usual?.errorMediaType) : success,
    success ?? usual?.mediaType,
  )
  const read = isError ? asWritten : await readContent(source, asWritten)
  const problem = await problemIn(source, result, read)
  if (problem) {
    // Some applications tell the end by an error; then its path and words are configured as those of the last page.
    if (paging && isLastPage(paging, read.body)) return undefined
    throw new StepFailure({ ...problem, asked: asked() }, exchange)
  }
  const path = (state.request > 0 && paging?.resourcePath) || http.response?.resourcePath
  const records = asWritten.isXml
    ? extractXmlRecords(read.body, path)
    : extractRecords(read.body, asWritten.isCsv ? undefined : path, http.response)
  return {
    ...describeReply(request, client, result),
    body: read.body,
    records,
    bytes: asWritten.isCsv ? measureRows(records, result.body.length) : result.body.length,
  }
}

const describeReply = ({ url }: HttpRequest, { credentials }: ConnectionClient, { statusCode, headers }: HttpAnswer) => ({
  url,
  storable: credentials.plainURL,
  statusCode,
  headers,
})

/** As the parser of the export says, or as it is done without one. */
async function readContent({ client, http, parser }: Source, read: ResponseBody): Promise<XmlBody> {
  const { resourcePath } = http.response ?? {}
  if (read.isXml)
    return readXmlBody(client.evaluate, read.text, { ...(parser?.xml && { rules: parser.xml, resourcePath: toXmlPath(resourcePath) }) })
  if (!read.isCsv) return read
  const { rows, fault } = { rows: undefined, ...(await readCsvRows(read.text, parser?.csv ?? {})) }
  return fault === undefined ? { text: read.text, body: rows } : { ...read, fault }
}

/** 404 after the first page by default otherwise; a first request that finds nothing is an error, not an end. */
function isLastStatus(paging: Paging | undefined, state: PagingState, statusCode: number): boolean {
  if (!paging?.method) return false
  return paging.lastPageStatusCode === undefined ? state.request > 0 && statusCode === 404 : statusCode === paging.lastPageStatusCode
}

async function problemIn(
  { http, client }: Source,
  answer: HttpAnswer,
  read: ResponseBody & Pick<XmlBody, 'fault'>,
): Promise<Failure | undefined> {
  const { statusCode } = answer
  const { redact } = client.credentials
  const failure = (code: string, message: string): Failure => ({ source: 'application', code, message })
  if (statusCode < 200 || statusCode > 299) {
    const { errorPath } = http.response ?? {}
    const said = read.isXml ? await readPaths(client.evaluate, read, [errorPath]) : undefined
    const told = said && !isUnreadable(said) ? readMessageAt(said.at, errorPath, redact) : undefined
    const path = read.isXml ? undefined : errorPath
    return failure(String(statusCode), describeRefusal(answer, told ?? findMessage(read.body, read.text, path, redact)))
  }
  if (isExplained(read.unreadable)) return failure(read.unreadable, explainUnreadable(read.unreadable, answer, read.text, redact))
  if (read.unreadable) return failure(read.unreadable, read.fault ?? 'The application answered something that cannot be read.')
  const refused = findRefusal(readInBody(read.body), http.response ?? {}, redact)
  return refused === undefined
    ? undefined
    : failure(
        String(statusCode),
        (http.response?.errorPath && findMessage(read.body, '', toDottedPath(http.response.errorPath), redact)) || refused,
      )
}

export const sourceFailure = (source: Failure['source'], code: string, message: string): StepFailure =>
  new StepFailure({ source, code, message })
