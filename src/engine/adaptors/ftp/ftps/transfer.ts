/** Moves bytes over connections for data, one at a time beside the commands of a session. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { FTPResponse } from 'basic-ftp'
import type { Chunks } from '../../../formats/format.ts'
import { StepFailure } from '../../../adaptor.ts'
import { FileFailure } from '../../files/failure.ts'
import { connectMs } from '../connect.ts'
import type { DataWay } from './data-way.ts'
import { explainTrouble, isReply, type Meaning } from './explain-reply.ts'
import { answerMs, type FtpSession } from './session.ts'

interface Transfer {
  readonly data: Socket
  /** Rejects when the server breaks it off, or the session ends. */
  readonly failed: Promise<never>
  /** When all bytes are through: the server has to say so too. */
  finish(): Promise<void>
}

async function begin(session: FtpSession, command: string, offset: number, meaning: Meaning = 'transfer'): Promise<Transfer> {
  const { client, host } = session
  const { ftp } = client
  let way: DataWay | undefined
  try {
    way = await session.openWay()
    if (offset > 0) await client.send(`REST ${offset}`)
    let ready: () => void = () => undefined
    const begun = new Promise<void>((resolve) => (ready = resolve))
    const done = ftp.handle(command, (reply: Error | FTPResponse, task) => {
      if (reply instanceof Error) return task.reject(reply)
      if (reply.code >= 200) return task.resolve(undefined)
      // Nothing is said here while bytes move.
      ftp.socket.setTimeout(0)
      ready()
    }) as Promise<void>
    const failed = new Promise<never>((_resolve, reject) => void done.catch(reject))
    failed.catch(() => undefined)
    await Promise.race([begun, done])
    const data = await Promise.race([way.arrived(), failed])
    // Met where it is read or written.
    data.on('error', () => undefined)
    if ((data as Partial<TLSSocket & { secureConnecting: boolean }>).secureConnecting)
      await Promise.race([once(data, 'secureConnect', { signal: AbortSignal.timeout(connectMs) }), failed])
    return {
      data,
      failed,
      async finish() {
        if (!client.closed) ftp.socket.setTimeout(answerMs)
        await done
      },
    }
  } catch (error) {
    way?.close()
    // What was refused in words leaves the session as it was.
    if (!isReply(error)) session.breakOff()
    throw explainTrouble(error, host, meaning)
  }
}

/** What comes over the connection for data, to its end. What is not read in time is given up; a reader may take its time. */
async function* chunksOf({ host }: FtpSession, { data, failed }: Transfer): AsyncGenerator<Buffer> {
  const chunks = data[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  for (;;) {
    const late = stopwatch(`${host} stopped sending.`)
    try {
      const next = await Promise.race([chunks.next(), failed, late.rung])
      if (next.done) return
      yield next.value
    } finally {
      late.stop()
    }
  }
}

function stopwatch(message: string): { readonly rung: Promise<never>; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const rung = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new FileFailure('timeout', message, true)), answerMs)
  })
  rung.catch(() => undefined)
  return { rung, stop: () => clearTimeout(timer) }
}

/** From one byte of a file to another, though the server may have more. */
export async function* download(session: FtpSession, path: string, from: number, to: number): AsyncGenerator<Uint8Array> {
  let at = from
  for await (const chunk of receive(session, `RETR ${path}`, from, () => at === to)) {
    const part = chunk.subarray(0, to - at)
    at += part.length
    if (part.length > 0) yield part
  }
}

/** `isEnough`: what comes after that is of no interest, and neither is what the server says of it. */
export async function* receive(
  session: FtpSession,
  command: string,
  from = 0,
  isEnough: () => boolean = () => false,
): AsyncGenerator<Uint8Array> {
  const transfer = await begin(session, command, from)
  let isThrough = false
  try {
    for await (const chunk of chunksOf(session, transfer)) {
      if (isEnough()) return
      yield chunk
    }
    try {
      await transfer.finish()
      isThrough = true
    } catch (error) {
      if (!isEnough()) throw error
    }
  } catch (error) {
    throw explainTrouble(error, session.host, 'transfer')
  } finally {
    transfer.data.destroy()
    if (!isThrough) session.breakOff()
  }
}

/** Writes a file anew, or at its end, and answers how many bytes went. */
export async function upload(session: FtpSession, path: string, chunks: Chunks, command: 'STOR' | 'APPE' = 'STOR'): Promise<number> {
  const transfer = await begin(session, `${command} ${path}`, 0, 'write')
  let sent = 0
  try {
    for await (const chunk of chunks) {
      sent += chunk.length
      await send(session, transfer, chunk)
    }
    transfer.data.end()
    await transfer.finish()
  } catch (error) {
    transfer.data.destroy()
    session.breakOff()
    // What is to be sent may fail for reasons of its own.
    throw error instanceof StepFailure ? error : explainTrouble(error, session.host, 'write')
  }
  return sent
}

/** Returns when there is room for more. */
async function send({ host }: FtpSession, { data, failed }: Transfer, chunk: Uint8Array): Promise<void> {
  if (data.write(chunk)) return
  const late = stopwatch(`${host} stopped taking what is sent.`)
  try {
    await Promise.race([once(data, 'drain'), failed, late.rung])
  } finally {
    late.stop()
  }
}
