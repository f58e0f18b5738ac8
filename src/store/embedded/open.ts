/**
 * A real PostgreSQL inside a data folder, for those who bring none. It starts with the first program that needs it, outlives one that is killed,
 * and stops with the last one that leaves. It is not reached over a network, and not a server for anything but Sluice.
 */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SetupError } from '../../domain/errors.ts'
import { ensureCluster } from './cluster.ts'
import { openFolder, type Place } from './folder.ts'
import { findPostmaster, isAlive, type Launched, pollMs, startPostmaster, stopPostmaster } from './postmaster.ts'
import { lastLine } from './program.ts'
import { type Address, addressOf, type Seat, takeSeat } from './seat.ts'

/** After a crash the server first replays its log, at most 256 MB of it or so. In milliseconds. */
const startPatienceMs = 120_000
/** A killed program's lock goes when the server notices that its connection is closed, which takes a few milliseconds. In milliseconds. */
const deadHolderPatienceMs = 5_000
/** Starts that fail before we give up: one can fail because another program's server was just ending. */
const maxFailedStarts = 2

export interface Embedded {
  readonly config: Address
  /** Settles when the server goes away while it is still needed; the program should end then. */
  readonly lost: Promise<void>
  /** Close the pools first: their sessions end here, if nobody else is at the server. */
  stop(): Promise<void>
}

/** `exclusive` for the server program, of which a folder has one; others come and go beside it. */
export async function openEmbedded(folder: string, { exclusive }: { exclusive: boolean }): Promise<Embedded> {
  try {
    const place = await openFolder(folder)
    const password = await ensureCluster(place)
    const { seat, address } = await comeIn(place, password, exclusive)
    let stopping: Promise<void> | undefined
    return { config: address, lost: seat.lost, stop: () => (stopping ??= goOut(place, seat)) }
  } catch (error) {
    throw explained(error, resolve(folder))
  }
}

/** Starts the server unless it runs, and takes a seat, until one of the two cannot be. */
async function comeIn(place: Place, password: string, exclusive: boolean): Promise<{ seat: Seat; address: Address }> {
  const began = Date.now()
  let launched: Launched | undefined
  let failures = 0
  for (; Date.now() < began + startPatienceMs; await sleep(pollMs)) {
    const server = await findPostmaster(place)
    if (server?.host) {
      const address = addressOf(server, password)
      const answer = await takeSeat(address, exclusive)
      if (answer === 'unavailable') continue
      if (!('holder' in answer)) return { seat: answer, address }
      if (answer.holder !== undefined && (isAlive(answer.holder) || Date.now() > began + deadHolderPatienceMs))
        throw inUse(place, answer.holder)
    } else if (!server && (!launched || launched.ended)) {
      if (launched && ++failures >= maxFailedStarts)
        throw new SetupError(`The embedded PostgreSQL does not start: ${await lastWords(place, launched)}`)
      launched = await startPostmaster(place)
    }
  }
  throw new SetupError(`The embedded PostgreSQL of ${place.folder} was not ready after ${startPatienceMs / 1000} s: see ${place.log}.`)
}

async function goOut(place: Place, seat: Seat): Promise<void> {
  // A server that is gone already needs no stopping.
  const last = await seat.leave().catch(() => false)
  if (last) await stopPostmaster(place)
  await seat.release()
}

const inUse = ({ folder }: Place, pid: number) =>
  new SetupError(`The data folder ${folder} is in use by another Sluice (process ${pid}). Stop that one, or give this one another folder.`)

async function lastWords({ log }: Place, { logStart }: Launched): Promise<string> {
  const text = (await readFile(log).catch(() => Buffer.alloc(0))).subarray(logStart).toString('utf8')
  const fatal = text.split('\n').findLast((line) => line.includes('FATAL'))
  return `${(fatal ?? lastLine(text)).replace(/^.*?FATAL:\s*/, '') || 'its program cannot be run'} (${log}).`
}

/** What the machine refuses, in a sentence; a bug stays a bug. */
function explained(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    EACCES: 'this user may not read and write in it',
    EPERM: 'this user may not change what is in it',
    EROFS: 'it is on a disk that can only be read',
    ENOSPC: 'its disk is full',
    EDQUOT: 'its disk quota is used up',
    ENOTDIR: 'it is not a folder',
    EEXIST: 'it is not a folder',
  }
  const reason = code && reasons[code]
  return reason ? new SetupError(`The data folder ${folder} cannot be used: ${reason}.`) : error
}
