/** Files of a server for FTP or FTPS. A session does one thing at a time, so each piece of work and each file that is being read has its own. */
import type { Chunks } from '../../../formats/format.ts'
import { FileFailure, mustFit } from '../../files/failure.ts'
import { NextFiles, type Listed } from '../../files/listing/next-files.ts'
import { mustBeName } from '../../files/path.ts'
import { readOn } from '../../files/read-on.ts'
import type { FileTransport, Found, OpenFile, Wanted } from '../../files/transport.ts'
import { enter, findState, readState, type FileState } from './commands.ts'
import { readList } from './lists.ts'
import { append, fileAt, pathOf, putAway, write, type FtpPlace } from './put-files.ts'
import type { FtpSession } from './session.ts'
import { download, receive } from './transfer.ts'

interface Way extends FtpPlace {
  readonly signal: AbortSignal
  readonly firstWait?: number | undefined
}

export function ftpTransport(way: Way): FileTransport {
  const { sessions, signal, firstWait } = way
  const stateOf = (folder: string, name: string): Promise<FileState | undefined> =>
    sessions.use((session) => findState(session, fileAt(way, session, folder, name)))
  return {
    list: (folder, wanted) => sessions.use((session) => listFiles(session, pathOf(way, session, folder), wanted)),
    async open(folder, name): Promise<OpenFile> {
      const state = await sessions.use((session) => readState(session, fileAt(way, session, folder, name)))
      mustFit(state.size)
      const from = (offset: number): Chunks => readFrom(way, folder, name, state, offset)
      return { ...state, chunks: readOn({ from, size: state.size, signal, firstWait }), close: async () => undefined }
    },
    putAway: (folder, name, version, backup, now) =>
      putAway(way, { folder, name, version, backup, now, content: (state) => readFrom(way, folder, name, state, 0) }),
    write: (folder, name, content, wayToName) => write(way, folder, name, content(), wayToName),
    ends: {
      size: async (folder, name) => (await stateOf(folder, name))?.size ?? 0,
      async *read(folder, name, from) {
        const state = await stateOf(folder, name)
        if (state) yield* readFrom(way, folder, name, state, from)
      },
      append: (folder, name, content) => append(way, folder, name, content),
    },
    mustBeName,
    look: (folder) => sessions.use((session) => enter(session, pathOf(way, session, folder))),
    explain: () => undefined,
  }
}

async function listFiles(session: FtpSession, path: string, { fits, ...look }: Wanted): Promise<Listed<Found>> {
  // Many servers list a folder that is not there as an empty one.
  await enter(session, path)
  const next = new NextFiles<Found>(look)
  for await (const file of readList(receive(session, session.listCommand), new Date(), () => next.count()))
    if (!file.name.startsWith('.') && fits(file.name)) next.add(file)
  return next.take()
}

/** Throws a failure that passes where the session breaks, and another one where the file is no longer the same. */
async function* readFrom(
  place: FtpPlace,
  folder: string,
  name: string,
  { version, size }: FileState,
  offset: number,
): AsyncGenerator<Uint8Array> {
  const { session, giveBack } = await place.sessions.take()
  try {
    const path = fileAt(place, session, folder, name)
    if ((await readState(session, path)).version !== version) throw new FileFailure('file_changed', 'It was changed while it was read.')
    yield* download(session, path, offset, size)
  } finally {
    giveBack()
  }
}
