/** ZIP archives, held in memory and unpacked within bounds, whatever they say of themselves. */
import { constants } from 'node:fs'
import type * as Yauzl from 'yauzl'
import type { Entry, ZipFile } from 'yauzl'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { UnreadableContent, type Chunks } from './format.ts'

const yauzl = lazyLoad<typeof Yauzl>('yauzl')

/** Of one packed file, in all. Bytes. */
const maxUnpacked = 10 * 1024 * 1024 * 1024
/** Unpacked bytes for each packed one; texts stay below 50. Not asked of the first megabytes. */
const maxRatio = 200
const freeBytes = 16 * 1024 * 1024
/** A ZIP archive has its directory at its end, so it is held in memory. Bytes. */
const maxArchive = 50 * 1024 * 1024
const maxEntries = 1_000

export interface Archive {
  readonly entries: readonly Entry[]
  /** What an entry holds, as it is unpacked. Throws `UnreadableContent`. */
  read(entry: Entry): Chunks
}

/** Counts what is unpacked against what came in. */
export function createMeter() {
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

/** `what` it is, as in "a ZIP archive". Throws `UnreadableContent`. */
export async function gather(chunks: Chunks, what: string, advice: string): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > maxArchive)
      throw new UnreadableContent('content_too_large', `is ${what} of more than ${maxArchive / 1024 / 1024} MB: ${advice}`)
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

/** Throws `UnreadableContent` for what is none, for one with a password, and for paths that lead out of it. */
export async function openArchive(bytes: Buffer): Promise<Archive> {
  const archive = await openZip(bytes)
  const entries = await readEntries(archive)
  const meter = createMeter()
  return {
    entries,
    async *read(entry) {
      meter.takes(entry.compressedSize)
      try {
        for await (const chunk of await archive.openReadStreamPromise(entry)) {
          meter.gives((chunk as Buffer).length)
          yield chunk as Buffer
        }
      } catch (error) {
        throw error instanceof UnreadableContent ? error : damaged()
      }
    },
  }
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

/** Folders and symbolic links are left out, as those of folders are. */
const isFile = ({ fileName, versionMadeBy, externalFileAttributes }: Entry): boolean => {
  const isOfUnix = versionMadeBy >> 8 === 3
  const isLink = isOfUnix && ((externalFileAttributes >>> 16) & constants.S_IFMT) === constants.S_IFLNK
  return !isLink && !fileName.endsWith('/')
}

/** Whoever encrypted it is to be told before the first record. */
async function readEntries(archive: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = []
  try {
    for await (const entry of archive.eachEntry()) if (isFile(entry)) entries.push(entry)
  } catch {
    throw damaged()
  }
  if (entries.length > maxEntries)
    throw new UnreadableContent('content_too_large', `is an archive of more than ${maxEntries.toLocaleString('en')} files.`)
  if (entries.some((entry) => entry.isEncrypted()))
    throw new UnreadableContent('archive_encrypted', 'is a ZIP archive with a password, and those cannot be read.')
  return entries
}
