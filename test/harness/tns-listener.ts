/** A listener as Oracle has them, as far as a session is opened: it reads who is asked for, and refuses, sends on, or says nothing. */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

type TnsAnswer = { readonly refuse: string } | { readonly sendOn: string; readonly separated?: boolean } | 'nothing' | 'hangs up'

export interface TnsListener {
  readonly port: number
  /** Descriptions of what was asked for. */
  readonly asked: string[]
  answer: TnsAnswer
  stop(): Promise<void>
}

interface Identity {
  readonly cert: string
  readonly key: string
}

const [connectKind, refuseKind, redirectKind] = [1, 4, 5]
const head = (length: number, kind: number, flags = 0): Buffer => {
  const made = Buffer.alloc(8)
  made.writeUInt16BE(length, 0)
  made[4] = kind
  made[5] = flags
  return made
}

function refusal(code: string): Buffer {
  const text = Buffer.from(`(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR=${code})(ERROR_STACK=(ERROR=(CODE=${code})(EMFI=4))))`)
  const start = Buffer.from([0, 0, 0, 0])
  start.writeUInt16BE(text.length, 2)
  return Buffer.concat([head(12 + text.length, refuseKind), start, text])
}

function redirect(address: string, connectData?: string): Buffer {
  const text = Buffer.from(connectData === undefined ? address : `${address}\0${connectData}`)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length, 0)
  return Buffer.concat([head(10 + text.length, redirectKind, connectData === undefined ? 0 : 2), length, text])
}

/** Encrypted from the first byte on where there is an identity. */
export async function startTnsListener(identity?: Identity): Promise<TnsListener> {
  const sockets = new Set<Socket>()
  const listener = { asked: [] as string[], answer: 'nothing' as TnsAnswer }
  const serve = (socket: Socket): void => {
    sockets.add(socket)
    let received = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const asked = readConnect(received)
      if (asked === undefined) return
      received = Buffer.alloc(0)
      listener.asked.push(asked)
      const { answer } = listener
      if (answer === 'hangs up') socket.destroy()
      else if (answer !== 'nothing' && 'refuse' in answer) socket.end(refusal(answer.refuse))
      else if (answer !== 'nothing') socket.write(redirect(answer.sendOn, answer.separated ? asked.replace('shop', 'shop2') : undefined))
    })
  }
  const server = identity ? createTlsServer({ ...identity }, serve) : createServer(serve)
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(listener, {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

/** What a packet asks for, or the one after it where it has no room for that; undefined where it has not come as a whole. */
function readConnect(bytes: Buffer): string | undefined {
  if (bytes.length < 28 || bytes[4] !== connectKind) return undefined
  const [length, size, from] = [bytes.readUInt16BE(0), bytes.readUInt16BE(24), bytes.readUInt16BE(26)]
  const text = bytes.subarray(from >= length ? length + 10 : from).toString('latin1')
  return text.length < size ? undefined : text.slice(0, size)
}
