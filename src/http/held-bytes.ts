/** What the requests of one account may hold at once: bodies on their way in, answers on their way out, and how long a client may take to read one. */
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../domain/errors.ts'
import { answerError } from './errors.ts'
import { Reads, type Reading } from './read-limit.ts'

const mb = 1024 * 1024

export interface Bounds {
  readonly account: number
  readonly all: number
}
/** Bytes under way of one account, or of one address where there is no account: ten of the largest bodies. And of all together: half of what a small server has. */
const defaultBounds: Bounds = { account: 64 * mb, all: 512 * mb }
/** What a request itself takes while it is under way, with its connection and its context. So an account has at most 4,096 at once. Bytes. */
const requestBytes = 16 * 1024
/** Answers up to this size are given whatever else is under way: what they take has been counted with the request. Bytes. */
const smallBytes = 16 * 1024
/** A client that takes nothing of its answer for this long is gone. Node looks whether it took something since the last time, so it can be twice as long. Milliseconds. */
const writeTimeoutMs = 20_000
/** The longest that an answer may take to be read, however slowly: 32 MB at 100 KB a second. Milliseconds. */
const answerTimeoutMs = 320_000

export interface Held extends Reading {
  bytes: number
  isAnswered: boolean
  timer?: NodeJS.Timeout
}

declare module 'fastify' {
  interface FastifyRequest {
    held: Held | undefined
  }
  interface FastifyContextConfig {
    /** Whether the operation waits for others than the database, which may ask this server meanwhile. Such ones have a bound of their own. */
    waitsOutside?: boolean
    /** Whether the answer goes on for as long as somebody reads it. */
    streams?: boolean
  }
}

const full = (most: number): DomainError =>
  new DomainError('too_many_at_once', `The account has ${most / mb} MB of requests and answers under way. Read the answers, then go on.`)
const busy = (): DomainError =>
  new DomainError('server_busy', 'This server has as many requests and answers under way as it can hold. Try again shortly.')

/** Bytes under way, by account, and whose they are. */
export class InflightBytes {
  readonly #bounds: Bounds
  readonly #by = new Map<string, number>()
  readonly #on = new WeakMap<Socket, Set<Held>>()
  readonly #lengths = new Map<string, Map<string, number>>()
  readonly reads = new Reads()
  #all = 0

  constructor(bounds: Bounds = defaultBounds) {
    this.#bounds = bounds
  }

  /** One that is alone is let in, however large it is and whatever others hold. */
  refusal({ key, bytes }: Held, coming: number): DomainError | undefined {
    const now = this.#by.get(key) ?? 0
    if (now <= bytes) return undefined
    if (now + coming > this.#bounds.account) return full(this.#bounds.account)
    return this.#all + coming > this.#bounds.all ? busy() : undefined
  }

  add(held: Held, bytes: number): void {
    held.bytes += bytes
    this.#all += bytes
    const now = (this.#by.get(held.key) ?? 0) + bytes
    if (now > 0) return void this.#by.set(held.key, now)
    this.#by.delete(held.key)
    this.#lengths.delete(held.key)
  }

  /** A connection that breaks takes along the requests that wait on it: nothing else tells that these are over. */
  keep(held: Held, socket: Socket): void {
    const here = this.#on.get(socket) ?? new Set<Held>()
    if (!this.#on.has(socket)) {
      this.#on.set(socket, here)
      socket.once('close', () => here.forEach((each) => this.release(each, socket)))
    }
    here.add(held)
  }

  /** A body that is there is as long as it is, whatever it could have been. */
  settle(held: Held | undefined, bytes: number): void {
    if (held && held.bytes > 0) this.add(held, requestBytes + bytes - held.bytes)
  }

  release(held: Held, socket: Socket): void {
    if (!this.#on.get(socket)?.delete(held)) return
    clearTimeout(held.timer)
    this.reads.end(held)
    this.add(held, -held.bytes)
  }

  /** An answer that did not fit. The next one of this route is taken to be as long: as long as that does not fit, it is not even read. */
  noteLength({ key }: Held, route: string, bytes: number): void {
    const lengths = this.#lengths.get(key) ?? new Map<string, number>()
    this.#lengths.set(key, lengths.set(route, bytes))
  }

  lengthOf({ key }: Held, route: string): number {
    return this.#lengths.get(key)?.get(route) ?? 0
  }

  isAnswering(socket: Socket): boolean {
    return [...(this.#on.get(socket) ?? [])].every(({ isAnswered }) => isAnswered)
  }
}

/** After the caller is known, and before the body is read. */
export function limitInflight(app: FastifyInstance, underWay: InflightBytes): void {
  app.decorateRequest('held', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw
    // Gone while its token was looked up.
    if (socket.destroyed) return done()
    const held: Held = { key: request.caller?.accountId ?? `from ${request.ip}`, bytes: 0, isAnswered: false }
    const coming = requestBytes + bodyBytes(request)
    const refusal = underWay.refusal(held, coming)
    if (refusal) return void answerError(refusal, request, reply)
    request.held = held
    underWay.add(held, coming)
    underWay.keep(held, socket)
    reply.raw.once('close', () => underWay.release(held, socket))
    // A path without an operation may be that of an API, which waits for others as well.
    if (request.method !== 'GET' || !request.caller || request.is404 || request.routeOptions.config.waitsOutside) return done()
    return waitToRead(request, reply, held)
  })
  const waitToRead = async (request: FastifyRequest, reply: FastifyReply, held: Held): Promise<void> => {
    await underWay.reads.begin(held, request.raw.socket)
    // What came before may not be read by anybody meanwhile.
    const late = underWay.refusal(held, underWay.lengthOf(held, routeOf(request)))
    if (late) await answerError(late, request, reply)
  }
}

/** Before answers are compressed: what is held is the whole text, until it is gone. */
export function countAnswers(app: FastifyInstance, underWay: InflightBytes): void {
  app.addHook('onSend', (request, { raw }, payload, done) => {
    const { held } = request
    const { socket } = request.raw
    if (held) underWay.reads.end(held)
    const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.byteLength(payload) : 0
    if (held && bytes > smallBytes) {
      // What was written is answered; what was only read can be read again.
      const refusal = request.method === 'GET' ? underWay.refusal(held, bytes) : undefined
      if (refusal) {
        underWay.noteLength(held, routeOf(request), bytes)
        return done(refusal)
      }
      if (!socket.destroyed) underWay.add(held, bytes)
    }
    if (request.routeOptions.config.streams && typeof payload !== 'string') return done(null, payload)
    raw.setTimeout(writeTimeoutMs)
    // The next one on this connection that is still being made takes what it takes.
    raw.once('close', () => underWay.isAnswering(socket) || socket.setTimeout(0))
    if (held && !socket.destroyed) {
      held.isAnswered = true
      // What has no body waits for nobody to read it.
      if (bytes > 0) held.timer = setTimeout(() => socket.destroy(), answerTimeoutMs).unref()
    }
    done(null, payload)
  })
}

const routeOf = ({ routeOptions }: FastifyRequest): string => routeOptions.url ?? ''

/** As it says, or as much as it could be: in chunks or compressed, its length tells nothing. */
function bodyBytes({ method, headers, routeOptions }: FastifyRequest): number {
  const most = routeOptions.bodyLimit ?? 0
  if (headers['transfer-encoding'] !== undefined) return most
  const length = Number(headers['content-length'] ?? 0)
  if (method === 'GET' || length === 0) return 0
  return headers['content-encoding'] === undefined ? Math.min(length, most) : most
}
