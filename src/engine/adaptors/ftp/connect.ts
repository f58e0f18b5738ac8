/** Opens the way to a file server, and says why there is none. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { explainSocketError } from '../../outgoing/failure.ts'
import { FileFailure } from '../files/failure.ts'

/** Milliseconds. */
export const connectMs = 10_000
/** Until a server has let us in. Milliseconds. */
export const signInMs = 30_000

/** Throws `FileFailure`. */
export async function onceConnected(socket: Socket, host: string): Promise<void> {
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectMs) })
  } catch (error) {
    socket.destroy()
    if ((error as Error).name === 'AbortError') throw new FileFailure('timeout', `${host} did not accept the connection in time.`, true)
    throw explainConnectError(error as Error, host)
  }
}

/** A server that is ending, or lets in no more at a time, does so at any moment. */
export const lost = (host: string): FileFailure => new FileFailure('connection_reset', `${host} closed the connection.`, true)

/** Of a server that says nothing at all; ssh2 has no other sign for it. */
const unheard = 'Connection lost before handshake'

/** `level` is what ssh2 says of where it went wrong. */
export function explainConnectError(error: Error & { readonly level?: string }, host: string): FileFailure {
  if (error instanceof FileFailure) return error
  if (error.level === 'client-authentication')
    return new FileFailure(
      'authentication_failed',
      `${host} does not let the user in: the user name, the password or the key of the connection is wrong.`,
      false,
      true,
    )
  if (error.level === 'client-timeout') return new FileFailure('timeout', `${host} did not let the user in in time.`, true)
  if (error.message === unheard) return lost(host)
  if (error.level === 'handshake' || error.level === 'protocol')
    return new FileFailure('protocol_failed', `${host} and this server find no common way to talk: ${error.message.slice(0, 200)}.`)
  const { code, message, passing } = explainSocketError(error, host, 'GET')
  return new FileFailure(code, message, passing)
}
