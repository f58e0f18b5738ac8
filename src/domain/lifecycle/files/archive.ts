/** Files in a ZIP archive. What comes in is read within bounds, whatever the archive says of itself: paths, number, bytes unpacked. */
import type * as Yauzl from 'yauzl'
import type { Entry, ZipFile } from 'yauzl'
import type * as Yazl from 'yazl'
import { DomainError } from '../../errors.ts'
import { lazyLoad } from '../../lazy-load.ts'
import { findLayout, invalidFile, type Layout } from './archive-layout.ts'
import type { File } from './state-files.ts'

const yauzl = lazyLoad<typeof Yauzl>('yauzl')
const yazl = lazyLoad<typeof Yazl>('yazl')

/** Two for each script, one for each other resource of the largest state. */
const maxFiles = 20_000
/** Bytes of one file, unpacked: as much as a request that writes one document. */
const maxFileBytes = 6 * 1024 * 1024
/** Bytes of all files, unpacked. They are in memory at once. */
const maxBytes = 128 * 1024 * 1024

/** Bytes from which a file is compressed: a stream of its own costs half a millisecond, more than a small file is worth. */
const compressedFrom = 1024

/** One date for all, as the archive has to be the same for the same state. ZIP knows no earlier year. */
const mtime = new Date(1980, 0, 1)

export async function packArchive(files: readonly File[]): Promise<Buffer> {
  const archive = new (yazl().ZipFile)()
  for (const { path, text } of files) {
    const bytes = Buffer.from(text)
    archive.addBuffer(bytes, path, { mtime, mode: 0o100644, forceDosTimestamp: true, compress: bytes.length >= compressedFrom })
  }
  archive.end()
  const chunks: Buffer[] = []
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** An archive whose directory was read and nothing else. */
export interface Archive {
  /** Bytes that the files of the integration say they hold; none is read to more. */
  readonly bytes: number
  readonly ignored: readonly string[]
  unpack(): Promise<File[]>
}

/** Refuses what is too large, and paths that are none of an integration, before anything is unpacked. */
export async function openArchive(content: Buffer): Promise<Archive> {
  const archive = await openZip(content)
  if (archive.entryCount > maxFiles) throw tooLarge(`more than ${maxFiles.toLocaleString('en')} files`)
  const entries = await readEntries(archive)
  const { paths, ignored } = findLayout(entries.map(({ fileName }) => fileName))
  const known = entries.filter(({ fileName }) => paths.has(fileName))
  let bytes = 0
  for (const { uncompressedSize } of known) {
    bytes += uncompressedSize
    if (uncompressedSize > maxFileBytes || bytes > maxBytes) throw tooLarge('more than this server unpacks')
  }
  return { bytes, ignored, unpack: () => unpackFiles(archive, known, paths) }
}

async function unpackFiles(archive: ZipFile, entries: readonly Entry[], paths: Layout['paths']): Promise<File[]> {
  const files: File[] = []
  let left = maxBytes
  for (const entry of entries) {
    const path = paths.get(entry.fileName) ?? entry.fileName
    const content = await readContent(archive, entry, Math.min(left, maxFileBytes))
    left -= content.length
    files.push({ path, text: decodeText(path, content) })
  }
  return files
}

const tooLarge = (what: string): DomainError => new DomainError('request_too_large', `The archive holds ${what}.`)
const invalidArchive = (): DomainError => new DomainError('invalid_archive', 'The body is not a ZIP archive, or a damaged one.')

async function openZip(bytes: Buffer): Promise<ZipFile> {
  try {
    return await yauzl().fromBufferPromise(bytes, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true })
  } catch {
    throw invalidArchive()
  }
}

/** The directory alone: nothing is unpacked before every path of it was read. */
async function readEntries(archive: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = []
  try {
    for await (const entry of archive.eachEntry()) {
      entries.push(entry)
      if (entries.length > maxFiles) throw tooLarge(`more than ${maxFiles.toLocaleString('en')} files`)
    }
  } catch (error) {
    if (error instanceof DomainError) throw error
    // Absolute paths, `..` and backslashes are refused by the reader.
    throw new DomainError('invalid_archive', 'The archive is damaged, or has a path that leads out of it.')
  }
  return entries
}

async function readContent(archive: ZipFile, entry: Entry, limit: number): Promise<Buffer> {
  if (entry.uncompressedSize > limit) throw tooLarge('more than this server unpacks')
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of await archive.openReadStreamPromise(entry)) {
      size += (chunk as Buffer).length
      if (size > limit) throw tooLarge('more than this server unpacks')
      chunks.push(chunk as Buffer)
    }
  } catch (error) {
    throw error instanceof DomainError ? error : invalidFile(entry.fileName, 'it is damaged.')
  }
  return Buffer.concat(chunks)
}

/** Editors begin a file with a byte order mark, which is no part of its text. */
const utf8 = new TextDecoder('utf-8', { fatal: true })
function decodeText(path: string, content: Buffer): string {
  try {
    return utf8.decode(content)
  } catch {
    throw invalidFile(path, 'it is not valid UTF-8.')
  }
}
