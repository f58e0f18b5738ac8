/** A socket for whatever speaks another protocol than HTTP, opened behind the address guard. */
import { Socket } from 'node:net'
import { checkLiteral, guardedLookup, type PrivateNetwork } from './address-guard.ts'

/** Bytes between a client and the end of a quiet way: routers forget what says nothing. Milliseconds. */
const keepAliveMs = 30_000

/** Is being opened when it is handed out; why it could not be is its error. Drivers that open it once more are not followed: its address is the one that was judged. */
export function openGuardedSocket(host: string, port: number, privateNetwork: PrivateNetwork): Socket {
  const socket = new Socket()
  const connect = socket.connect.bind(socket)
  socket.connect = () => socket
  // In a moment: whoever gets it listens to its errors by then.
  process.nextTick(() => {
    if (socket.destroyed) return
    try {
      checkLiteral(host, privateNetwork)
      socket.setNoDelay(true).setKeepAlive(true, keepAliveMs)
      connect({ host, port, lookup: guardedLookup(privateNetwork) })
    } catch (error) {
      socket.destroy(error as Error)
    }
  })
  return socket
}
