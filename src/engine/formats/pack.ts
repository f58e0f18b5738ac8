/** Packed files: unpacked while they are read, within bounds, whatever an archive says of itself; nothing of it becomes a path anywhere. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type * as Yauzl from 'yauzl'
import type { Entry, ZipFile } from 'yauzl'
import type * as Yazl from 'yazl'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { UnreadableContent, type Chunks } from './format.ts'

const yauzl = lazyLoad<typeof Yauzl>('yauzl')
const yazl = lazyLoad<typeof Yazl>('yazl')

export type Packing = 'gzip' | 'zip'

/** One of the files that are packed together. */
export interface Content {
  readonly name: string
  readonly chunks: Chunks
}

/** Of one packed file, in all. Bytes. */
const maxUnpacked = 10 * 1024 * 1024 * 1024
/** Unpacked bytes for each packed one; texts stay below 50. Not asked of the first megabytes. */
const maxRatio = 200
const freeBytes = 16 * 1024 * 1024
/** A ZIP archive has its directory at its end, so it is held in memory. Bytes. */
const maxArchive = 50 * 1024 * 1024
const maxEntries = 1_000

/** The files that content holds, one after the other: each is to be read before the next is asked for. Throws `UnreadableContent`. */
export async function* unpack(packing: Packing | undefined, name: string, chunks: Chunks): AsyncGenerator<Content> {
  if (packing === undefined) yield { name, chunks }
  else if (packing === 'gzip') yield { name: name.replace(/\.gz$/i, ''), chunks: gunzip(chunks) }
  else yield* unzip(chunks)
}

/** Counts what is unpacked against what came in. */
function createMeter() {
  const counts = { packed: 0, unpacked: 0 }
  return {
    takes: (bytes: number): void => void (counts.packed += bytes),
    gives(bytes: number): void {
      counts.unpacked += bytes
      if (counts.unpacked > maxUnpacked) throw tooLarge(`more than ${maxUnpacked / 1024 ** 3} GB`)
      if (counts.unpacked > freeBytes && counts.unpacked > counts.packed * maxRatio)
        throw tooLarge(`more than ${maxRatio} times what it has packed`)
    },
  }
}

const tooLarge = (what: string): UnreadableContent =>
  new UnreadableContent('content_too_large', `would have ${what} when it is unpacked, and is not unpacked any further.`)

async function* gunzip(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const meter = createMeter()
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      meter.takes(chunk.length)
      yield chunk
    }
  }
  const unpacked = zlib.createGunzip()
  const done = pipeline(Readable.from(counted(), { objectMode: false }), unpacked)
  done.catch(() => undefined)
  try {
    for await (const chunk of unpacked) {
      meter.gives((chunk as Buffer).length)
      yield chunk as Buffer
    }
    await done
  } catch (error) {
    throw (error as { code?: string }).code?.startsWith('Z_')
      ? new UnreadableContent('invalid_archive', 'is no gzip, damaged, or cut off in the middle.')
      : error
  } finally {
    unpacked.destroy()
  }
}

async function* unzip(chunks: Chunks): AsyncGenerator<Content> {
  const archive = await openZip(await gather(chunks))
  const entries = await readEntries(archive)
  const meter = createMeter()
  for (const entry of entries) {
    meter.takes(entry.compressedSize)
    yield { name: entry.fileName.split('/').at(-1) ?? '', chunks: contentOf(archive, entry, meter.gives) }
  }
}

async function gather(chunks: Chunks): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > maxArchive)
      throw new UnreadableContent('content_too_large', `is a ZIP archive of more than ${maxArchive / 1024 / 1024} MB: gzip may be larger.`)
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

const damaged = (): UnreadableContent =>
  new UnreadableContent('invalid_archive', 'is no ZIP archive, a damaged one, or one with a path that leads out of it.')

async function openZip(bytes: Buffer): Promise<ZipFile> {
  try {
    return await yauzl().fromBufferPromise(bytes, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true })
  } catch {
    throw damaged()
  }
}

/** Whoever encrypted it is to be told before the first record. */
async function readEntries(archive: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = []
  try {
    for await (const entry of archive.eachEntry()) if (!entry.fileName.endsWith('/')) entries.push(entry)
  } catch {
    throw damaged()
  }
  if (entries.length > maxEntries)
    throw new UnreadableContent('content_too_large', `is an archive of more than ${maxEntries.toLocaleString('en')} files.`)
  if (entries.some((entry) => entry.isEncrypted()))
    throw new UnreadableContent('archive_encrypted', 'is a ZIP archive with a password, and those cannot be read.')
  return entries
}

async function* contentOf(archive: ZipFile, entry: Entry, gives: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of await archive.openReadStreamPromise(entry)) {
      gives((chunk as Buffer).length)
      yield chunk as Buffer
    }
  } catch (error) {
    throw error instanceof UnreadableContent ? error : damaged()
  }
}

/** One date for all: the same records make the same file. ZIP knows no earlier year. */
const mtime = new Date(1980, 0, 1)

/** Packs one file. In an archive it has the name that is left without the ending of the archive. */
export async function pack(packing: Packing | undefined, name: string, content: Buffer): Promise<Buffer> {
  if (packing === undefined) return content
  if (packing === 'gzip') return promisify(zlib.gzip)(content)
  const archive = new (yazl().ZipFile)()
  archive.addBuffer(content, name.replace(/\.zip$/i, '') || 'file', { mtime, mode: 0o100644, forceDosTimestamp: true })
  archive.end()
  const chunks: Buffer[] = []
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
