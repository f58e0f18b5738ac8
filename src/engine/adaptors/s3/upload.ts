/** Writes a file to S3: in one request where it is small, else in parts of which nothing is seen until all of them are there. */
import type { Chunks } from '../../formats/format.ts'
import { FileFailure } from '../files/failure.ts'
import type { S3Client } from './client.ts'
import { readTexts } from './read-xml.ts'

/** Of one part, and of a file that goes in one request: S3 takes no less than 5 MB, and 10,000 parts. Bytes. */
const partBytes = 8 * 1024 * 1024
/** Parts that are on their way, so 32 MB. */
const window = 4

interface To {
  readonly bucket: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
}

export async function upload(client: S3Client, to: To, content: Chunks): Promise<void> {
  const parts = partsOf(content)
  const first = await parts.next()
  const second = await parts.next()
  if (second.done) {
    await client.ask({ method: 'PUT', ...to, body: first.done ? Buffer.alloc(0) : first.value })
    return
  }
  const { headers: _headers, ...place } = to
  const begun = await client.ask({ method: 'POST', ...to, query: { uploads: '' } })
  const { UploadId: uploadId } = readTexts(begun.body.toString(), 'Part').outside
  if (!uploadId) throw new FileFailure('response_invalid', 'The server answered no id for an upload in parts.')
  try {
    const tags = await uploadParts(client, { ...place, uploadId }, rejoined([first.value as Buffer, second.value], parts))
    const list = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join('')
    const body = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`
    await client.ask({ method: 'POST', ...place, query: { uploadId }, headers: { 'content-type': 'application/xml' }, body })
  } catch (error) {
    // What is left of it would cost its owner money.
    await client.ask({ method: 'DELETE', ...place, query: { uploadId } }).catch(() => undefined)
    throw error
  }
}

interface Place {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
}

/** The tag of each part. */
async function uploadParts(client: S3Client, { uploadId, ...place }: Place, parts: AsyncIterable<Buffer>): Promise<string[]> {
  const tags: string[] = []
  const onTheWay: Promise<void>[] = []
  try {
    let number = 0
    for await (const body of parts) {
      if (onTheWay.length >= window) await onTheWay.shift()
      const at = number
      number += 1
      const sent = client
        .ask({ method: 'PUT', ...place, query: { partNumber: String(number), uploadId }, body })
        .then(({ headers: { etag } }) => void (tags[at] = String(etag ?? '')))
      // Met when it is its turn.
      sent.catch(() => undefined)
      onTheWay.push(sent)
    }
    await Promise.all(onTheWay)
    return tags
  } finally {
    await Promise.allSettled(onTheWay)
  }
}

async function* rejoined(before: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* before
  yield* rest
}

/** All of the same length but the last one. */
async function* partsOf(content: Chunks): AsyncGenerator<Buffer, undefined> {
  let pieces: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of content) {
    pieces.push(chunk)
    bytes += chunk.length
    if (bytes < partBytes) continue
    const all = Buffer.concat(pieces)
    let from = 0
    for (; all.length - from >= partBytes; from += partBytes) yield all.subarray(from, from + partBytes)
    pieces = [all.subarray(from)]
    bytes = all.length - from
  }
  if (bytes > 0) yield Buffer.concat(pieces)
  return undefined
}
