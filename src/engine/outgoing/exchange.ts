/** One exchange on undici, gathered under its bounds: in memory, or on the disk where a file is answered. On `dispatch` and not on `request`: no stream is built that is only read to its end. */
import type { Agent, Dispatcher } from 'undici'
import { ComingFile } from './answer-file.ts'
import { longestTransferMs } from './failure.ts'
import type { StreamedBody } from './message.ts'
import { offAbort, onAbort } from './on-abort.ts'
import type { Places } from './places.ts'
import { createSending } from './streamed-body.ts'

export interface Answered {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** As it came, compressed or not. */
  readonly body: Buffer
  /** In the place of the body; to be closed. */
  readonly file?: ComingFile
}

/** Otherwise: it came too late, is too large, broke off in the middle, had to wait too long to be read, or took too long as a file. */
export type Gathered = Answered | 'late' | 'large' | 'large file' | 'cut' | 'crowded' | 'slow'

interface Bounds {
  readonly signal: AbortSignal
  readonly timeout: number
  readonly maxBody: number
  /** An answer with more bytes than this waits for one of the places before it is read on. */
  readonly small: number
  readonly places: Places
  /** How long it waits there at most. Milliseconds. */
  readonly placeMs: number
}

interface Outgoing {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly content?: StreamedBody
  /** Bytes of a success that is a file. */
  readonly maxFile?: number
}

export const gather = (agent: Agent, url: URL, request: Outgoing, bounds: Bounds): Promise<Gathered> =>
  new Promise((resolve, reject) => new Gathering(request, bounds, resolve, reject).begin(agent, url))

class Gathering implements Dispatcher.DispatchHandler {
  readonly #request: Outgoing
  readonly #bounds: Bounds
  readonly #resolve: (gathered: Gathered) => void
  readonly #reject: (error: unknown) => void
  readonly #clock: Clock
  /** Where a file is sent or answered the clock counts from its last byte, and another one counts all of it. */
  readonly #whole: NodeJS.Timeout | undefined
  readonly #giveUp = (): void => this.#stop(() => this.#reject(this.#bounds.signal.reason))
  readonly #chunks: Buffer[] = []
  #size = 0
  #answer: Omit<Answered, 'body'> | undefined
  #controller: Dispatcher.DispatchController | undefined
  #stopped: Error | undefined
  /** Gives the place back, or ends the waiting for it. */
  #leave: (() => void) | undefined
  #most: number
  #file: ComingFile | undefined
  #written: Promise<void> = Promise.resolve()
  #unwritten = 0
  #isOver = false
  #fault: (() => Error | undefined) | undefined

  constructor(request: Outgoing, bounds: Bounds, resolve: (gathered: Gathered) => void, reject: (error: unknown) => void) {
    this.#request = request
    this.#bounds = bounds
    this.#resolve = resolve
    this.#reject = reject
    this.#most = bounds.maxBody
    this.#clock = startClock(bounds.timeout, () => this.#stopWith('late'))
    if (isOfFile(request)) this.#whole = setTimeout(() => this.#stopWith('slow'), longestTransferMs)
    onAbort(bounds.signal, this.#giveUp)
  }

  begin(agent: Agent, url: URL): void {
    try {
      const { content } = this.#request
      const sending = content && createSending(content, () => this.#moved())
      this.#fault = sending?.fault
      agent.dispatch(optionsFor(url, this.#request, sending?.chunks, this.#bounds.timeout), this)
    } catch (error) {
      this.#end(() => this.#reject(error))
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#stopped) controller.abort(this.#stopped)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number, headers: Answered['headers']): void {
    if (statusCode >= 200) this.#answer = { statusCode, headers }
    if (this.#isFile()) this.#most = this.#request.maxFile as number
    if (this.#request.method !== 'HEAD' && Number(headers['content-length']) > this.#most)
      this.#stopWith(this.#isFile() ? 'large file' : 'large')
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // When it is read on undici hands over nothing at first, and to pause for that would be without an end.
    if (this.#stopped || chunk.length === 0) return
    this.#size += chunk.length
    if (this.#size > this.#most) return this.#stopWith(this.#isFile() ? 'large file' : 'large')
    this.#moved()
    if (this.#file) return this.#write(controller, this.#file, [chunk])
    this.#chunks.push(chunk)
    if (this.#size <= this.#bounds.small || this.#leave) return
    if (!this.#isFile()) return this.#waitForPlace(controller)
    this.#file = new ComingFile()
    this.#write(controller, this.#file, this.#chunks.splice(0))
  }

  onResponseEnd(): void {
    const chunks = this.#chunks
    const answer = this.#answer as Omit<Answered, 'body'>
    const file = this.#file
    if (this.#stopped) return
    if (file) {
      const give = (): void => this.#end(() => this.#resolve({ ...answer, body: Buffer.alloc(0), file }))
      void this.#written.then(() => this.#stopped ?? give())
      return
    }
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, this.#size)
    this.#end(() => this.#resolve({ ...answer, body }))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const isLate = (error as { code?: string }).code === 'UND_ERR_BODY_TIMEOUT'
    if (this.#stopped) return
    // Later events are ignored, and what was written of a file is released.
    this.#stopped = error
    const fault = this.#fault?.()
    this.#end(() => (fault !== undefined ? this.#reject(fault) : this.#answer && !isLate ? this.#resolve('cut') : this.#reject(error)))
    this.#letGo()
  }

  /** A part of a file was sent, or has come. */
  #moved(): void {
    if (this.#whole && !this.#isOver) this.#clock.restart()
  }

  #isFile(): boolean {
    const { statusCode = 0 } = this.#answer ?? {}
    return this.#request.maxFile !== undefined && statusCode >= 200 && statusCode < 300
  }

  /** The application is kept waiting while the disk takes it. */
  #write(controller: Dispatcher.DispatchController, file: ComingFile, chunks: readonly Buffer[]): void {
    controller.pause()
    this.#unwritten += 1
    this.#written = this.#written.then(async () => {
      try {
        for (const chunk of chunks) if (!this.#stopped) await file.write(chunk)
        this.#unwritten -= 1
        if (this.#unwritten === 0 && !this.#stopped) controller.resume()
      } catch (error) {
        this.#stop(() => this.#reject(error))
      }
    })
  }

  #letGo(): void {
    const file = this.#file
    if (file) void this.#written.then(() => file.close())
  }

  /** The application is kept waiting meanwhile, and that is not its fault. */
  #waitForPlace(controller: Dispatcher.DispatchController): void {
    controller.pause()
    this.#clock.stop()
    const patience = setTimeout(() => this.#stopWith('crowded'), this.#bounds.placeMs)
    const giveBack = this.#bounds.places.enter(() => {
      clearTimeout(patience)
      this.#clock.goOn()
      // Not in this turn: the place may have been given back in the middle of another answer, and undici reads one at a time.
      queueMicrotask(() => this.#stopped ?? controller.resume())
    })
    this.#leave = () => {
      clearTimeout(patience)
      giveBack()
    }
  }

  #stopWith(why: Exclude<Gathered, Answered>): void {
    this.#stop(() => this.#resolve(why))
  }

  /** Settles at once; a request that still waits for its socket is dropped when it gets one. */
  #stop(settle: () => void): void {
    if (this.#stopped) return
    this.#stopped = new Error('stopped')
    this.#controller?.abort(this.#stopped)
    this.#end(settle)
    this.#letGo()
  }

  #end(settle: () => void): void {
    this.#isOver = true
    this.#clock.stop()
    clearTimeout(this.#whole)
    this.#leave?.()
    offAbort(this.#bounds.signal, this.#giveUp)
    settle()
  }
}

const isOfFile = ({ content, maxFile }: Outgoing): boolean => content !== undefined || maxFile !== undefined

interface Clock {
  stop(): void
  goOn(): void
  /** From its beginning. */
  restart(): void
}

/** Rings once, after so many milliseconds in which it was not stopped. */
function startClock(ms: number, ring: () => void): Clock {
  let left = ms
  let since = performance.now()
  let timer = setTimeout(ring, left)
  return {
    stop() {
      clearTimeout(timer)
      left -= performance.now() - since
    },
    goOn() {
      since = performance.now()
      timer = setTimeout(ring, Math.max(1, left))
    },
    restart() {
      clearTimeout(timer)
      left = ms
      this.goOn()
    },
  }
}

/** undici's own limits are coarse; they are there for the socket, and the clock above, which rings before them, is there for the caller. Milliseconds. */
const afterClock = 2000
function optionsFor(
  url: URL,
  request: Outgoing,
  chunks: AsyncIterable<Uint8Array> | undefined,
  timeout: number,
): Dispatcher.DispatchOptions {
  const { method, headers, body, content } = request
  const most = (isOfFile(request) ? longestTransferMs : timeout) + afterClock
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers: {
      ...('accept-encoding' in headers ? {} : { 'accept-encoding': 'gzip, deflate, br' }),
      ...headers,
      ...(content && { 'content-length': String(content.bytes) }),
    },
    body: (chunks as Dispatcher.DispatchOptions['body']) ?? body ?? null,
    headersTimeout: most,
    bodyTimeout: most,
  }
}
