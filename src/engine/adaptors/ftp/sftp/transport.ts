/** Files of an SFTP server. One session for all that is done at a time: requests of several pieces of work go over it side by side. */
import type { FileEntryWithStats, Stats } from 'ssh2'
import type { Chunks } from '../../../formats/format.ts'
import { FileFailure, mustFit } from '../../files/failure.ts'
import { NextFiles, type Listed } from '../../files/listing/next-files.ts'
import { mustBeName, splitPath } from '../../files/path.ts'
import { readOn } from '../../files/read-on.ts'
import type { Sessions } from '../../files/share-sessions.ts'
import { stampedName, type FileEnds, type FileTransport, type Found, type OpenFile, type Wanted } from '../../files/transport.ts'
import { draftName } from '../draft-name.ts'
import { isMissing, isPlainFailure } from './explain-status.ts'
import { readAhead, writeChunks } from './move-bytes.ts'
import type { SftpSession } from './session.ts'

interface Way {
  readonly sessions: Sessions<SftpSession>
  /** Paths begin at the home folder of the user. */
  readonly fromHome: boolean
  readonly signal: AbortSignal
  readonly firstWait?: number | undefined
}

const regularFile = 0o100_000
const kindBits = 0o170_000
const isFile = ({ mode }: { readonly mode: number }): boolean => (mode & kindBits) === regularFile

const formatVersion = ({ size, mtime }: Stats): string => `${size}-${mtime}`

export function sftpTransport({ sessions, fromHome, signal, firstWait }: Way): FileTransport {
  const pathOf = (folder: string): string => `${fromHome ? '.' : ''}/${splitPath(folder).join('/')}`
  const fileAt = (folder: string, name: string): string => `${pathOf(folder).replace(/\/$/, '')}/${name}`

  const open = async (folder: string, name: string): Promise<OpenFile> => {
    const path = fileAt(folder, name)
    const stats = await sessions.use((session) => lstat(session, path))
    if (!stats) throw new FileFailure('file_missing', 'The file is no longer there.')
    if (!isFile(stats)) throw new FileFailure('file_refused', 'It is no file.')
    mustFit(stats.size)
    const version = formatVersion(stats)
    const from = (offset: number): Chunks => readFrom(sessions, path, version, offset, stats.size)
    return { size: stats.size, version, chunks: readOn({ from, size: stats.size, signal, firstWait }), close: async () => undefined }
  }

  return {
    list: (folder, wanted) => sessions.use((session) => listFiles(session, pathOf(folder), wanted)),
    open,
    async putAway(folder, name, version, backup, now) {
      const path = fileAt(folder, name)
      await sessions.use(async (session) => {
        const stats = await lstat(session, path)
        if (!stats || !isFile(stats) || formatVersion(stats) !== version) return
        if (backup === undefined) return remove(session, path)
        await makeFolder(session, pathOf(backup))
        const taken = await lstat(session, fileAt(backup, name))
        const to = fileAt(backup, taken ? stampedName(name, now) : name)
        try {
          await session.call<void>((sftp, done) => sftp.rename(path, to, (error) => done(error, undefined)))
        } catch (error) {
          if (!isPlainFailure(error)) throw error
          // It may lie on another disk.
          const draft = fileAt(backup, draftName('', name))
          await writeChunks(session, draft, readFrom(sessions, path, version, 0, stats.size))
          await replace(session, draft, to)
          await remove(session, path)
        }
      })
    },
    async write(folder, name, content, { by, draftName: said, atOnce }) {
      if (said !== undefined) mustBeName(said)
      const path = fileAt(folder, name)
      const draft = atOnce ? path : fileAt(folder, said ?? draftName(by, name))
      await sessions.use(async (session) => {
        await makeFolder(session, pathOf(folder))
        await writeAs(session, draft, path, content())
      })
    },
    ends: endsAt(sessions, pathOf, fileAt),
    mustBeName,
    look: (folder) =>
      sessions.use(async (session) => {
        const stats = await lstat(session, pathOf(folder))
        if (!stats) throw new FileFailure('folder_missing', 'The folder is not there.')
      }),
    explain: () => undefined,
  }
}

async function writeAs(session: SftpSession, draft: string, path: string, content: Chunks): Promise<void> {
  try {
    await writeChunks(session, draft, content)
  } catch (error) {
    // Half a file is of no use to anybody. Where the session broke it stays, and the next try writes over it.
    await remove(session, draft).catch(() => undefined)
    throw error
  }
  if (draft !== path) await replace(session, draft, path)
}

const endsAt = (
  sessions: Sessions<SftpSession>,
  pathOf: (folder: string) => string,
  fileAt: (folder: string, name: string) => string,
): FileEnds => ({
  async size(folder, name) {
    const stats = await sessions.use((session) => lstat(session, fileAt(folder, name)))
    if (stats && !isFile(stats)) throw new FileFailure('file_refused', 'It is no file.')
    return stats?.size ?? 0
  },
  async *read(folder, name, from) {
    const path = fileAt(folder, name)
    const stats = await sessions.use((session) => lstat(session, path))
    if (stats) yield* readFrom(sessions, path, formatVersion(stats), from, stats.size)
  },
  append: (folder, name, content) =>
    sessions.use(async (session) => {
      await makeFolder(session, pathOf(folder))
      await append(session, fileAt(folder, name), content)
    }),
})

/** Of the entry itself, whatever a link would lead to; undefined where there is none. */
const lstat = (session: SftpSession, path: string): Promise<Stats | undefined> =>
  session
    .call<Stats>((sftp, done) => sftp.lstat(path, done))
    .catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })

const remove = (session: SftpSession, path: string): Promise<void> =>
  session.call<void>((sftp, done) => sftp.unlink(path, (error) => done(error, undefined)))

/** A file of that name is written over, in one moment where the server can do that. */
async function replace(session: SftpSession, from: string, to: string): Promise<void> {
  const renamesOver = await session.call<boolean>((sftp, done) => {
    try {
      sftp.ext_openssh_rename(from, to, (error) => done(error, true))
    } catch {
      done(undefined, false)
    }
  })
  if (renamesOver) return
  const rename = (): Promise<void> => session.call<void>((sftp, done) => sftp.rename(from, to, (error) => done(error, undefined)))
  if (!(await lstat(session, to))) return rename()
  await remove(session, to)
  await rename()
}

/** What does not come there as a whole is taken back. Where the session broke it stays, and the next try goes on after it. */
async function append(session: SftpSession, path: string, content: Chunks): Promise<void> {
  const at = (await lstat(session, path))?.size ?? 0
  let sent = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      sent += chunk.length
      yield chunk
    }
  }
  try {
    await writeChunks(session, path, counted(), { at })
  } catch (error) {
    const size = await lstat(session, path).then(
      (stats) => stats?.size ?? 0,
      () => Number.POSITIVE_INFINITY,
    )
    // Not where somebody else wrote there as well.
    if (size > at && size <= at + sent)
      await session.call<void>((sftp, done) => sftp.setstat(path, { size: at }, (failed) => done(failed, undefined))).catch(() => undefined)
    throw error
  }
}

async function makeFolder(session: SftpSession, path: string): Promise<void> {
  if (await lstat(session, path)) return
  const above = path.slice(0, path.lastIndexOf('/'))
  if (above !== '' && above !== '.') await makeFolder(session, above)
  try {
    await session.call<void>((sftp, done) => sftp.mkdir(path, (error) => done(error, undefined)))
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(await lstat(session, path))) throw error
  }
}

async function listFiles(session: SftpSession, path: string, { fits, ...look }: Wanted): Promise<Listed<Found>> {
  const next = new NextFiles<Found>(look)
  const handle = await session.call<Buffer>((sftp, done) => sftp.opendir(path, done)).catch(sayFolder)
  try {
    for (;;) {
      const entries = await session.call<readonly FileEntryWithStats[]>((sftp, done) =>
        sftp.readdir(handle, (error, list) => (error && isEnd(error) ? done(undefined, []) : done(error, list))),
      )
      if (entries.length === 0) break
      next.count(entries.length)
      for (const { filename: name, attrs } of entries) {
        if (name.startsWith('.') || name.includes('/') || !isFile(attrs) || !fits(name)) continue
        next.add({ name, size: attrs.size, lastModified: new Date(attrs.mtime * 1000).toISOString() })
      }
    }
  } finally {
    await session.call<void>((sftp, done) => sftp.close(handle, (error) => done(error, undefined))).catch(() => undefined)
  }
  return next.take()
}

/** The end of a list, in the protocol. */
const isEnd = (error: Error): boolean => (error as { code?: unknown }).code === 1

function sayFolder(error: unknown): never {
  throw isMissing(error) ? new FileFailure('folder_missing', 'The folder is not there.') : error
}

/** Throws a failure that passes where the session breaks, and another one where the file is no longer the same. */
async function* readFrom(
  sessions: Sessions<SftpSession>,
  path: string,
  version: string,
  offset: number,
  size: number,
): AsyncGenerator<Uint8Array> {
  const { session, giveBack } = await sessions.take()
  try {
    const handle = await session.call<Buffer>((sftp, done) => sftp.open(path, 'r', done))
    try {
      const stats = await session.call<Stats>((sftp, done) => sftp.fstat(handle, done))
      if (formatVersion(stats) !== version) throw new FileFailure('file_changed', 'It was changed while it was read.')
      yield* readAhead(session, handle, offset, size)
    } finally {
      await session.call<void>((sftp, done) => sftp.close(handle, (error) => done(error, undefined))).catch(() => undefined)
    }
  } finally {
    giveBack()
  }
}
