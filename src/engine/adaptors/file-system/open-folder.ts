/** Folders below one root: whatever a path says, it does not lead out of it, and no link is followed. */
import { lstat, mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { FileFailure } from '../files/failure.ts'

/** The folder, as an absolute path. `root` is a real path. The first folder below it is made where it is missing, the others where `makes` says so. */
export async function openFolder(root: string, names: readonly string[], makes: boolean): Promise<string> {
  let at = root
  for (const [depth, name] of names.entries()) {
    at = join(at, name)
    const shown = names.slice(1, depth + 1).join('/') || 'the folder of the environment'
    if (!(await isThere(at, shown))) {
      if (!makes && depth > 0) throw new FileFailure('folder_missing', `${shown} is not there.`)
      await mkdir(at, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
    }
  }
  // Somebody may have put a link there meanwhile.
  if ((await realpath(at)) !== at) throw refuseLink(names.slice(1).join('/'))
  return at
}

async function isThere(path: string, shown: string): Promise<boolean> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  if (found?.isSymbolicLink()) throw refuseLink(shown)
  if (found && !found.isDirectory()) throw new FileFailure('folder_missing', `${shown} is a file, not a folder.`)
  return found !== undefined
}

const refuseLink = (shown: string): FileFailure => new FileFailure('path_refused', `${shown} is a link, and links are not followed.`)
