/** Files come to a server for FTP, or move there. Each half of it begins with a session that works: some servers end theirs after each transfer. */
import type { Chunks } from '../../../formats/format.ts'
import { FileFailure } from '../../files/failure.ts'
import { mustBeName, splitPath } from '../../files/path.ts'
import type { Sessions } from '../../files/share-sessions.ts'
import { stampedName, type WayToName } from '../../files/transport.ts'
import { draftName } from '../draft-name.ts'
import { findState, isFinal, makeFolder, mustHave, remove, rename, replace, type FileState } from './commands.ts'
import type { FtpSession } from './session.ts'
import { upload } from './transfer.ts'

export interface FtpPlace {
  readonly sessions: Sessions<FtpSession>
  /** Paths begin at the folder that the user comes to. */
  readonly fromHome: boolean
}

export const pathOf = ({ fromHome }: FtpPlace, { home }: FtpSession, folder: string): string =>
  `${fromHome ? home.replace(/\/$/, '') : ''}/${splitPath(folder).join('/')}`

export const fileAt = (place: FtpPlace, session: FtpSession, folder: string, name: string): string =>
  `${pathOf(place, session, folder).replace(/\/$/, '')}/${name}`

export async function write(place: FtpPlace, folder: string, name: string, content: Chunks, way: WayToName): Promise<void> {
  if (way.draftName !== undefined) mustBeName(way.draftName)
  const draft = way.atOnce ? name : (way.draftName ?? draftName(way.by, name))
  try {
    await writeAs(place, folder, draft, name, content)
  } catch (error) {
    // Half a file is of no use to anybody. Where a session broke it stays, and the next try writes over it.
    if (isFinal(error)) await place.sessions.use((session) => remove(session, fileAt(place, session, folder, draft))).catch(() => undefined)
    throw error
  }
}

async function writeAs(place: FtpPlace, folder: string, draft: string, name: string, content: Chunks): Promise<void> {
  const sent = await place.sessions.use(async (session) => {
    await makeFolder(session, pathOf(place, session, folder))
    return upload(session, fileAt(place, session, folder, draft), content)
  })
  await useOrAgain(place, async (session) => {
    await mustHave(session, fileAt(place, session, folder, draft), sent)
    if (draft !== name) await replace(session, fileAt(place, session, folder, draft), fileAt(place, session, folder, name))
  })
}

/** What a try sent that broke off stays: nothing takes it back over FTP. */
export async function append(place: FtpPlace, folder: string, name: string, content: Chunks): Promise<void> {
  const size = await place.sessions.use(async (session) => {
    await makeFolder(session, pathOf(place, session, folder))
    const path = fileAt(place, session, folder, name)
    const before = (await findState(session, path))?.size ?? 0
    return before + (await upload(session, path, content, 'APPE'))
  })
  await useOrAgain(place, (session) => mustHave(session, fileAt(place, session, folder, name), size))
}

/** A session may have ended a moment ago, and nobody has told yet. */
async function useOrAgain({ sessions }: FtpPlace, act: (session: FtpSession) => Promise<void>): Promise<void> {
  try {
    await sessions.use(act)
  } catch (error) {
    if (!(error instanceof FileFailure) || error.code !== 'connection_reset') throw error
    await sessions.use(act)
  }
}

export interface PutAway {
  readonly folder: string
  readonly name: string
  readonly version: string
  readonly backup: string | undefined
  readonly now: Date
  /** The file, where it has to be copied. */
  content(state: FileState): Chunks
}

export async function putAway(place: FtpPlace, { folder, name, version, backup, now, content }: PutAway): Promise<void> {
  const { sessions } = place
  const left = await sessions.use(async (session) => {
    const path = fileAt(place, session, folder, name)
    const state = await findState(session, path)
    if (state?.version !== version) return undefined
    if (backup !== undefined) return move(place, session, path, { name, backup, now, state })
    await remove(session, path)
    return undefined
  })
  if (!left || backup === undefined) return
  // It may lie on another disk.
  await writeAs(place, backup, draftName('', name), left.to, content(left.state))
  await sessions.use((session) => remove(session, fileAt(place, session, folder, name)))
}

interface Move extends Pick<PutAway, 'name' | 'now'> {
  readonly backup: string
  readonly state: FileState
}

/** What is left to be copied; undefined where it was moved. */
async function move(place: FtpPlace, session: FtpSession, path: string, { name, backup, now, state }: Move) {
  await makeFolder(session, pathOf(place, session, backup))
  const to = (await findState(session, fileAt(place, session, backup, name))) ? stampedName(name, now) : name
  try {
    await rename(session, path, fileAt(place, session, backup, to))
    return undefined
  } catch (error) {
    if (!isFinal(error)) throw error
    return { state, to }
  }
}
