/** The body of an answer on the disk of the server, where it is larger than memory should hold. */
import type { FileHandle } from 'node:fs/promises'
import { StepFailure } from '../adaptor.ts'
import { isDiskFull, openNameless, writeAt } from '../formats/nameless-file.ts'
import { decodeChunks } from './decode.ts'
import type { AnswerFile } from './message.ts'

/** All that wait in this program at a time: the disk holds other things, too. Bytes. */
const mostOfAll = 10 * 1024 ** 3
/** Read at once. Bytes. */
const atOnce = 256 * 1024

export class DiskFull extends Error {
  override readonly name = 'DiskFull'
}

/** A file that grows while its answer comes. */
export class ComingFile {
  static #ofAll = 0
  readonly #handle: Promise<FileHandle> = openNameless('answer')
  #bytes = 0
  #isClosed = false

  constructor() {
    // Met by the first write.
    this.#handle.catch(() => undefined)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Throws `DiskFull`. */
  async write(chunk: Uint8Array): Promise<void> {
    if (ComingFile.#ofAll + chunk.length > mostOfAll) throw new DiskFull()
    try {
      await writeAt(await this.#handle, chunk, this.#bytes)
    } catch (error) {
      throw isDiskFull(error) ? new DiskFull() : error
    }
    this.#bytes += chunk.length
    ComingFile.#ofAll += chunk.length
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const handle = await this.#handle
    for (let at = 0; at < this.#bytes;) {
      const length = Math.min(atOnce, this.#bytes - at)
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), { position: at })
      if (bytesRead === 0) throw new Error('what was written to the disk is no longer there')
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  async close(): Promise<void> {
    if (!this.#isClosed) ComingFile.#ofAll -= this.#bytes
    this.#isClosed = true
    await this.#handle.then((handle) => handle.close()).catch(() => undefined)
  }
}

interface Came {
  readonly bytes: number
  read(): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** `host` is whose answer it is. Of what it is decompressed to, `most` bytes are read. */
export function toAnswerFile(came: Came, encoding: string | string[] | undefined, host: string, most: number): AnswerFile {
  const failure = (code: string, message: string): StepFailure => new StepFailure({ source: 'application', code, message })
  return {
    bytes: came.bytes,
    close: () => came.close(),
    async *read() {
      let bytes = 0
      try {
        for await (const chunk of decodeChunks(came.read(), encoding)) {
          bytes += chunk.length
          if (bytes > most) break
          yield chunk
        }
      } catch (error) {
        throw encoding === undefined ? error : failure('response_invalid', `${host} answered a body that cannot be decompressed.`)
      }
      if (bytes > most) throw failure('response_too_large', tooLarge(host, most))
    },
  }
}

export const tooLarge = (host: string, most: number): string =>
  `${host} answered a file of more than ${most / 1024 ** 3} GB, and one over HTTP has so much at the most.`
