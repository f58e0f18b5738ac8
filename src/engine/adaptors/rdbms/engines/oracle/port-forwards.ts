/**
 * Local port forwards to Oracle, for a driver that opens its sockets by itself: it connects to a port of this machine, and a guarded socket goes on from there. A
 * listener may redirect a client to another address: that one gets a forward of its own, so the address guard judges it as well.
 */
import { EventEmitter } from 'node:events'
import { createServer as createProxy } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Readable, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PrivateNetwork } from '../../../../outgoing/address-guard.ts'
import { openGuardedSocket } from '../../../../outgoing/guarded-socket.ts'
import { DatabaseFailure } from '../../../database-failure.ts'

const here = '127.0.0.1'

/** Of packets before a session is open: their length, their kind and where the text of one begins that sends on. Bytes. */
const [headBytes, kindAt, flagsAt, sentOnAt] = [8, 4, 5, 10]
/** What a listener says: once more, or go on elsewhere. */
const [again, elsewhere] = [11, 5]
/** After the address and a NUL comes what to say there. */
const separated = 0x02

/** `end` comes when a socket of the database is closed. */
export class PortForwards extends EventEmitter<{ end: []; error: [] }> {
  readonly #privateNetwork: PrivateNetwork
  readonly #servers = new Set<Server>()
  readonly #sockets = new Set<Socket>()
  #read = 0
  /** Why a socket could not be opened, or broke. */
  failure: unknown

  constructor(privateNetwork: PrivateNetwork) {
    super()
    this.#privateNetwork = privateNetwork
  }

  /** Bytes that came from the database. */
  get bytesRead(): number {
    return [...this.#sockets].reduce((sum, { bytesRead }) => sum + bytesRead, this.#read)
  }

  /** A port on this machine that leads to the server, once. */
  open(host: string, port: number): Promise<number> {
    const server = createServer((inner) => {
      this.#shut(server)
      const outer = this.#connect(host, port, inner)
      void pipeline(inner, outer).catch(() => undefined)
      void pipeline(Readable.from(this.#watchLogin(outer)), inner).catch(() => inner.destroy())
    })
    return this.#listen(server)
  }

  /** The port of a proxy, for sessions that are encrypted from their first byte on: it leads wherever the driver is sent. */
  openProxy(): Promise<number> {
    const server = createProxy()
    server.on('connect', ({ url = '' }, inner: Duplex) => {
      const at = url.lastIndexOf(':')
      const outer = this.#connect(url.slice(0, at).replace(/^\[(.*)\]$/, '$1'), Number(url.slice(at + 1)), inner)
      outer.once('connect', () => {
        inner.write('HTTP/1.1 200 OK\r\n\r\n')
        void pipeline(inner, outer, inner).catch(() => inner.destroy())
      })
    })
    return this.#listen(server)
  }

  /** Nobody comes in any more; who is in stays. */
  shut(): void {
    for (const server of this.#servers) this.#shut(server)
  }

  hold(isBusy: boolean): void {
    for (const socket of this.#sockets)
      if (isBusy) socket.ref()
      else socket.unref()
  }

  destroy(error?: Error): void {
    this.shut()
    this.failure ??= error
    for (const socket of this.#sockets) socket.destroy()
  }

  async #listen(server: Server): Promise<number> {
    this.#servers.add(server)
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, here, resolve))
    return (server.address() as AddressInfo).port
  }

  #shut(server: Server): void {
    this.#servers.delete(server)
    server.close()
  }

  #connect(host: string, port: number, inner: Duplex): Socket {
    const outer = openGuardedSocket(host, port, this.#privateNetwork)
    this.#sockets.add(outer)
    inner.on('error', () => outer.destroy())
    outer.on('error', (error) => (this.failure ??= error))
    outer.on('close', () => {
      this.#sockets.delete(outer)
      this.#read += outer.bytesRead
      inner.destroy()
      this.emit('end')
    })
    return outer
  }

  /** What comes until a session is open is looked at, packet by packet. */
  async *#watchLogin(outer: Socket): AsyncGenerator<Uint8Array> {
    let left: Buffer = Buffer.alloc(0)
    let isOpen = false
    for await (const chunk of outer as AsyncIterable<Buffer>) {
      if (isOpen) {
        yield chunk
        continue
      }
      left = Buffer.concat([left, chunk])
      while (!isOpen && left.length >= headBytes) {
        const [length, kind] = [left.readUInt16BE(0), left[kindAt]]
        isOpen = kind !== again && kind !== elsewhere
        if (isOpen || left.length < length || length < headBytes) break
        const packet = left.subarray(0, length)
        left = left.subarray(length)
        yield kind === elsewhere ? await this.#leadOn(packet) : packet
      }
      if (!isOpen) continue
      yield left
      left = Buffer.alloc(0)
    }
  }

  /** The same packet, with a local forward in place of the address that it names. */
  async #leadOn(packet: Buffer): Promise<Buffer> {
    const text = packet.subarray(sentOnAt).toString('latin1')
    const end = (packet[flagsAt] ?? 0) & separated ? text.indexOf('\0') : text.length
    const address = text.slice(0, Math.max(0, end))
    const named = (name: string): string | undefined => new RegExp(`\\(\\s*${name}\\s*=\\s*([^()\\s]+)\\s*\\)`, 'i').exec(address)?.[1]
    const [host, port, protocol] = [named('host'), Number(named('port')), named('protocol')]
    if (!host || !Number.isInteger(port) || protocol?.toLowerCase() !== 'tcp') {
      this.failure ??= new DatabaseFailure('redirect_refused', 'The database sends on to an address that is not understood.', {
        source: 'connection',
        endsSession: true,
      })
      throw this.failure
    }
    const forward = `(ADDRESS=(PROTOCOL=tcp)(HOST=${here})(PORT=${await this.open(host, port)}))`
    const said = Buffer.from(forward + text.slice(Math.max(0, end)), 'latin1')
    const made = Buffer.concat([packet.subarray(0, sentOnAt), said])
    made.writeUInt16BE(made.length, 0)
    made.writeUInt16BE(said.length, headBytes)
    return made
  }
}
