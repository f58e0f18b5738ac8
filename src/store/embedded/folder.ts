/** The data folder: what lies where in it, who owns it, and that nobody else may look inside. */
import { createHash } from 'node:crypto'
import { chmod, chown, lchown, lstat, mkdir, readdir, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { SetupError } from '../../domain/errors.ts'
import { accountFor } from './account.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import type { RunAs } from './run-postgres-tool.ts'

export interface Place {
  /** With symbolic links resolved, so that two names of one folder are one place. */
  readonly folder: string
  /** What PostgreSQL calls its data directory. */
  readonly data: string
  readonly log: string
  readonly password: string
  /** The folder of the socket. */
  readonly socket: string
  readonly binaries: Binaries
  readonly as: RunAs
}

/** Socket paths end at 103 bytes on macOS and 107 on Linux. */
const maxSocketBytes = 100

export async function openFolder(path: string): Promise<Place> {
  const binaries = findBinaries()
  await makeFolder(resolve(path))
  const folder = await realpath(path)
  const data = join(folder, 'postgres')
  await restrictNew(folder)
  const as = await accountFor(folder, data, binaries)
  await restoreOwner(data, as)
  const near = join(folder, 'run')
  const fits = Buffer.byteLength(join(near, '.s.PGSQL.5432')) <= maxSocketBytes
  const socket = fits ? near : join(tmpdir(), `sluice-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`)
  await makePrivate(socket, as, fits)
  return { folder, data, log: join(folder, 'postgres.log'), password: join(folder, 'postgres-password'), socket, binaries, as }
}

/** A folder that holds nothing yet becomes private. One with other things in it keeps its mode: it may be shared on purpose, and ours are private in any case. */
async function restrictNew(folder: string): Promise<void> {
  if ((await readdir(folder)).length === 0) await chmod(folder, 0o700)
}

/**
 * With the folders above it. Node's own way of doing that never ends where a folder is there and none can be made in it, such as /proc: it takes
 * «no such folder» for the one above being absent, for ever.
 */
export async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { mode: 0o700 }).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  )
  if (!made || (made.code === 'EEXIST' && (await stat(path)).isDirectory())) return
  const above = dirname(path)
  if (made.code !== 'ENOENT' || (await lstat(above).catch(() => undefined))) throw made
  await makeFolder(above)
  await mkdir(path, { mode: 0o700 })
}

export async function changeOwner(as: RunAs, path: string): Promise<void> {
  if (as.owner) await chown(path, as.owner.uid, as.owner.gid)
}

/** A cluster that root copied or restored belongs to root, and PostgreSQL would refuse it. */
async function restoreOwner(data: string, as: RunAs): Promise<void> {
  const found = await lstat(data).catch(() => undefined)
  if (!as.owner || found?.uid !== 0) return
  for (const entry of await readdir(data, { recursive: true })) await lchown(join(data, entry), as.owner.uid, as.owner.gid)
  await lchown(data, as.owner.uid, as.owner.gid)
}

/** Makes a folder that only PostgreSQL's user may enter, or checks that it is one: in a folder for temporary files somebody else may have been first. */
async function makePrivate(path: string, as: RunAs, ours: boolean): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 })
  if (made || ours) await changeOwner(as, path)
  const found = await lstat(path)
  const uid = as.owner?.uid ?? process.getuid?.() ?? found.uid
  if (!found.isDirectory() || found.uid !== uid) {
    throw new SetupError(`${path} is not a folder of the user PostgreSQL runs as (uid ${uid}): remove it and start again.`)
  }
  await chmod(path, 0o700)
}
