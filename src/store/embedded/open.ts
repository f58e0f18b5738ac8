/**
 * A real PostgreSQL inside a data folder, for those who bring none. It starts with the first program that needs it, outlives one that is killed,
 * is started again where it crashes, and stops with the last one that leaves. It is not reached over a network, and not a server for anything but Sluice.
 */
import { resolve } from 'node:path'
import { SetupError } from '../../domain/errors.ts'
import type { Log } from '../../domain/context.ts'
import { ensureCluster } from './data-directory.ts'
import { firstPatience, enterServer, leaveServer, type LeaseRequest } from './enter-server.ts'
import { openFolder } from './folder.ts'
import { keepLease } from './keep-server-lease.ts'
import type { Address } from './server-lease.ts'

export interface Embedded {
  readonly config: Address
  /** Settles, with the reason, when the server went away while it was needed and could not be brought back; the program has to end then. */
  readonly lost: Promise<Error>
  /** Close the pools first: their sessions end here, if nobody else is at the server. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** For the server program, of which a folder has one; others come and go beside it. */
  readonly exclusive: boolean
  /** Is told what becomes of the server. */
  readonly log?: Log
  /** Called when a program of PostgreSQL is at work, and there is time to do something else. */
  readonly onWait?: () => void
}

export async function openEmbedded(folder: string, { exclusive, log, onWait }: EmbeddedOptions): Promise<Embedded> {
  try {
    const place = await openFolder(folder)
    const password = await ensureCluster(place, onWait)
    const request: LeaseRequest = { place, password, exclusive }
    const { lease, address } = await enterServer(request, { ...firstPatience, ...(onWait && { onWait }) })
    const kept = keepLease(request, lease, log)
    const lost = kept.lost.then((error) => explained(error, resolve(folder)) as Error)
    let stopping: Promise<void> | undefined
    return { config: address, lost, stop: () => (stopping ??= kept.stop().then((last) => leaveServer(request, last))) }
  } catch (error) {
    throw explained(error, resolve(folder))
  }
}

/** What the machine refuses, in a sentence; a bug stays a bug. */
function explained(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    EACCES: 'this user may not read and write in it',
    EPERM: 'this user may not change what is in it',
    EROFS: 'it is on a disk that can only be read',
    ENOENT: 'no folder can be made there',
    ENOSPC: 'its disk is full',
    EDQUOT: 'its disk quota is used up',
    ENOTDIR: 'it is not a folder',
    EEXIST: 'it is not a folder',
  }
  const reason = code && reasons[code]
  return reason ? new SetupError(`The data folder ${folder} cannot be used: ${reason}.`) : error
}
