/** Bytes to and from a server on a bare socket, for what no HTTP client would send. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

/** A server that says nothing for this long is not going to, in milliseconds. */
const patienceMs = 20_000

export interface Wire {
  readonly socket: Socket
  send(text: string | Buffer): void
  /** Everything received so far, as soon as it fits. */
  until(pattern: RegExp): Promise<string>
  /** Everything received by the time the server closes. */
  ended(): Promise<string>
  close(): void
}

export async function openWire(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  let received = ''
  let over = false
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
  socket.on('close', () => (over = true))
  const poll = async (done: () => boolean): Promise<string> => {
    const until = Date.now() + patienceMs
    while (!done()) {
      if (Date.now() > until) throw new Error(`the server only said: ${received.slice(0, 2000)}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return received
  }
  return {
    socket,
    send: (text) => void socket.write(text),
    until: (pattern) => poll(() => pattern.test(received)),
    ended: () => poll(() => over),
    close: () => socket.destroy(),
  }
}

/** Sends one request and answers everything until the server closes; `text` says `Connection: close` itself. */
export async function exchange(url: string, text: string | Buffer): Promise<string> {
  const wire = await openWire(url)
  wire.send(text)
  const answer = await wire.ended()
  wire.close()
  return answer
}
