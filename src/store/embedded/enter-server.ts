/** Acquires a lease on the embedded server of a data folder, starting the server where it does not run, and gives the lease back. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { SetupError } from '../../domain/errors.ts'
import type { Place } from './folder.ts'
import { findPostmaster, isAlive, type Launched, pollMs, startPostmaster, stopPostmaster } from './server-process.ts'
import { lastLine } from './run-postgres-tool.ts'
import { type Address, toAddress, type ServerLease, acquireLease } from './server-lease.ts'

/** A killed program's lock goes when the server notices that its connection is closed, which takes a few milliseconds. In milliseconds. */
const deadHolderPatienceMs = 5_000
/** Between a start that failed and the next one, in milliseconds. */
const pauseMs = 250

/** Who comes in, and where. */
export interface LeaseRequest {
  readonly place: Place
  readonly password: string
  /** For the server program, of which a folder has one. */
  readonly exclusive: boolean
}

export interface Patience {
  /** After a crash the server first replays its log, at most 256 MB of it or so. In milliseconds. */
  readonly ms: number
  /** Starts that fail before we give up. None for somebody who only looks whether a server runs. */
  readonly failedStarts: number
  /** Where the server has to listen again: connections are made there. Not asked for where a socket has one place. */
  readonly port?: number
  readonly signal?: AbortSignal
  /** Called when the server is starting. */
  readonly onWait?: () => void
  /** What this program has started before, and the last start from here: one that is just coming up has no lock file yet. */
  readonly starts?: { last?: Launched }
}

/** One start can fail because another program's server was just ending. */
export const firstPatience: Patience = { ms: 120_000, failedStarts: 2 }

/** Starts the server unless it runs, and acquires a lease, until one of the two cannot be. */
export async function enterServer(request: LeaseRequest, patience: Patience): Promise<{ lease: ServerLease; address: Address }> {
  const { place, password, exclusive } = request
  const began = performance.now()
  const starts = patience.starts ?? {}
  let launched = starts.last?.ended === false ? starts.last : undefined
  let failures = 0
  for (; performance.now() < began + patience.ms; await sleep(pollMs, undefined, { signal: patience.signal })) {
    const server = await findPostmaster(place)
    if (server?.host) {
      const address = toAddress(server, password)
      const answer = await acquireLease(address, exclusive)
      if (answer === 'unavailable') continue
      if (!('holder' in answer)) return { lease: answer, address }
      if (isOther(answer.holder, performance.now() - began)) throw inUse(place, answer.holder)
    } else if (!server && (!launched || launched.ended)) {
      if (launched && !(await isBeingLeft(place, launched)) && ++failures >= patience.failedStarts)
        throw new SetupError(`The embedded PostgreSQL does not start: ${await readLastError(place, launched)}`)
      if (patience.failedStarts === 0) break
      if (launched) await sleep(pauseMs, undefined, { signal: patience.signal })
      launched = starts.last = await startPostmaster(place, patience.port)
      patience.onWait?.()
    }
  }
  throw new SetupError(`The embedded PostgreSQL of ${place.folder} was not ready after ${patience.ms / 1000} s: see ${place.log}.`)
}

/** Our own old lease is the server's to notice. */
const isOther = (holder: number | undefined, waitedMs: number): holder is number =>
  holder !== undefined && ((holder !== process.pid && isAlive(holder)) || waitedMs > deadHolderPatienceMs)

/** `lease` is the last one that the program had. */
export async function leaveServer({ place }: LeaseRequest, lease: ServerLease): Promise<void> {
  // A server that is gone already needs no stopping.
  const last = await lease.leave().catch(() => false)
  if (last) await stopPostmaster(place)
  await lease.release()
}

const inUse = ({ folder }: Place, pid: number) =>
  new SetupError(`The data folder ${folder} is in use by another Sluice (process ${pid}). Stop that one, or give this one another folder.`)

const readServerLog = async ({ log }: Place, { logStart }: Launched): Promise<string> =>
  (await readFile(log).catch(() => Buffer.alloc(0))).subarray(logStart).toString('utf8')

/** Sessions of a server that was killed live on until the statement they are at is over: PostgreSQL starts when the last of them is gone. */
const isBeingLeft = async (place: Place, launched: Launched): Promise<boolean> =>
  (await readServerLog(place, launched)).includes('shared memory block')

async function readLastError(place: Place, launched: Launched): Promise<string> {
  const text = await readServerLog(place, launched)
  const fatal = text.split('\n').findLast((line) => line.includes('FATAL'))
  return `${(fatal ?? lastLine(text)).replace(/^.*?FATAL:\s*/, '') || 'its program cannot be run'} (${place.log}).`
}
