/** What is asked of a server for FTP about one path, each in a command or two. */
import { FileFailure } from '../../files/failure.ts'
import type { FtpSession } from './session.ts'

export interface FileState {
  readonly size: number
  /** A file that was changed has another one. */
  readonly version: string
}

/** Whether the same would fail again. */
export const isFinal = (error: unknown): boolean => error instanceof FileFailure && !error.passing

export const enter = (session: FtpSession, path: string): Promise<void> =>
  session.ask('find_folder', async (client) => void (await client.cd(path)))

const isThere = (session: FtpSession, path: string): Promise<boolean> =>
  enter(session, path).then(
    () => true,
    (error: unknown) => {
      if (!isFinal(error)) throw error
      return false
    },
  )

export async function makeFolder(session: FtpSession, path: string): Promise<void> {
  if (await isThere(session, path)) return
  const above = path.slice(0, path.lastIndexOf('/'))
  if (above !== '') await makeFolder(session, above)
  try {
    await session.ask('write', (client) => client.send(`MKD ${path}`))
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(await isThere(session, path))) throw error
  }
}

export async function readState(session: FtpSession, path: string): Promise<FileState> {
  const size = await session.ask('find_file', (client) => client.size(path))
  // Not every server knows it.
  const { message } = await session.ask('find_file', (client) => client.sendIgnoringError(`MDTM ${path}`))
  return { size, version: `${size}-${/^213 (\S+)/.exec(message)?.[1] ?? ''}` }
}

export const findState = (session: FtpSession, path: string): Promise<FileState | undefined> =>
  readState(session, path).catch((error: unknown) => {
    if (error instanceof FileFailure && error.code === 'file_missing') return undefined
    throw error
  })

/** A server that tells no sizes has to be believed. */
export async function mustHave(session: FtpSession, path: string, sent: number): Promise<void> {
  const size = await session
    .ask('find_file', (client) => client.size(path))
    .catch((error: unknown) => {
      if (!isFinal(error)) throw error
      return sent
    })
  if (size !== sent) throw new FileFailure('upload_incomplete', `The server has ${size} of the ${sent} bytes that were sent.`, true)
}

export const remove = (session: FtpSession, path: string): Promise<void> =>
  session.ask('write', async (client) => void (await client.remove(path)))

export const rename = (session: FtpSession, from: string, to: string): Promise<void> =>
  session.ask('write', async (client) => void (await client.rename(from, to)))

/** A file of that name is written over, in one moment where the server does that. */
export async function replace(session: FtpSession, from: string, to: string): Promise<void> {
  try {
    await rename(session, from, to)
  } catch (error) {
    if (!isFinal(error) || !(await findState(session, to))) throw error
    await remove(session, to)
    await rename(session, from, to)
  }
}
