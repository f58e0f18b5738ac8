/** A server for FTP that holds files in memory and behaves as a test says: what real servers do once in a while, it does every time. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What a command is answered instead: lines with a code in front; nothing where it is `cut`, which closes the session. Undefined where it does as it is told. */
type Twist = string | undefined

export interface Twists {
  /** Sees the command and what stands after it. */
  readonly answer?: (verb: string, argument: string) => Twist
  /** Lines of `FEAT`. */
  readonly features?: readonly string[]
  /** The list of a folder, for `MLSD` and `LIST`. */
  readonly list?: (command: string) => string
  /** Bytes of an upload or download after which the connection for data is reset. */
  readonly cutsAfter?: number
  /** Every connection for data that went through ends the session. */
  readonly closesAfterTransfer?: boolean
  /** Bytes of an upload that are kept at the most, as if all had come. */
  readonly keeps?: number
  /** Where the passive port is said to be, instead of here. */
  readonly passiveAddress?: string
}

export interface ScriptedFtp {
  readonly port: number
  readonly files: Map<string, Buffer>
  readonly commands: string[]
  readonly sessions: () => number
  stop(): void
}

export async function startScriptedFtp(twists: Twists = {}): Promise<ScriptedFtp> {
  const files = new Map<string, Buffer>()
  const commands: string[] = []
  const open = new Set<Socket>()
  let sessions = 0
  const server = createServer((socket) => {
    sessions += 1
    open.add(socket)
    socket.on('error', () => undefined).on('close', () => open.delete(socket))
    serveSession(socket, twists, files, commands)
  })
  await listening(server)
  return {
    port: portOf(server),
    files,
    commands,
    sessions: () => sessions,
    stop() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port
const listening = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

function serveSession(socket: Socket, twists: Twists, files: Map<string, Buffer>, commands: string[]): void {
  let folder = '/'
  let offset = 0
  let renamed = ''
  let data: Promise<Socket> | undefined
  const say = (line: string): void => void (socket.writable && socket.write(`${line}\r\n`))
  const isFolder = (path: string): boolean => path === '/' || [...files.keys()].some((name) => name.startsWith(`${path}/`))
  const passive = async (): Promise<number> => {
    const server = createServer()
    data = new Promise((resolve) => server.once('connection', (connected: Socket) => (server.close(), resolve(connected))))
    await listening(server)
    return portOf(server)
  }
  const send = async (content: Buffer): Promise<void> => {
    say('150 here it comes')
    const to = (await data) as Socket
    to.on('error', () => undefined)
    const { cutsAfter } = twists
    if (cutsAfter !== undefined && content.length > cutsAfter) {
      to.write(content.subarray(0, cutsAfter), () => setImmediate(() => to.resetAndDestroy()))
      return say('426 broken off')
    }
    to.end(content)
    say('226 done')
    if (twists.closesAfterTransfer) socket.end()
  }
  const receive = async (path: string, before: Buffer = Buffer.alloc(0)): Promise<void> => {
    say('150 go on')
    const from = (await data) as Socket
    const chunks: Buffer[] = []
    let bytes = 0
    const { cutsAfter, keeps } = twists
    from.on('error', () => undefined)
    from.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (cutsAfter === undefined || bytes <= cutsAfter) return
      files.set(path, Buffer.concat([before, Buffer.concat(chunks).subarray(0, cutsAfter)]))
      from.resetAndDestroy()
      socket.destroy()
    })
    from.on('end', () => {
      files.set(path, Buffer.concat([before, Buffer.concat(chunks).subarray(0, keeps)]))
      from.end()
      say('226 done')
      if (twists.closesAfterTransfer) socket.end()
    })
  }
  const acts: Readonly<Record<string, (argument: string) => unknown>> = {
    USER: () => say('331 and the password?'),
    PASS: () => say('230 come in'),
    FEAT: () => say(twists.features ? `211-features\r\n${twists.features.map((name) => ` ${name}\r\n`).join('')}211 end` : '211 none'),
    PWD: () => say(`257 "${folder}"`),
    CWD: (path) => (isFolder(path) ? ((folder = path), say('250 there')) : say('550 failed')),
    MKD: () => say('257 made'),
    EPSV: async () => say(twists.passiveAddress ? '500 what?' : `229 passive (|||${await passive()}|)`),
    PASV: async () => {
      const port = await passive()
      say(`227 passive (${twists.passiveAddress ?? '127,0,0,1'},${port >> 8},${port & 255})`)
    },
    MLSD: (path) => send(Buffer.from(twists.list?.(`MLSD ${path}`) ?? '')),
    LIST: (path) => send(Buffer.from(twists.list?.(`LIST ${path}`) ?? '')),
    SIZE: (path) => say(files.has(path) ? `213 ${files.get(path)?.length}` : '550 failed'),
    MDTM: (path) => say(files.has(path) ? '213 20260101000000' : '550 failed'),
    REST: (at) => ((offset = Number(at)), say('350 from there')),
    RETR: (path) => {
      const content = files.get(path)
      const from = offset
      offset = 0
      return content ? send(content.subarray(from)) : say('550 failed')
    },
    STOR: (path) => receive(path),
    APPE: (path) => receive(path, files.get(path)),
    DELE: (path) => say(files.delete(path) ? '250 gone' : '550 failed'),
    RNFR: (path) => (files.has(path) ? ((renamed = path), say('350 to what?')) : say('550 failed')),
    RNTO: (path) => {
      files.set(path, files.get(renamed) as Buffer)
      files.delete(renamed)
      say('250 renamed')
    },
    QUIT: () => socket.end('221 bye\r\n'),
  }
  say('220 welcome')
  socket.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
      commands.push(line)
      const [verb = ''] = line.split(' ', 1)
      const argument = line.slice(verb.length + 1)
      const twist = twists.answer?.(verb, argument)
      if (twist === 'cut') socket.destroy()
      else if (twist !== undefined) say(twist)
      else if (acts[verb]) void acts[verb](argument)
      else say('200 fine')
    }
  })
}
