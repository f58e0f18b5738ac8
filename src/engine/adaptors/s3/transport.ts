/** Files of a bucket of S3. A folder is a bucket here, and the name of a file its whole key. */
import type { Chunks } from '../../formats/format.ts'
import { FileFailure, mustFit } from '../files/failure.ts'
import { compareNames, NextFiles, type Beginning, type Listed } from '../files/listing/next-files.ts'
import { stampedName, type FileTransport, type Found, type OpenFile, type Wanted, type WayToName } from '../files/transport.ts'
import { encodeKey, mustBeKey } from './address.ts'
import type { S3Client } from './client.ts'
import { readTexts } from './read-xml.ts'
import { upload } from './upload.ts'

/** Of a file that are asked for at once; the next ones are asked for meanwhile. Bytes. */
const rangeBytes = 8 * 1024 * 1024

interface State {
  readonly size: number
  readonly version: string
}

export const s3Transport = (client: S3Client): FileTransport => ({
  filesAppearWhole: true,
  list: (bucket, wanted) => listFiles(client, bucket, wanted),
  async open(bucket, key): Promise<OpenFile> {
    const state = await readState(client, bucket, key)
    mustFit(state.size)
    return { ...state, chunks: readRanges(client, bucket, key, state), close: async () => undefined }
  },
  async putAway(bucket, key, version, backup, now) {
    const state = await findState(client, bucket, key)
    if (state?.version !== version) return
    if (backup !== undefined) {
      const to = (await findState(client, backup, key)) ? stampedKey(key, now) : key
      const headers = { 'x-amz-copy-source': `/${bucket}/${encodeKey(key)}`, 'x-amz-copy-source-if-match': version }
      await client.ask({ method: 'PUT', bucket: backup, key: to, headers })
    }
    await client.ask({ method: 'DELETE', bucket, key })
  },
  write: (bucket, key, content, { encryption }: WayToName) => {
    const headers: Record<string, string> = encryption ? { 'x-amz-server-side-encryption': encryption } : {}
    return upload(client, { bucket, key, headers }, content())
  },
  mustBeName: mustBeKey,
  look: async (bucket) => void (await client.ask({ method: 'GET', bucket, query: { 'list-type': '2', 'max-keys': '1' } })),
  explain: () => undefined,
})

/** What stands before the last slash stays. */
const stampedKey = (key: string, now: Date): string => {
  const from = key.lastIndexOf('/') + 1
  return `${key.slice(0, from)}${stampedName(key.slice(from), now)}`
}

/** Buckets of one zone list their keys in no order, and cannot be asked to begin after one. */
const isInOrder = (bucket: string): boolean => !bucket.endsWith('--x-s3')

/** After which key all are that are wanted: of one to begin with, what it would be without its end. */
const beforeAll = (beginning: Beginning): string => ('at' in beginning ? beginning.at.name.slice(0, -1) : beginning.after.name)

async function listFiles(client: S3Client, bucket: string, { fits, startsWith, ...look }: Wanted): Promise<Listed<Found>> {
  const next = new NextFiles<Found>(look)
  const { order, beginning } = look
  let keysAscend = order === 'name' && isInOrder(bucket)
  const startAfter = keysAscend && beginning ? beforeAll(beginning) : ''
  let before = ''
  let token: string | undefined
  do {
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      ...(startsWith !== '' && { prefix: startsWith }),
      ...(startAfter !== '' && { 'start-after': startAfter }),
      ...(token !== undefined && { 'continuation-token': token }),
    }
    const { body } = await client.ask({ method: 'GET', bucket, query })
    const { outside, each } = readTexts(body.toString(), 'Contents')
    next.count(each.length)
    for (const { Key = '', Size, LastModified = '' } of each) {
      const name = decodeURIComponent(Key.replaceAll('+', ' '))
      // What ends in a slash only shows a folder.
      const isShown = !name.endsWith('/') && !name.slice(name.lastIndexOf('/') + 1).startsWith('.')
      if (isShown && fits(name)) next.add({ name, size: Number(Size), lastModified: new Date(LastModified).toISOString() })
      keysAscend &&= compareNames(before, name) < 0
      before = name
    }
    const { IsTruncated, NextContinuationToken } = outside
    const more = IsTruncated === 'true' ? NextContinuationToken : undefined
    if (more !== undefined && more === token) throw new FileFailure('response_invalid', 'The server lists the same files again and again.')
    token = more
    // Those that follow come after all of these.
    if (keysAscend && next.isFull) break
  } while (token !== undefined)
  return next.take()
}

async function readState(client: S3Client, bucket: string, key: string): Promise<State> {
  const { headers } = await client.ask({ method: 'HEAD', bucket, key })
  const { etag: version } = headers
  if (typeof version !== 'string') throw new FileFailure('response_invalid', 'The server tells no ETag of the file.')
  return { size: Number(headers['content-length']), version }
}

const findState = (client: S3Client, bucket: string, key: string): Promise<State | undefined> =>
  readState(client, bucket, key).catch((error: unknown) => {
    if (error instanceof FileFailure && error.code === 'file_missing') return undefined
    throw error
  })

/** Of one version of the file. */
async function* readRanges(client: S3Client, bucket: string, key: string, { size, version }: State): Chunks {
  const range = (from: number): Promise<Buffer> => {
    const headers = { range: `bytes=${from}-${Math.min(from + rangeBytes, size) - 1}`, 'if-match': version }
    const asked = client.ask({ method: 'GET', bucket, key, headers, maxBody: rangeBytes }).then(({ body }) => body)
    // Met when it is its turn.
    asked.catch(() => undefined)
    return asked
  }
  let next = size > 0 ? range(0) : undefined
  for (let at = 0; next;) {
    const content = await next
    if (content.length !== Math.min(rangeBytes, size - at))
      throw new FileFailure('response_invalid', 'The server sent another part of the file than was asked for.')
    at += content.length
    next = at < size ? range(at) : undefined
    yield content
  }
}
