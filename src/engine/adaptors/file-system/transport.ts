/** Files of the server itself, in the folder of one environment. */
import { realpath } from 'node:fs/promises'
import { FileFailure } from '../files/failure.ts'
import { mustBeName, splitPath } from '../files/path.ts'
import type { Chunks } from '../../formats/format.ts'
import type { FileTransport } from '../files/transport.ts'
import { explainFileError } from './explain-error.ts'
import { listFiles, openFile, putAway, readFrom, sizeOf } from './folder.ts'
import { openFolder } from './open-folder.ts'
import { appendToFile, writeFile } from './write-file.ts'

async function* deferred(open: () => Promise<Chunks>): AsyncGenerator<Uint8Array> {
  yield* await open()
}

export function fileSystemTransport(files: string, envId: string): FileTransport {
  const folderAt = async (path: string, makes = false): Promise<string> => {
    const root = await realpath(files).catch(() => {
      throw new FileFailure('files_unavailable', 'The folder for the files of this server is not there.')
    })
    return openFolder(root, [envId, ...splitPath(path)], makes)
  }
  return {
    list: async (folder, wanted) => listFiles(await folderAt(folder), wanted),
    open: async (folder, name) => openFile(await folderAt(folder), name),
    async putAway(folder, name, version, backup, now) {
      const to = backup === undefined ? undefined : await folderAt(backup, true)
      await putAway(await folderAt(folder), name, version, to, now)
    },
    write: async (folder, name, content, { by }) => writeFile(await folderAt(folder, true), name, content(), by),
    ends: {
      size: async (folder, name) => sizeOf(await folderAt(folder, true), name),
      read: (folder, name, from) => deferred(async () => readFrom(await folderAt(folder), name, from)),
      append: async (folder, name, content) => appendToFile(await folderAt(folder, true), name, content),
    },
    mustBeName,
    look: async (folder) => void (await folderAt(folder)),
    explain: explainFileError,
  }
}
