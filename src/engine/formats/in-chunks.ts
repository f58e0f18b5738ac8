/** Texts on their way to bytes: encoded and packed in chunks, however many there are. */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import type * as Yazl from 'yazl'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { encodeText } from './encode-text.ts'
import type { Chunks } from './format.ts'
import type { Packing } from './pack.ts'

const yazl = lazyLoad<typeof Yazl>('yazl')

/** Characters that are encoded at once. */
const perChunk = 64 * 1024

/** No character begins in one text and ends in the next. Throws `UnwritableContent`. */
export async function* encodeInChunks(texts: AsyncIterable<string>, encoding: string): AsyncGenerator<Uint8Array> {
  let open = ''
  for await (const text of texts) {
    open += text
    if (open.length < perChunk) continue
    yield encodeText(open, encoding)
    open = ''
  }
  if (open !== '') yield encodeText(open, encoding)
}

/** Packs one file, as `pack` does. */
export async function* packInChunks(packing: Packing | undefined, name: string, chunks: Chunks): AsyncGenerator<Uint8Array> {
  if (packing === undefined) return yield* chunks
  const content = Readable.from(chunks, { objectMode: false })
  const packed = packing === 'gzip' ? content.pipe(zlib.createGzip()) : archive(name, content)
  // What breaks before it is packed breaks what comes of it, too.
  content.once('error', (error) => packed.destroy(error))
  try {
    for await (const chunk of packed) yield chunk as Buffer
  } finally {
    content.destroy()
    packed.destroy()
    if (!content.closed) await once(content, 'close')
  }
}

/** One date for all: the same records make the same file. ZIP knows no earlier year. */
const mtime = new Date(1980, 0, 1)

function archive(name: string, content: Readable): Readable {
  const zip = new (yazl().ZipFile)()
  zip.addReadStream(content, name.replace(/\.zip$/i, '') || 'file', { mtime, mode: 0o100644, forceDosTimestamp: true })
  zip.end()
  const packed = zip.outputStream as Readable
  zip.on('error', (error: Error) => packed.destroy(error))
  return packed
}
