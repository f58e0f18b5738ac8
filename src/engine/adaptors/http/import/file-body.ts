/** Requests whose body is a file: the records of a batch in the format, the encoding and the packing that the import says. */
import { randomUUID } from 'node:crypto'
import { StepFailure, type SinkStep, type Submission } from '../../../adaptor.ts'
import type { HttpRequest, StreamedBody } from '../../../outgoing/message.ts'
import { createRendering, type Text } from '../../../outgoing/request-texts.ts'
import { withoutParent } from '../../../template/template-context.ts'
import { splitsRecords } from '../../../values/one-to-many-children.ts'
import { checkImportOptions, findEncoding } from '../../files/check-options.ts'
import { formatContent } from '../../files/import.ts'
import { createEncryption } from '../../files/pgp-keys.ts'
import { createRowWriting } from '../../files/row-files.ts'
import { stepContext } from '../../step-context.ts'
import { contentTypes } from '../body.ts'
import type { KeepingPorts } from '../../kept-bytes.ts'
import type { ConnectionClient } from '../connection-client.ts'
import type { HttpImport } from './static-lookups.ts'

export interface FileBody {
  /** Records in one file; those of a page where nothing is said. */
  readonly batchSize: number
  /** Throws `StepFailure`. */
  put(request: HttpRequest, batch: readonly Submission[]): Promise<HttpRequest>
  /** Of a file that the application took. */
  taken?(batch: readonly Submission[]): Promise<void>
}

const ofFormats: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  xml: 'application/xml',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}
const ofPackings: Readonly<Record<string, string>> = { gzip: 'application/gzip', zip: 'application/zip' }
/** What is sent from memory; larger files are read while they are sent. Bytes. */
const inMemory = 1024 * 1024
/** What a part of a form is called. */
const partName = 'file'

export async function createFileBody(
  { kept }: KeepingPorts,
  step: SinkStep,
  http: HttpImport,
  { connection, evaluate }: ConnectionClient,
): Promise<FileBody> {
  const { doc } = step
  const file = checkImportOptions(doc, doc.file?.fileName?.trim() || 'file')
  mustBePages(doc)
  mustHaveOneBody(http)
  const encoding = findEncoding(file)
  const { resourcePath, body } = { body: undefined, ...(file.type === 'xml' ? file.xml : file.json) }
  const texts: Text[] = [file.fileName, resourcePath ?? ''].map((template) => ({ template, escaping: 'raw', sees: 'context' }))
  if (body) texts.push({ template: body, escaping: 'xml', sees: 'body' })
  // Nothing that is secret: a file may go to another origin than the connection's.
  const { _id, name } = connection
  const shared = stepContext(step, 'import', { connection: { _id, name } })
  const tables = [...(file.lookups ?? []), ...(doc.lookups ?? [])]
  const rendering = createRendering(evaluate, { texts, shared, tables })
  const structured =
    file.type === 'filedefinition' ? createRowWriting(doc, step.run, { evaluate, shared, tables, ...(kept && { kept }) }) : undefined
  const encrypt = await createEncryption(doc, connection)
  const hidesParent = splitsRecords(doc)
  return {
    batchSize: file.batchSize ?? Number.MAX_SAFE_INTEGER,
    async put(request, batch) {
      const data = batch.map(({ mapped }) => (hidesParent ? withoutParent(mapped) : mapped))
      const input = { records: batch.map(({ record }) => record), data, batched: file.batchSize !== 1 }
      const [fileName = '', path = '', text] = (await rendering.render(input)).map((each) => each ?? '')
      const content = await formatContent({ file, encoding, structured, encrypt }, fileName, text ?? data, path)
      const type = typeOf(http, file, encoding)
      return putContent(http, request, content, { type, fileName })
    },
  }
}

const failure = (code: string, message: string): StepFailure => new StepFailure({ source: 'internal', code, message })

function mustBePages({ file = {} }: SinkStep['doc']): void {
  if (!file.skipAggregation && file.aggregation?.type !== 'page')
    throw failure(
      'file_option_unsupported',
      'Files are sent over HTTP by pages, and not one for all records of a run: set file.skipAggregation, and each page makes a file.',
    )
}

/** The file, and nothing beside it. */
export function mustHaveOneBody({ body, method = [] }: HttpImport): void {
  if (body?.some(Boolean)) throw failure('file_body_unsupported', 'An import of files has no http.body: its file is the body.')
  if (method.some((each) => each === 'GET' || each === 'DELETE'))
    throw failure('file_method_unsupported', 'A file is sent with POST, PUT or PATCH: requests with another http.method have no body.')
}

/** As the import says, or as its format and packing are called. */
function typeOf(
  { requestMediaType: said }: HttpImport,
  { type, compressionFormat, encrypt }: ReturnType<typeof checkImportOptions>,
  encoding: string,
): string {
  if (encrypt || said === 'octet-stream') return 'application/octet-stream'
  if (said && said !== 'form-data') return contentTypes[said] ?? 'application/octet-stream'
  if (compressionFormat) return ofPackings[compressionFormat] ?? 'application/octet-stream'
  const own = ofFormats[type] ?? 'application/octet-stream'
  return type === 'xlsx' ? own : `${own}; charset=${encoding}`
}

/** As the body, or as the part of a form; also where the request is made anew with another proof. */
export async function putContent(
  http: HttpImport,
  request: HttpRequest,
  content: Buffer | StreamedBody,
  { type, fileName }: { readonly type: string; readonly fileName: string },
): Promise<HttpRequest> {
  const body = Buffer.isBuffer(content) ? content : content.bytes > inMemory ? content : await wholeOf(content)
  const put = (into: HttpRequest): HttpRequest =>
    http.requestMediaType === 'form-data'
      ? asForm(into, body, type, fileName)
      : withBody(into, body, { 'content-type': type, ...into.headers })
  const made = put(request)
  const { again } = request
  return again ? { ...made, again: async () => put(await again()) } : made
}

const withBody = (request: HttpRequest, body: Buffer | StreamedBody, headers: HttpRequest['headers']): HttpRequest => {
  const { body: _body, ...rest } = request
  return Buffer.isBuffer(body) ? { ...rest, headers, body } : { ...rest, headers, content: body }
}

async function wholeOf({ read }: StreamedBody): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of read()) parts.push(part)
  return Buffer.concat(parts)
}

/** The file as a part of a form. What stands between the parts is in its content type, so nobody else says that. */
function asForm(request: HttpRequest, content: Buffer | StreamedBody, type: string, fileName: string): HttpRequest {
  const boundary = `----sluice-${randomUUID()}`
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="${partName}"; filename="${escapeName(fileName)}"\r\ncontent-type: ${type}\r\n\r\n`
  const [before, after] = [Buffer.from(head), Buffer.from(`\r\n--${boundary}--\r\n`)]
  const headers = { ...request.headers, 'content-type': `multipart/form-data; boundary=${boundary}` }
  if (Buffer.isBuffer(content)) return withBody(request, Buffer.concat([before, content, after]), headers)
  const whole: StreamedBody = {
    bytes: before.length + content.bytes + after.length,
    async *read() {
      yield before
      yield* content.read()
      yield after
    },
  }
  return withBody(request, whole, headers)
}

/** As browsers write names into forms. */
const escapeName = (name: string): string => name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
