/** What flows keep in the database on the way: bytes that are too large for a record, within the bound of their environment. */
import { randomUUID } from 'node:crypto'
import type { RowsOf } from '../../domain/ports/store.ts'
import { StepFailure } from '../adaptor.ts'
import type { Chunks } from '../formats/format.ts'

export type KeptRows = RowsOf<'blobs' | 'controlNumbers' | 'gatheredFiles' | 'takenFiles'>

export interface KeepingPorts {
  /** What is kept between pages and steps; absent where nothing can be. */
  readonly kept?: () => KeptRows
}

const stepFailure = (code: string, message: string): StepFailure => new StepFailure({ source: 'internal', code, message })

/** Of all that an environment keeps. Bytes; blobs. */
const maxKeptBytes = 20 * 1024 ** 3
const maxKeptBlobs = 100_000
/** What others keep is asked again after so many bytes of one's own, or so long. Bytes; milliseconds. */
const unasked = 64 * 1024 * 1024
const unaskedMs = 10_000

export const newBlobKey = (): string => randomUUID().replaceAll('-', '')
export const isBlobKey = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)

interface Known {
  bytes: number
  blobs: number
  own: number
  readonly at: number
}

/** Counts what an environment keeps, near enough to hold it against its bound. */
export class Storage {
  readonly #rows: () => KeptRows
  readonly #known = new Map<string, Known>()

  constructor(rows: () => KeptRows) {
    this.#rows = rows
  }

  get rows(): KeptRows {
    return this.#rows()
  }

  /** Throws `StepFailure` where there is no room for so many bytes, and so many blobs, more. */
  async take(envId: string, bytes: number, blobs = 0): Promise<void> {
    const known = await this.#ask(envId)
    if (known.bytes + bytes > maxKeptBytes || known.blobs + blobs > maxKeptBlobs) {
      this.#known.delete(envId)
      throw stepFailure(
        'storage_full',
        `The files that the flows of this environment keep on the way take more than ${maxKeptBytes / 1024 ** 3} GB, or are more than ${maxKeptBlobs.toLocaleString('en')}: resolve errors about files that were not written, and remove files that no flow needs.`,
      )
    }
    known.bytes += bytes
    known.own += bytes
    known.blobs += blobs
  }

  async #ask(envId: string): Promise<Known> {
    const before = this.#known.get(envId)
    if (before && before.own < unasked && performance.now() - before.at < unaskedMs) return before
    const known = { ...(await this.rows.blobs.measure(envId)), own: 0, at: performance.now() }
    this.#known.set(envId, known)
    return known
  }
}

/** Of one part. Bytes. */
const perPart = 1024 * 1024
/** How long a blob is kept that no step removes; and one that was made while somebody tried a step out. Milliseconds. */
const keptMs = 30 * 24 * 60 * 60 * 1000
const triedMs = 60 * 60 * 1000

interface NewBlob {
  readonly envId: string
  readonly fileName: string
  /** Made on request: nobody sends it on. */
  readonly isTried: boolean
  readonly signal: AbortSignal
}

/** Keeps bytes; answers their key, and how many there are. Throws `StepFailure` where there is no room. */
export async function storeBlob(
  storage: Storage,
  { envId, fileName, isTried, signal }: NewBlob,
  chunks: Chunks,
): Promise<{ readonly blobKey: string; readonly fileSize: number }> {
  const { blobs } = storage.rows
  const [key, now] = [newBlobKey(), Date.now()]
  const times = { createdAt: new Date(now).toISOString(), expiresAt: new Date(now + (isTried ? triedMs : keptMs)).toISOString() }
  await storage.take(envId, 0, 1)
  await blobs.add(envId, { key, fileName, ...times })
  let fileSize = 0
  try {
    for await (const part of inParts(chunks)) {
      signal.throwIfAborted()
      await storage.take(envId, part.length)
      await blobs.addPart(envId, key, part)
      fileSize += part.length
    }
  } catch (error) {
    await blobs.expire(envId, key, times.createdAt)
    throw error
  }
  return { blobKey: key, fileSize }
}

async function* inParts(chunks: Chunks): AsyncGenerator<Uint8Array> {
  let open: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + perPart - bytes)
      open.push(piece)
      bytes += piece.length
      at += piece.length
      if (bytes < perPart) continue
      yield Buffer.concat(open)
      open = []
      bytes = 0
    }
  if (bytes > 0) yield Buffer.concat(open)
}

/** From its first part on. Throws `StepFailure` where it is gone. */
export async function* readBlob(
  { blobs }: Pick<KeptRows, 'blobs'>,
  envId: string,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const blob = await blobs.find(envId, key)
  for (let part = 1; blob && part <= blob.parts; part++) {
    signal.throwIfAborted()
    const content = await blobs.readPart(envId, key, part)
    if (!content) throw gone()
    yield content
  }
  if (!blob) throw gone()
}

const gone = () => stepFailure('blob_missing', 'What was kept of the file is no longer there: its time was over, or it was removed.')

/** Lines of JSON, each a value. */
export async function* readLines(chunks: Chunks): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
