/** The files of one folder: listed, opened, and put away once they went through. Links, folders and devices are no files. */
import { constants, type Stats } from 'node:fs'
import { copyFile, lstat, open, opendir, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { FileFailure, mustFit, tooManyFiles } from '../files/failure.ts'
import { maxEntries } from '../files/bounds.ts'
import { stampedName, type Found, type OpenFile } from '../files/transport.ts'

/** Read at once. Bytes. */
const chunkBytes = 64 * 1024
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

/** In the order of their names. Hidden files are left out: those that are still being written are such. */
export async function listFiles(folder: string, isWanted: (name: string) => boolean): Promise<readonly Found[]> {
  const names: string[] = []
  for await (const entry of await opendir(folder)) {
    if (isWanted(entry.name) && names.push(entry.name) > maxEntries) throw tooManyFiles()
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

export async function openFile(folder: string, name: string): Promise<OpenFile> {
  const handle = await open(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new FileFailure('file_refused', 'It is no file.')
    mustFit(stats.size)
    return { size: stats.size, version: formatVersion(stats), chunks: chunksOf(handle, stats.size), close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

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

/** A copy of an earlier file of that name stays. */
async function copyTo(backup: string, name: string, path: string, now: Date): Promise<void> {
  await copyFile(path, join(backup, name), constants.COPYFILE_EXCL).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    return copyFile(path, join(backup, stampedName(name, now)), constants.COPYFILE_EXCL)
  })
}
