/** The files of one folder: listed, opened, and put away once they went through. Links, folders and devices are no files. */
import { constants, type Stats } from 'node:fs'
import { copyFile, lstat, open, opendir, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { FileFailure, mustFit } from '../files/failure.ts'
import { NextFiles, type Listed, type Mark } from '../files/listing/next-files.ts'
import { stampedName, type Found, type OpenFile, type Wanted } from '../files/transport.ts'

/** Read at once, and handed on at once. Bytes. */
const [readBytes, chunkBytes] = [256 * 1024, 64 * 1024]
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

/** Entries that are read from a folder at once, and files whose state is asked for at once. */
const entriesAtOnce = 1_024
const statesAtOnce = 64

/** The next that are wanted, in their order. Hidden files are left out: those that are still being written are such. */
export async function listFiles(folder: string, { fits, ...look }: Wanted): Promise<Listed<Found>> {
  if (look.order === 'name') {
    const next = new NextFiles<Mark>(look)
    for await (const name of listNames(folder, next)) if (fits(name)) next.add({ name })
    const { found, end } = next.take()
    const groups = inGroups(found.map(({ name }) => name))
    const there: Found[] = []
    for await (const group of groups) there.push(...(await findFiles(folder, group)))
    return { found: there, ...(end && { end }) }
  }
  const next = new NextFiles<Found>(look)
  for await (const group of inGroups(listNames(folder, next)))
    for (const file of await findFiles(folder, group.filter(fits))) next.add(file)
  return next.take()
}

async function* listNames(folder: string, next: NextFiles<Mark>): AsyncGenerator<string> {
  for await (const entry of await opendir(folder, { bufferSize: entriesAtOnce })) {
    next.count()
    if (!entry.name.startsWith('.') && entry.isFile()) yield entry.name
  }
}

async function* inGroups(names: AsyncIterable<string> | Iterable<string>): AsyncGenerator<readonly string[]> {
  let group: string[] = []
  for await (const name of names) {
    if (group.push(name) < statesAtOnce) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

/** Those that are still there. */
async function findFiles(folder: string, names: readonly string[]): Promise<readonly Found[]> {
  const all = await Promise.all(names.map((name) => readStats(join(folder, name))))
  return all.flatMap((stats, i) =>
    stats?.isFile() ? [{ name: names[i] ?? '', size: stats.size, lastModified: stats.mtime.toISOString() }] : [],
  )
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

/** The next bytes are read while those before are worked on. */
async function* chunksOf(handle: FileHandle, size: number, from = 0): AsyncGenerator<Uint8Array> {
  const readAt = (at: number): Promise<Uint8Array> => {
    const length = Math.min(readBytes, size - at)
    const reading = handle.read(Buffer.allocUnsafe(length), 0, length, at).then(({ bytesRead, buffer }) => buffer.subarray(0, bytesRead))
    // Its failure is met when its turn comes.
    reading.catch(() => undefined)
    return reading
  }
  let next = size > from ? readAt(from) : undefined
  for (let at = from; next;) {
    const bytes = await next
    at += bytes.length
    next = bytes.length > 0 && at < size ? readAt(at) : undefined
    for (let begin = 0; begin < bytes.length; begin += chunkBytes) yield bytes.subarray(begin, begin + chunkBytes)
  }
}

/** How long a file is; 0 where it is not there. Bytes. */
export async function sizeOf(folder: string, name: string): Promise<number> {
  const stats = await readStats(join(folder, name))
  if (stats && !stats.isFile()) throw new FileFailure('file_refused', 'It is no file.')
  return stats?.size ?? 0
}

/** To its end, from a byte on. */
export async function* readFrom(folder: string, name: string, from: number): AsyncGenerator<Uint8Array> {
  const handle = await open(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    yield* chunksOf(handle, (await handle.stat()).size, from)
  } finally {
    await handle.close()
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
