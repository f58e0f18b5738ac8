/** Opens the file of a backup, and makes sure that it is whole and as it was written before anything is done with it. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { openPromise, type Entry } from 'yauzl'
import { SetupError } from '../../domain/errors.ts'
import { damaged, manifestName, readManifest, type KeptTable, type Manifest } from './manifest.ts'
import type { Watch } from './write-backup.ts'

/** A manifest has some 200 bytes for each table and partition. Bytes. */
const maxManifest = 32 * 1024 * 1024

export interface BackupFile {
  readonly manifest: Manifest
  /** Of all parts, as they lie in the file. */
  readonly bytes: number
  /** The rows of a table, as they lie in the file. */
  openPart(table: KeptTable): Promise<Readable>
  close(): void
}

/** Throws `SetupError` for what cannot be read, is none, is cut off, or was changed. */
export async function openBackup(file: string, { signal }: Watch = {}): Promise<BackupFile> {
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false, validateEntrySizes: true }).catch((error: unknown) => {
    throw explainUnreadable(error, file)
  })
  try {
    const entries = new Map<string, Entry>()
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
    const manifest = await readChecked(file, zip.comment, entries.get(manifestName), (entry) => zip.openReadStreamPromise(entry))
    const parts = new Map<KeptTable, Entry>()
    for (const table of manifest.tables) {
      const entry = entries.get(table.part)
      if (!entry || (await hashOf(await zip.openReadStreamPromise(entry), signal)) !== table.sha256) throw damaged(file)
      parts.set(table, entry)
    }
    return {
      manifest,
      bytes: [...parts.values()].reduce((sum, { compressedSize }) => sum + compressedSize, 0),
      openPart: (table) => zip.openReadStreamPromise(parts.get(table) as Entry),
      close: () => zip.close(),
    }
  } catch (error) {
    zip.close()
    if (signal?.aborted) throw signal.reason
    throw error instanceof SetupError ? error : explainUnreadable(error, file)
  }
}

async function readChecked(
  file: string,
  comment: string,
  entry: Entry | undefined,
  open: (entry: Entry) => Promise<Readable>,
): Promise<Manifest> {
  if (!entry || entry.uncompressedSize > maxManifest) throw damaged(file)
  const found = await text(await open(entry))
  if (createHash('sha256').update(found).digest('hex') !== comment) throw damaged(file)
  return readManifest(found, file)
}

async function hashOf(stream: Readable, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of stream) {
    signal?.throwIfAborted()
    hash.update(chunk as Buffer)
  }
  return hash.digest('hex')
}

function explainUnreadable(error: unknown, file: string): SetupError {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new SetupError(`There is no file ${file}.`)
  if (code === 'EISDIR') return new SetupError(`${file} is a folder, and not a backup.`)
  if (syscall) return new SetupError(`${file} cannot be read: ${code}.`)
  return damaged(file)
}
