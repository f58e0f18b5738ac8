/** Answers that are passed on as they are: their bytes are kept, and the record that comes of one names them by a key. */
import { StepFailure, type FlowRecord, type Run } from '../../../adaptor.ts'
import type { Chunks } from '../../../formats/format.ts'
import { readJson } from '../../../formats/json.ts'
import { decodeText } from '../../../outgoing/decode.ts'
import type { HttpAnswer } from '../../../outgoing/message.ts'
import { valueAt } from '../../../values/value-at.ts'
import { storeBlob, type Storage } from '../../kept-bytes.ts'
import { nameOf, wholly } from './file-answers.ts'

/** Files that one step keeps at once. */
export const blobsAtOnce = 2

export interface BlobOfAnswer {
  /** Absent where nothing can be kept. */
  readonly storage: Storage | undefined
  readonly run: Run
  /** How bytes stand in a text: of the answer, or at a path of it. */
  readonly format: BlobFormat | undefined
  readonly resourcePath: string | undefined
}

type BlobFormat = 'utf8' | 'ucs2' | 'utf-16le' | 'ascii' | 'binary' | 'base64' | 'hex'

/** Whether bytes are written with other bytes than their own. */
export const isWritten = (format: BlobFormat | undefined): format is 'base64' | 'hex' => format === 'base64' || format === 'hex'

export async function keepAnswer(
  { storage, run, format, resourcePath }: BlobOfAnswer,
  url: string,
  answer: HttpAnswer,
): Promise<{ readonly records: readonly FlowRecord[]; readonly bytes: number }> {
  const chunks = resourcePath?.trim()
    ? wholly(await bytesAt(answer, resourcePath.trim(), format ?? 'base64'))
    : chunksOf(answer.file?.read() ?? wholly(answer.body), format)
  if (!storage) throw failure('internal', 'blobs_unavailable', 'The bytes of files cannot be kept here.')
  const fileName = nameOf(url, answer)
  const isTried = run.jobId === undefined || run.testMode
  const { blobKey, fileSize } = await storeBlob(storage, { envId: run.envId, fileName, isTried, signal: run.signal }, chunks)
  const record = { blobKey, fileMeta: { fileName, fileSize } }
  return { records: [record], bytes: Buffer.byteLength(JSON.stringify(record)) }
}

const chunksOf = (chunks: Chunks, format: BlobFormat | undefined): Chunks => (isWritten(format) ? decodeParts(chunks, format) : chunks)

/** Characters that are read together. */
const together = { base64: 4, hex: 2 } as const

async function* decodeParts(chunks: Chunks, format: 'base64' | 'hex'): AsyncGenerator<Uint8Array> {
  let rest = ''
  for await (const chunk of chunks) {
    // What fills up the last characters of base64 stands at the end alone.
    if (rest.includes('=') && /\S/.test(Buffer.from(chunk).toString('latin1'))) throw unreadable(format)
    const said = rest + Buffer.from(chunk).toString('latin1').replaceAll(/\s+/g, '')
    const whole = said.includes('=') ? 0 : said.length - (said.length % together[format])
    rest = said.slice(whole)
    if (whole > 0) yield decoded(said.slice(0, whole), format)
  }
  if (rest !== '') yield decoded(rest, format)
}

async function bytesAt({ body, headers }: HttpAnswer, path: string, format: BlobFormat): Promise<Buffer> {
  const read = await readJson(decodeText(body, String(headers['content-type'] ?? '')).text)
  const found = 'value' in read ? valueAt(read.value, path) : undefined
  if (typeof found !== 'string')
    throw failure(
      'application',
      'blob_missing',
      `There is no text at ${path} (http.response.resourcePath) of what the application answered, so there is no file in it.`,
    )
  return decoded(found, format)
}

/** Line ends are no part of what is written so. */
function decoded(text: string, format: BlobFormat): Buffer {
  if (!isWritten(format)) return Buffer.from(text, format)
  const said = text.replaceAll(/\s+/g, '')
  const isRight = format === 'hex' ? /^(?:[\da-f]{2})*$/i.test(said) : /^[\w+/-]*={0,2}$/.test(said)
  if (isRight) return Buffer.from(said, format)
  throw unreadable(format)
}

const unreadable = (format: string): StepFailure =>
  failure(
    'application',
    'blob_unreadable',
    `The application answered something that is not written in ${format}, as http.response.blobFormat says.`,
  )

const failure = (source: 'internal' | 'application', code: string, message: string): StepFailure =>
  new StepFailure({ source, code, message })
