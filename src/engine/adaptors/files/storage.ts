/** What flows keep in the database on the way: bytes that are too large for a record, within the bound of their environment. */
import { randomUUID } from 'node:crypto'
import type { Chunks } from '../../formats/format.ts'
import { stepFailure } from './check-options.ts'
import type { KeptRows } from './client.ts'

/** Of all that an environment keeps. Bytes; blobs. */
export const maxKeptBytes = 20 * 1024 ** 3
const maxKeptBlobs = 100_000
/** What others keep is asked again after so many bytes of one's own, or so long. Bytes; milliseconds. */
const unasked = 64 * 1024 * 1024
const unaskedMs = 10_000

export const newBlobKey = (): string => randomUUID().replaceAll('-', '')

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
