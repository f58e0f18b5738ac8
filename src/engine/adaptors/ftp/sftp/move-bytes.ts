/** Bytes to and from an SFTP server, several requests at once: one at a time would wait for the way there and back with each. */
import type { SftpSession } from './session.ts'

/** Of one request: what servers take at the least. Bytes. */
const partBytes = 32 * 1024
/** Requests that are on their way, so 1 MB. */
const window = 32

/** Ends where the file does, though it should go on. */
export async function* readAhead(session: SftpSession, handle: Buffer, from: number, size: number): AsyncGenerator<Uint8Array> {
  const onTheWay: Promise<Buffer>[] = []
  let asked = from
  try {
    for (let at = from; at < size;) {
      while (onTheWay.length < window && asked < size) {
        const length = Math.min(partBytes, size - asked)
        const part = readPart(session, handle, asked, length)
        // Met when it is its turn.
        part.catch(() => undefined)
        onTheWay.push(part)
        asked += length
      }
      const expected = Math.min(partBytes, size - at)
      const part = (await onTheWay.shift()) as Buffer
      if (part.length === 0) return
      at += part.length
      yield part
      if (part.length < expected) {
        // Those after it lie behind a gap.
        await Promise.allSettled(onTheWay.splice(0))
        asked = at
      }
    }
  } finally {
    await Promise.allSettled(onTheWay)
  }
}

/** Empty at the end of the file. */
const readPart = (session: SftpSession, handle: Buffer, position: number, length: number): Promise<Buffer> =>
  session.call<Buffer>((sftp, done) =>
    sftp.read(handle, Buffer.allocUnsafe(length), 0, length, position, (error, bytesRead, buffer) =>
      // 1 is the end of a file, in the protocol.
      (error as { code?: unknown } | undefined)?.code === 1
        ? done(undefined, Buffer.alloc(0))
        : done(error, buffer?.subarray(0, bytesRead)),
    ),
  )

/** Writes a file anew, or from a byte on at its end, and closes it when the server has it all, on its disk where it says so. */
export async function writeChunks(
  session: SftpSession,
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  end?: { readonly at: number },
): Promise<void> {
  const handle = await session.call<Buffer>((sftp, done) => sftp.open(path, end ? 'a' : 'w', 0o640, done))
  const onTheWay: Promise<void>[] = []
  let at = end?.at ?? 0
  try {
    for await (const chunk of chunks) {
      const content = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      for (let from = 0; from < content.length; from += partBytes) {
        if (onTheWay.length >= window) await onTheWay.shift()
        const part = content.subarray(from, from + partBytes)
        const position = at
        const written = session.call<void>((sftp, done) =>
          sftp.write(handle, part, 0, part.length, position, (error) => done(error, undefined)),
        )
        written.catch(() => undefined)
        onTheWay.push(written)
        at += part.length
      }
    }
    await Promise.all(onTheWay)
    await session.call<void>((sftp, done) => {
      try {
        sftp.ext_openssh_fsync(handle, (error) => done(error, undefined))
      } catch {
        // A server that does not know it.
        done(undefined, undefined)
      }
    })
  } finally {
    await Promise.allSettled(onTheWay)
    await session.call<void>((sftp, done) => sftp.close(handle, (error) => done(error, undefined)))
  }
}
