/**
 * A small server of MongoDB's wire protocol, on a socket, with SCRAM-SHA-256: what flows need of it, over documents in memory. What filters, aggregations and
 * updates mean is said by mingo, which is not ours.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { aggregate, find, updateMany, updateOne } from 'mingo'
import { BSON } from 'mongodb'

type Doc = Record<string, unknown>

export const mongoLogin = { username: 'owner', password: 'the-password-of-the-owner' }

/** Of a command: what is answered instead, or that the connection is cut before (`before`) or after (`after`) it is done. */
type Fault = (name: string, command: Doc) => Doc | 'before' | 'after' | undefined

export interface MongoServer {
  readonly host: string
  /** By their names. */
  readonly collections: Map<string, Doc[]>
  /** Names of the commands that came, without those that open and close. */
  readonly commands: { readonly name: string; readonly command: Doc }[]
  /** Only its first answer counts. */
  fault: Fault | undefined
  /** Fields that two documents of a collection may not share, and those that each has to have. */
  readonly rules: Map<string, { readonly unique?: string; readonly required?: string }>
  /** The databases that users were looked for in. */
  readonly logins: string[]
  role: 'primary' | 'secondary'
  stop(): Promise<void>
}

const [opQuery, opReply, opMsg] = [2004, 1, 2013]
const iterations = 4096

class ServerError extends Error {
  readonly code: number
  readonly codeName: string
  constructor(code: number, codeName: string, message: string) {
    super(message)
    this.code = code
    this.codeName = codeName
  }
}

export async function startMongoServer(): Promise<MongoServer> {
  const collections = new Map<string, Doc[]>()
  const cursors = new Map<number, Doc[]>()
  const commands: MongoServer['commands'] = []
  const rules: MongoServer['rules'] = new Map()
  const logins: string[] = []
  const sockets = new Set<Socket>()
  let cursorId = 0
  const of = (name: unknown): Doc[] => {
    const documents = collections.get(String(name)) ?? []
    collections.set(String(name), documents)
    return documents
  }
  const firstBatch = (ns: string, all: Doc[], size: number): Doc => {
    cursorId += 1
    const left = all.slice(size)
    if (left.length > 0) cursors.set(cursorId, left)
    return { cursor: { id: BSON.Long.fromNumber(left.length > 0 ? cursorId : 0), ns, firstBatch: all.slice(0, size) }, ok: 1 }
  }
  const checkInsert = (collection: unknown, document: Doc, others: Doc[]): void => {
    const { unique, required } = rules.get(String(collection)) ?? {}
    for (const field of ['_id', ...(unique ? [unique] : [])])
      if (document[field] !== undefined && others.some((other) => other !== document && same(other[field], document[field])))
        throw new ServerError(
          11000,
          'DuplicateKey',
          `E11000 duplicate key error collection: shop.${String(collection)} index: ${field}_ dup key`,
        )
    if (required && document[required] === undefined) throw new ServerError(121, 'DocumentValidationFailure', 'Document failed validation')
  }
  const eachWrite = (items: readonly Doc[], ordered: boolean, act: (item: Doc, index: number) => number): Doc => {
    const writeErrors: Doc[] = []
    let n = 0
    for (const [index, item] of items.entries()) {
      try {
        n += act(item, index)
      } catch (error) {
        writeErrors.push({ index, code: (error as Partial<ServerError>).code ?? 9, errmsg: (error as Error).message })
        if (ordered) break
      }
    }
    return { ok: 1, n, ...(writeErrors.length > 0 && { writeErrors }) }
  }
  const carriedOut: Readonly<Record<string, (command: Doc) => Doc>> = {
    ping: () => ({ ok: 1 }),
    endSessions: () => ({ ok: 1 }),
    find: (command) => {
      const {
        find: name,
        filter = {},
        projection,
        sort,
        batchSize = 101,
        limit = 0,
      } = command as Doc & { filter?: Doc; batchSize?: number; limit?: number }
      const cursor = find<Doc>(of(name), filter as never, projection as never)
      const sorted = sort ? cursor.sort(sort as never) : cursor
      return firstBatch(`shop.${String(name)}`, limit > 0 ? sorted.limit(limit).all() : sorted.all(), limit > 0 ? limit : batchSize)
    },
    aggregate: (command) => {
      const { aggregate: name, pipeline, cursor } = command as Doc & { pipeline: Doc[]; cursor?: { batchSize?: number } }
      return firstBatch(`shop.${String(name)}`, aggregate(of(name), pipeline), cursor?.batchSize ?? 101)
    },
    getMore: (command) => {
      const { getMore, collection, batchSize = 101 } = command as Doc & { batchSize?: number }
      const id = Number(getMore)
      const left = cursors.get(id)
      if (!left) throw new ServerError(43, 'CursorNotFound', `cursor id ${id} not found`)
      const nextBatch = left.splice(0, batchSize)
      if (left.length === 0) cursors.delete(id)
      return { cursor: { id: BSON.Long.fromNumber(left.length > 0 ? id : 0), ns: `shop.${String(collection)}`, nextBatch }, ok: 1 }
    },
    killCursors: (command) => {
      for (const id of command['cursors'] as unknown[]) cursors.delete(Number(id))
      return { ok: 1 }
    },
    insert: (command) => {
      const { insert: name, documents, ordered = true } = command as Doc & { documents: Doc[]; ordered?: boolean }
      return eachWrite(documents, ordered, (document) => {
        checkInsert(name, document, of(name))
        of(name).push(document)
        return 1
      })
    },
    update: (command) => {
      const { update: name, updates, ordered = true } = command as Doc & { updates: Doc[]; ordered?: boolean }
      const upserted: Doc[] = []
      const answer = eachWrite(updates, ordered, ({ q, u, upsert, multi }, index) => {
        const known = of(name)
        const copies = known.map((document) => ({ ...document }))
        const { matchedCount } = multi ? updateMany(copies, q as never, u as never) : updateOne(copies, q as never, u as never)
        for (const copy of copies) checkInsert(name, copy, copies)
        known.splice(0, known.length, ...copies)
        if (matchedCount > 0 || !upsert) return matchedCount
        const made: Doc = {
          _id: new BSON.ObjectId(),
          ...Object.fromEntries(Object.entries(q as Doc).filter(([field]) => !field.startsWith('$'))),
        }
        updateOne([made], {}, u as never)
        known.push(made)
        upserted.push({ index, _id: made['_id'] })
        return 1
      })
      return { ...answer, nModified: answer['n'], ...(upserted.length > 0 && { upserted }) }
    },
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    const login = scram()
    let isKnown = false
    const answer = (command: Doc): Doc => {
      const [name = ''] = Object.keys(command)
      if (/^(?:hello|ismaster)$/i.test(name)) return hello(made.role)
      if (name === 'saslStart' || name === 'saslContinue') {
        if (name === 'saslStart') logins.push(String(command['$db']))
        const said = login(command)
        isKnown = said['done'] === true
        return said
      }
      if (!isKnown && name !== 'ping') throw new ServerError(13, 'Unauthorized', `command ${name} requires authentication`)
      commands.push({ name, command })
      const run = carriedOut[name]
      if (!run) throw new ServerError(59, 'CommandNotFound', `no such command: '${name}'`)
      return run(command)
    }
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 16 && received.length >= received.readInt32LE(0)) {
        const message = received.subarray(0, received.readInt32LE(0))
        received = received.subarray(message.length)
        const { command, isQuery } = readMessage(message)
        const [name = ''] = Object.keys(command)
        const fault = made.fault?.(name, command)
        if (fault) made.fault = undefined
        if (fault === 'before') return void socket.destroy()
        let said: Doc
        try {
          said = typeof fault === 'object' ? fault : answer(command)
        } catch (error) {
          const { code = 9, codeName = 'FailedToParse', message: errmsg } = error as Partial<ServerError>
          said = { ok: 0, code, codeName, errmsg }
        }
        if (fault === 'after') return void socket.destroy()
        socket.write(writeMessage(said, message.readInt32LE(4), isQuery))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const made: MongoServer = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    collections,
    commands,
    fault: undefined,
    rules,
    logins,
    role: 'primary',
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
  return made
}

const same = (a: unknown, b: unknown): boolean => BSON.EJSON.stringify({ a }) === BSON.EJSON.stringify({ a: b })

const hello = (role: MongoServer['role']): Doc => ({
  isWritablePrimary: role === 'primary',
  ismaster: role === 'primary',
  secondary: role === 'secondary',
  setName: 'set',
  hosts: ['169.254.169.254:27017'],
  helloOk: true,
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  localTime: new Date(),
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion: 25,
  saslSupportedMechs: ['SCRAM-SHA-256'],
  ok: 1,
})

function readMessage(message: Buffer): { readonly command: Doc; readonly isQuery: boolean } {
  const options = { promoteLongs: true, promoteValues: true }
  if (message.readInt32LE(12) === opQuery) {
    const start = message.indexOf(0, 20) + 1 + 8
    return { command: BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)), options), isQuery: true }
  }
  if (message.readInt32LE(12) !== opMsg) throw new Error('a message of another kind')
  let command: Doc = {}
  for (let at = 20; at < message.length;) {
    const kind = message[at]
    const size = message.readInt32LE(at + 1)
    if (kind === 0) command = { ...BSON.deserialize(message.subarray(at + 1, at + 1 + size), options), ...command }
    else {
      const nameEnd = message.indexOf(0, at + 5)
      const documents: Doc[] = []
      for (let from = nameEnd + 1; from < at + 1 + size; from += message.readInt32LE(from))
        documents.push(BSON.deserialize(message.subarray(from, from + message.readInt32LE(from)), options))
      command[message.toString('utf8', at + 5, nameEnd)] = documents
    }
    at += 1 + size
  }
  return { command, isQuery: false }
}

function writeMessage(said: Doc, to: number, isQuery: boolean): Buffer {
  const body = BSON.serialize(said)
  const head = Buffer.alloc(isQuery ? 36 : 21)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(to, 8)
  head.writeInt32LE(isQuery ? opReply : opMsg, 12)
  if (isQuery) head.writeInt32LE(1, 32)
  return Buffer.concat([head, body])
}

/** RFC 5802, as a server. */
function scram(): (command: Doc) => Doc {
  const salt = randomBytes(28)
  let first = ''
  let nonce = ''
  const sign = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  return (command) => {
    const payload = Buffer.from((command['payload'] as { buffer: Uint8Array }).buffer).toString()
    const fields = Object.fromEntries(payload.split(',').map((part) => [part.slice(0, 1), part.slice(2)]))
    const say = (text: string, done: boolean): Doc => ({ conversationId: 1, done, payload: new BSON.Binary(Buffer.from(text)), ok: 1 })
    if (command['saslStart']) {
      if (fields['n'] !== mongoLogin.username && !payload.includes(`n=${mongoLogin.username}`)) throw refusedLogin()
      first = payload.slice(payload.indexOf('n=', 2))
      nonce = `${/r=([^,]+)/.exec(payload)?.[1]}${randomBytes(12).toString('base64')}`
      return say(`r=${nonce},s=${salt.toString('base64')},i=${iterations}`, false)
    }
    if (payload === '') return say('', true)
    const salted = pbkdf2Sync(mongoLogin.password, salt, iterations, 32, 'sha256')
    const clientKey = sign(salted, 'Client Key')
    const text = `${first},r=${nonce},s=${salt.toString('base64')},i=${iterations},${payload.slice(0, payload.lastIndexOf(',p='))}`
    const signature = sign(createHash('sha256').update(clientKey).digest(), text)
    const proof = Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] as number))).toString('base64')
    if (payload.slice(payload.lastIndexOf(',p=') + 3) !== proof) throw refusedLogin()
    return say(`v=${sign(sign(salted, 'Server Key'), text).toString('base64')}`, true)
  }
}

const refusedLogin = (): ServerError => new ServerError(18, 'AuthenticationFailed', 'Authentication failed.')
