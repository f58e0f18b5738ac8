/** Answers that are passed on as they are: their bytes are kept, and the record that comes of one names them by a key. */
import { StepFailure, type FlowRecord, type Run } from '../../../adaptor.ts'
import { readJson } from '../../../formats/json.ts'
import { decodeText } from '../../../outgoing/decode.ts'
import type { HttpAnswer } from '../../../outgoing/message.ts'
import { valueAt } from '../../../values/value-at.ts'
import { storeBlob, type Storage } from '../../kept-bytes.ts'
import { nameOf } from './file-answers.ts'

/** Files that one step holds in memory at once, of up to 50 MB each. */
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
  const bytes = resourcePath?.trim() ? await bytesAt(answer, resourcePath.trim(), format ?? 'base64') : bytesOf(answer.body, format)
  if (!storage) throw failure('internal', 'blobs_unavailable', 'The bytes of files cannot be kept here.')
  const fileName = nameOf(url, answer)
  const isTried = run.jobId === undefined || run.testMode
  const { blobKey, fileSize } = await storeBlob(storage, { envId: run.envId, fileName, isTried, signal: run.signal }, wholly(bytes))
  const record = { blobKey, fileMeta: { fileName, fileSize } }
  return { records: [record], bytes: Buffer.byteLength(JSON.stringify(record)) }
}

const bytesOf = (body: Buffer, format: BlobFormat | undefined): Buffer =>
  isWritten(format) ? decoded(body.toString('latin1'), format) : body

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
  throw failure(
    'application',
    'blob_unreadable',
    `The application answered something that is not written in ${format}, as http.response.blobFormat says.`,
  )
}

const failure = (source: 'internal' | 'application', code: string, message: string): StepFailure =>
  new StepFailure({ source, code, message })

async function* wholly(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
