/**
 * A small server of the protocol of SQL Server (TDS 7.4), on a socket, with logins, batches, procedures with parameters, transactions, TLS and attentions: what
 * flows need of it, over SQLite. What a column holds is told by its declared type, or by the answer that a test gives.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { answerTokens, done, envChange, errorToken, loginTokens, type TdsAnswer } from './tds-tokens.ts'
import { openSqlite, refusals, type SqliteSql, type SqlValue } from './sqlite-sql.ts'

export const tdsLogin = { user: 'owner', password: 'The-password-of-the-owner-1' }

/** What SQL Server says of what it does not do. */
export class TdsError extends Error {
  readonly number: number
  /** 16 is a fault of the statement; from 20 on the session ends. */
  readonly severity: number
  readonly endsTransaction: boolean
  constructor(number: number, message: string, { severity = 16, endsTransaction = false } = {}) {
    super(message)
    this.number = number
    this.severity = severity
    this.endsTransaction = endsTransaction
  }
}

/** Of a text that is to be done: an answer instead, an error, that the connection is cut before or after it, or that nothing is answered. */
type TdsFault = (text: string) => TdsAnswer | TdsError | 'before' | 'after' | 'silence' | undefined

export interface TdsServer {
  readonly port: number
  readonly sql: SqliteSql
  /** Statements of flows with their values, without those that open sessions. */
  readonly asked: { readonly text: string; readonly values: readonly unknown[] }[]
  /** The logins that were tried, with the version of the protocol that they ask for. */
  readonly logins: { readonly user: string; readonly database: string; readonly isEncrypted: boolean; readonly version: string }[]
  /** Only its first answer counts. */
  fault: TdsFault | undefined
  /** Where it sends logins on to. */
  route: { readonly host: string; readonly port: number } | undefined
  /** Certificate and key; without them it has no encryption. */
  tls: { readonly cert: string; readonly key: string } | undefined
  /** Statements that were given up. */
  attentions: number
  clear(): void
  stop(): Promise<void>
}

const [batchType, rpcType, replyType, attentionType, loginType, preloginType] = [0x01, 0x03, 0x04, 0x06, 0x10, 0x12]
const packetSize = 4096

export async function startTdsServer(): Promise<TdsServer> {
  const sql = openSqlite({ schema_name: () => 'PUBLIC' })
  const sockets = new Set<Socket>()
  const server: TdsServer = {
    port: 0,
    sql,
    asked: [],
    logins: [],
    fault: undefined,
    route: undefined,
    tls: undefined,
    attentions: 0,
    clear() {
      sql.clear()
      Object.assign(server, { fault: undefined, route: undefined, tls: undefined, attentions: 0 })
      server.asked.length = server.logins.length = 0
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((ended) => listener.close(ended))
      sql.close()
    },
  }
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    new TdsSession(server, socket)
  })
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready))
  return Object.assign(server, { port: (listener.address() as AddressInfo).port })
}

class TdsSession {
  readonly #server: TdsServer
  readonly #socket: Socket
  /** What packets come from and go to: the socket, or what is decrypted of it. */
  #stream: Duplex
  #buffer = Buffer.alloc(0)
  #message: Buffer[] = []
  #isEncrypted = false
  #inTransaction = false

  constructor(server: TdsServer, socket: Socket) {
    this.#server = server
    this.#socket = socket
    this.#stream = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => this.#rollBack())
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    while (this.#buffer.length >= 8) {
      const length = this.#buffer.readUInt16BE(2)
      if (this.#buffer.length < length) return
      const packet = this.#buffer.subarray(0, length)
      this.#buffer = this.#buffer.subarray(length)
      this.#message.push(packet.subarray(8))
      if (((packet[1] as number) & 1) === 0) continue
      const message = Buffer.concat(this.#message)
      this.#message = []
      this.#answer(packet[0] as number, message)
    }
  }

  #answer(type: number, message: Buffer): void {
    if (type === preloginType) this.#prelogin(message)
    else if (type === loginType) this.#login(message)
    else if (type === attentionType) {
      this.#server.attentions += 1
      this.#send(done(0x20, 0))
    } else if (type === batchType) this.#carryOut(message.toString('utf16le', message.readUInt32LE(0)), undefined)
    else if (type === rpcType) {
      const { text, values } = readProcedure(message)
      this.#carryOut(text, values)
    }
  }

  #prelogin(message: Buffer): void {
    let wants = 2
    for (let at = 0; message[at] !== 0xff && at < message.length; at += 5)
      if (message[at] === 1) wants = message[message.readUInt16BE(at + 1)] as number
    const { tls } = this.#server
    const encrypts = tls !== undefined && (wants === 1 || wants === 3)
    const options = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff])
    this.#send(Buffer.concat([options, Buffer.from([16, 0, 0, 0, 0, 0, encrypts ? 1 : tls ? 0 : 2])]))
    if (encrypts) this.#encrypt(tls)
  }

  /** The handshake goes in packets of its own kind, and everything after it as it is. */
  #encrypt({ cert, key }: NonNullable<TdsServer['tls']>): void {
    let isDone = false
    let pending = Buffer.alloc(0)
    let said: Buffer[] = []
    // A message of the client gets one back.
    const flush = (): void => {
      this.#socket.write(packet(preloginType, Buffer.concat(said), true))
      said = []
    }
    const inside = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, next) => {
        if (isDone) this.#socket.write(chunk)
        else if (said.push(chunk) === 1) setImmediate(flush)
        next()
      },
    })
    this.#socket.removeAllListeners('data')
    this.#socket.on('data', (chunk: Buffer) => {
      if (isDone) return void inside.push(chunk)
      pending = Buffer.concat([pending, chunk])
      while (pending.length >= 8 && pending[0] === preloginType && pending.length >= pending.readUInt16BE(2)) {
        const length = pending.readUInt16BE(2)
        inside.push(pending.subarray(8, length))
        pending = pending.subarray(length)
      }
      // The client has ended the handshake, and goes on without packets around it.
      if (pending.length > 0 && pending[0] !== preloginType) {
        isDone = true
        inside.push(pending)
      }
    })
    const secure = new TLSSocket(inside, { isServer: true, cert, key, maxVersion: 'TLSv1.2' })
    secure.on('error', () => this.#socket.destroy())
    secure.on('secure', () => {
      this.#isEncrypted = true
      this.#stream = secure
      setImmediate(() => (isDone = true))
    })
    secure.on('data', (chunk: Buffer) => this.#take(chunk))
  }

  #login(message: Buffer): void {
    const textAt = (place: number): string => {
      const from = message.readUInt16LE(place)
      return message.toString('utf16le', from, from + 2 * message.readUInt16LE(place + 2))
    }
    const from = message.readUInt16LE(44)
    const hidden = message.subarray(from, from + 2 * message.readUInt16LE(46))
    const password = Buffer.from(hidden.map((byte) => swap(byte ^ 0xa5))).toString('utf16le')
    const user = textAt(40)
    const database = textAt(68)
    const version = message.readUInt32LE(4).toString(16)
    this.#server.logins.push({ user, database, isEncrypted: this.#isEncrypted, version })
    const { route } = this.#server
    if (user !== tdsLogin.user || password !== tdsLogin.password)
      this.#end(Buffer.concat([errorToken(18456, `Login failed for user '${user}'.`, 14), done(2, 0)]))
    else if (database === 'nowhere')
      this.#end(
        Buffer.concat([errorToken(4060, `Cannot open database "${database}" requested by the login. The login failed.`, 11), done(2, 0)]),
      )
    else this.#send(loginTokens(database, route))
  }

  #carryOut(text: string, values: readonly unknown[] | undefined): void {
    const isProcedure = values !== undefined
    if (!isProcedure && /^\s*set /i.test(text)) return this.#send(done(0, 0))
    this.#server.asked.push({ text, values: values ?? [] })
    const fault = this.#server.fault?.(text)
    if (fault !== undefined) this.#server.fault = undefined
    if (fault === 'silence') return
    if (fault === 'before') return void this.#socket.destroy()
    try {
      if (fault instanceof TdsError) throw fault
      const answer = typeof fault === 'object' ? fault : this.#execute(text, values ?? [])
      if (fault === 'after') this.#socket.destroy()
      else this.#send(answerTokens(answer, isProcedure))
    } catch (error) {
      const said = explained(error)
      const ended = said.endsTransaction && this.#inTransaction ? envChange('rollback') : Buffer.alloc(0)
      if (said.endsTransaction) this.#rollBack()
      const tokens = Buffer.concat([errorToken(said.number, said.message, said.severity), ended, done(2, 0, isProcedure)])
      if (said.severity >= 20) this.#end(tokens)
      else this.#send(tokens)
    }
  }

  #execute(text: string, values: readonly unknown[]): TdsAnswer {
    const word = /^(begin|commit|save|rollback) transaction( sluice)?$/i.exec(text.replace(/^if @@trancount > 0 /i, ''))
    if (word) return this.#control(String(word[1]).toLowerCase(), word[2] !== undefined)
    const named = Object.fromEntries(values.map((value, i) => [`p${i + 1}`, toSql(value)]))
    const { columns, rows, written } = this.#server.sql.run(toSqlite(text), named)
    if (written !== undefined) return { count: written }
    return {
      columns: columns.map(({ name, type }, i) => ({
        name,
        type: typeOf(
          type,
          rows.map((row) => row[i]),
        ),
      })),
      rows,
      count: rows.length,
    }
  }

  #control(word: string, isPart: boolean): TdsAnswer {
    const { sql } = this.#server
    if (isPart) {
      if (!this.#inTransaction) throw new TdsError(word === 'save' ? 628 : 3903, 'There is no active transaction.')
      sql.run(word === 'save' ? 'savepoint sluice' : 'rollback to sluice')
      return { count: 0 }
    }
    if (word === 'begin') {
      sql.run('begin')
      this.#inTransaction = true
      return { count: 0, change: 'begin' }
    }
    if (!this.#inTransaction) {
      if (word === 'rollback') return { count: 0 }
      throw new TdsError(3902, 'The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.')
    }
    this.#inTransaction = false
    sql.run(word)
    return { count: 0, change: word as 'commit' | 'rollback' }
  }

  #rollBack(): void {
    if (!this.#inTransaction) return
    this.#inTransaction = false
    if (this.#server.sql.isInTransaction) this.#server.sql.run('rollback')
  }

  #send(tokens: Buffer): void {
    const most = packetSize - 8
    for (let from = 0; from === 0 || from < tokens.length; from += most)
      this.#stream.write(packet(replyType, tokens.subarray(from, from + most), from + most >= tokens.length))
  }

  #end(tokens: Buffer): void {
    this.#send(tokens)
    this.#stream.end()
  }
}

const swap = (byte: number): number => ((byte & 0x0f) << 4) | ((byte & 0xf0) >> 4)

function packet(type: number, payload: Buffer, isLast: boolean): Buffer {
  const head = Buffer.from([type, isLast ? 1 : 0, 0, 0, 0, 0, 1, 0])
  head.writeUInt16BE(payload.length + 8, 2)
  return Buffer.concat([head, payload])
}

/** A call of sp_executesql: a statement, what its parameters are, and their values. */
function readProcedure(message: Buffer): { readonly text: string; readonly values: readonly unknown[] } {
  let at = message.readUInt32LE(0)
  const nameLength = message.readUInt16LE(at)
  at += 2
  if (nameLength !== 0xffff || message.readUInt16LE(at) !== 10) throw new Error('only sp_executesql is known')
  at += 4
  const values: unknown[] = []
  while (at < message.length) {
    at += 1 + 2 * (message[at] as number) + 1
    const [value, next] = readParameter(message, at)
    values.push(value)
    at = next
  }
  const [text, , ...given] = values
  return { text: String(text), values: given }
}

function readParameter(message: Buffer, from: number): readonly [value: unknown, next: number] {
  const type = message[from] as number
  let at = from + 1
  if (type === 0xe7 || type === 0xa5) {
    const most = message.readUInt16LE(at)
    at += type === 0xe7 ? 7 : 2
    const [bytes, next] = most === 0xffff ? readChunks(message, at) : readShort(message, at)
    return [bytes && (type === 0xe7 ? bytes.toString('utf16le') : bytes), next]
  }
  // Its length at the most, and the length that it has.
  at += 1
  const length = message[at] as number
  at += 1
  const next = at + length
  if (length === 0) return [null, next]
  if (type === 0x68) return [message[at] !== 0, next]
  if (type === 0x6d) return [length === 8 ? message.readDoubleLE(at) : message.readFloatLE(at), next]
  if (type === 0x26) return [length === 8 ? message.readBigInt64LE(at) : message.readIntLE(at, length), next]
  throw new Error(`no parameter of the type 0x${type.toString(16)} is known`)
}

function readShort(message: Buffer, at: number): readonly [Buffer | null, number] {
  const length = message.readUInt16LE(at)
  return length === 0xffff ? [null, at + 2] : [message.subarray(at + 2, at + 2 + length), at + 2 + length]
}

function readChunks(message: Buffer, from: number): readonly [Buffer | null, number] {
  if (message.readBigUInt64LE(from) === 0xffff_ffff_ffff_ffffn) return [null, from + 8]
  const chunks: Buffer[] = []
  let at = from + 8
  for (let length = message.readUInt32LE(at); length > 0; length = message.readUInt32LE(at)) {
    chunks.push(message.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return [Buffer.concat(chunks), at + 4]
}

const toSql = (value: unknown): SqlValue => {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : (value as SqlValue)
}

function toSqlite(text: string): string {
  return text
    .replace(
      /^select (.*) into (\[#\w+\]) from \(select 1 as one\) as o left join (\S+) as t on 1 = 0 where 1 = 0$/,
      'create temp table $2 as select $1 from $3 as t where 0',
    )
    .replace(/^create table (\[#\w+\]) with \([^)]*\) as/, 'create temp table $1 as')
    .replace(/^update t set (.*) from (\S+) as t join (\S+) as s on (.*)$/, 'update $2 as t set $1 from $3 as s where $4')
    .replaceAll('information_schema.columns where table_name = ', 'information_schema_columns where own_name = ')
    .replaceAll(/\boutput inserted\.(\w+)( values .*)$/g, '$2 returning $1')
}

function typeOf(declared: string | null, values: readonly unknown[]): string {
  if (declared) return declared.toLowerCase()
  const first = values.find((value) => value !== null)
  if (typeof first === 'bigint') return 'bigint'
  return typeof first === 'number' ? 'float' : 'nvarchar'
}

/** Errors by the numbers of SQL Server: a text that is no number ends its transaction, a row that is not taken does not. */
function explained(error: unknown): TdsError {
  if (error instanceof TdsError) return error
  const { errcode, message } = error as { readonly errcode?: number; readonly message: string }
  if (errcode === refusals.primaryKey || errcode === refusals.unique)
    return new TdsError(2627, 'Violation of PRIMARY KEY constraint. Cannot insert duplicate key.', { severity: 14 })
  if (errcode === refusals.notNull)
    return new TdsError(
      515,
      `Cannot insert the value NULL into column '${message.split('.').at(-1)}'; column does not allow nulls. INSERT fails.`,
    )
  if (errcode === refusals.check) return new TdsError(2628, 'String or binary data would be truncated.')
  if (/cannot store/.test(message))
    return new TdsError(245, 'Conversion failed when converting the nvarchar value to data type int.', { endsTransaction: true })
  if (/no such table/.test(message)) return new TdsError(208, `Invalid object name '${message.split(': ').at(-1)}'.`)
  return new TdsError(102, `Incorrect syntax: ${message}`, { severity: 15 })
}
