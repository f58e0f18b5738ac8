/** Answers that are files: read into records by their format, as files that lie somewhere are. */
import { StepFailure, type FlowRecord } from '../../../adaptor.ts'
import { UnreadableContent, type Chunks } from '../../../formats/format.ts'
import type { HttpAnswer } from '../../../outgoing/message.ts'
import type { FileReading } from '../../files/reading.ts'

/** Of a file that is unpacked: its records are held together, as those of any answer. Bytes. */
const maxUnpacked = 50 * 1024 * 1024

export interface FileOfAnswer extends FileReading {
  /** With the keys of the connection, where the export says so. */
  readonly decrypt: (chunks: Chunks) => Chunks
}

/** The records of a file that answers a lookup, and how large they are together. */
export async function readFileAnswer(
  { read, decrypt }: FileOfAnswer,
  url: string,
  answer: HttpAnswer,
): Promise<{ readonly records: readonly FlowRecord[]; readonly bytes: number }> {
  const name = nameOf(url, answer)
  const { body } = answer
  const records: FlowRecord[] = []
  let bytes = 0
  try {
    for await (const batch of read(name, decrypt(wholly(body)), bounded)) {
      for (const record of batch.records) records.push(record)
      for (const size of batch.sizes) bytes += size
    }
    return { records, bytes }
  } catch (error) {
    throw explainContent(name, error)
  }
}

/** What is thrown for content that cannot be read; any other error stays what it is. */
export const explainContent = (name: string, error: unknown): unknown =>
  error instanceof UnreadableContent
    ? new StepFailure({ source: 'application', code: error.code, message: `The file ${name || 'that was answered'}: ${error.message}` })
    : error

/** As the application calls it, or as its address does. */
export function nameOf(url: string, { headers }: HttpAnswer): string {
  const said = /filename="?([^";]+)/i.exec(String(headers['content-disposition'] ?? ''))?.[1]
  return (said ?? URL.parse(url)?.pathname ?? '').split('/').at(-1)?.trim().slice(0, 255) ?? ''
}

export async function* wholly(body: Buffer): AsyncGenerator<Uint8Array> {
  yield body
}

async function* bounded(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    if ((bytes += chunk.length) > maxUnpacked)
      throw new UnreadableContent('content_too_large', `has more than ${maxUnpacked / 1024 / 1024} MB once it is unpacked.`)
    yield chunk
  }
}
