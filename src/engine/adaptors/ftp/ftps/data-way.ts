/** Connections for data beside the commands of a session: opened from here, or by the server, as it needs it. */
import { createServer, isIPv6, type AddressInfo, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { Client } from 'basic-ftp'
import type { PrivateNetwork } from '../../../outgoing/address-guard.ts'
import { openGuardedSocket } from '../../../outgoing/guarded-socket.ts'
import { FileFailure } from '../../files/failure.ts'
import { connectMs, onceConnected } from '../connect.ts'
import { isReply } from './explain-reply.ts'

export interface DataWay {
  /** The connection, after the command. */
  arrived(): Promise<Socket>
  close(): void
}

const plainAddress = (address = ''): string => address.replace(/^::ffff:/i, '')

/** Leads to the server that let the user in, whatever address it tells: behind a router it is often one that nobody reaches. */
export async function openPassiveWay(client: Client, host: string, privateNetwork: PrivateNetwork): Promise<DataWay> {
  const port = await askPort(client)
  const socket = openGuardedSocket(plainAddress(client.ftp.socket.remoteAddress), port, privateNetwork)
  await onceConnected(socket, host).catch(() => {
    throw new FileFailure(
      'data_connection_failed',
      `${host} is not reached at its port ${port}, where it said it waits for data: a firewall may be between, and ftp.usePassiveMode says which side opens the connection.`,
      true,
    )
  })
  return { arrived: async () => secured(client, socket), close: () => socket.destroy() }
}

async function askPort(client: Client): Promise<number> {
  try {
    const { message } = await client.send('EPSV')
    const port = Number(/\(([|!])\1\1(\d{1,5})\1\)/.exec(message)?.[2])
    if (port > 0) return port
  } catch (error) {
    if (!isReply(error)) throw error
  }
  const { message } = await client.send('PASV')
  const [, high, low] = /(?:\d{1,3},){4}(\d{1,3}),(\d{1,3})/.exec(message) ?? []
  const port = Number(high) * 256 + Number(low)
  if (port > 0 && port < 65_536) return port
  throw new FileFailure('protocol_failed', 'The server does not say where it waits for data.')
}

/** Tells the server where to, and lets nobody in but that server. */
export async function openActiveWay(client: Client, host: string): Promise<DataWay> {
  const { ftp } = client
  const own = plainAddress(ftp.socket.localAddress)
  const theirs = plainAddress(ftp.socket.remoteAddress)
  const server = createServer({ pauseOnConnect: true })
  const came = new Promise<Socket>((resolve) => {
    server.on('connection', (socket) => {
      if (plainAddress(socket.remoteAddress) !== theirs) return socket.destroy()
      server.close()
      resolve(socket)
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, own, resolve))
  const { port } = server.address() as AddressInfo
  const close = (): void => {
    server.close()
    void came.then((socket) => socket.destroy())
  }
  try {
    await client.send(isIPv6(own) ? `EPRT |2|${own}|${port}|` : `PORT ${own.replaceAll('.', ',')},${port >> 8},${port & 255}`)
  } catch (error) {
    close()
    throw error
  }
  return {
    close,
    async arrived() {
      let late: NodeJS.Timeout | undefined
      const never = new Promise<never>((_resolve, reject) => {
        const failure = new FileFailure(
          'data_connection_failed',
          `${host} opened no connection for data in time: see ftp.usePassiveMode.`,
          true,
        )
        late = setTimeout(() => reject(failure), connectMs)
      })
      try {
        return secured(client, await Promise.race([came, never]))
      } finally {
        clearTimeout(late)
      }
    },
  }
}

/** Over TLS as the commands go, and in the same TLS session: servers take no other one for data. */
function secured({ ftp }: Client, socket: Socket): Socket {
  if (!ftp.hasTLS) return socket
  const session = ftp.tlsSessionStore ?? (ftp.socket as TLSSocket).getSession()
  const over = connect({ ...ftp.tlsOptions, socket, ...(session && { session }) })
  over.on('session', (next) => (ftp.tlsSessionStore = next))
  return over
}
