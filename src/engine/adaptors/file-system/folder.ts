/** The files of one folder: listed, opened, and put away once they went through. Links, folders and devices are no files. */
import { constants, type Stats } from 'node:fs'
import { copyFile, lstat, open, opendir, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Chunks } from '../../formats/format.ts'
import { FileFailure } from './failure.ts'

/** Looked at in one folder. */
const maxEntries = 10_000
/** Of one file. Bytes. */
const largestFile = 1024 * 1024 * 1024
/** Read at once. Bytes. */
const chunkBytes = 64 * 1024
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

export interface Found {
  readonly name: string
  readonly size: number
  /** ISO time. */
  readonly lastModified: string
}

/** In the order of their names. Hidden files are left out: those that are still being written are such. */
export async function listFiles(folder: string): Promise<readonly Found[]> {
  const names: string[] = []
  for await (const entry of await opendir(folder)) {
    if (names.push(entry.name) > maxEntries)
      throw new FileFailure('too_many_files', `It holds more than ${maxEntries.toLocaleString('en')} files.`)
  }
  const files: Found[] = []
  for (const name of names.toSorted()) {
    const stats = name.startsWith('.') ? undefined : await readStats(join(folder, name))
    if (stats?.isFile()) files.push({ name, size: stats.size, lastModified: stats.mtime.toISOString() })
  }
  return files
}

/** Of the entry itself, whatever a link would lead to; undefined where there is none. */
const readStats = (path: string): Promise<Stats | undefined> =>
  lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

/** A file that was changed has another one. */
const formatVersion = ({ ino, size, mtimeMs }: Stats): string => `${ino}-${size}-${mtimeMs}`

export interface OpenFile {
  readonly size: number
  readonly version: string
  readonly chunks: Chunks
  close(): Promise<void>
}

export async function openFile(folder: string, name: string): Promise<OpenFile> {
  const handle = await open(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new FileFailure('file_refused', 'It is no file.')
    if (stats.size > largestFile) throw new FileFailure('file_too_large', `It has more than ${largestFile / 1024 / 1024} MB.`)
    return { size: stats.size, version: formatVersion(stats), chunks: chunksOf(handle, stats.size), close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Not beyond what it held when it was opened: somebody may write faster than we read. */
async function* chunksOf(handle: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(chunkBytes, left)))
    if (bytesRead === 0) return
    left -= bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Removes a file that went through, after a copy where there is a folder for that. One that was changed since it was read stays. */
export async function putAway(folder: string, name: string, version: string, backup: string | undefined, now: Date): Promise<void> {
  const path = join(folder, name)
  const stats = await readStats(path)
  if (!stats?.isFile() || formatVersion(stats) !== version) return
  if (backup !== undefined) await copyTo(backup, name, path, now)
  await unlink(path)
}

/** A copy of an earlier file of that name stays: the new one has the time in its name. */
async function copyTo(backup: string, name: string, path: string, now: Date): Promise<void> {
  const stamped = `${now.toISOString().replaceAll(/[-:]/g, '')}-${name}`
  await copyFile(path, join(backup, name), constants.COPYFILE_EXCL).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    return copyFile(path, join(backup, stamped), constants.COPYFILE_EXCL)
  })
}
