/** One exchange on undici, gathered into memory under its bounds. On `dispatch` and not on `request`: no stream is built that is only read to its end. */
import type { Agent, Dispatcher } from 'undici'
import { offAbort, onAbort } from './on-abort.ts'
import type { Places } from './places.ts'

export interface Answered {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** As it came, compressed or not. */
  readonly body: Buffer
}

/** Otherwise: it came too late, is too large, broke off in the middle, or had to wait too long to be read. */
export type Gathered = Answered | 'late' | 'large' | 'cut' | 'crowded'

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
}

export const gather = (agent: Agent, url: URL, request: Outgoing, bounds: Bounds): Promise<Gathered> =>
  new Promise((resolve, reject) => new Gathering(request, bounds, resolve, reject).begin(agent, url))

class Gathering implements Dispatcher.DispatchHandler {
  readonly #request: Outgoing
  readonly #bounds: Bounds
  readonly #resolve: (gathered: Gathered) => void
  readonly #reject: (error: unknown) => void
  readonly #clock: Clock
  readonly #giveUp = (): void => this.#stop(() => this.#reject(this.#bounds.signal.reason))
  readonly #chunks: Buffer[] = []
  #size = 0
  #answer: Omit<Answered, 'body'> | undefined
  #controller: Dispatcher.DispatchController | undefined
  #stopped: Error | undefined
  /** Gives the place back, or ends the waiting for it. */
  #leave: (() => void) | undefined

  constructor(request: Outgoing, bounds: Bounds, resolve: (gathered: Gathered) => void, reject: (error: unknown) => void) {
    this.#request = request
    this.#bounds = bounds
    this.#resolve = resolve
    this.#reject = reject
    this.#clock = startClock(bounds.timeout, () => this.#stopWith('late'))
    onAbort(bounds.signal, this.#giveUp)
  }

  begin(agent: Agent, url: URL): void {
    try {
      agent.dispatch(optionsFor(url, this.#request, this.#bounds.timeout), this)
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
    if (this.#request.method !== 'HEAD' && Number(headers['content-length']) > this.#bounds.maxBody) this.#stopWith('large')
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stopped) return
    this.#size += chunk.length
    if (this.#size > this.#bounds.maxBody) return this.#stopWith('large')
    this.#chunks.push(chunk)
    if (this.#size > this.#bounds.small && !this.#leave) this.#waitForPlace(controller)
  }

  onResponseEnd(): void {
    const chunks = this.#chunks
    const answer = this.#answer as Omit<Answered, 'body'>
    if (this.#stopped) return
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, this.#size)
    this.#end(() => this.#resolve({ ...answer, body }))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const isLate = (error as { code?: string }).code === 'UND_ERR_BODY_TIMEOUT'
    if (!this.#stopped) this.#end(() => (this.#answer && !isLate ? this.#resolve('cut') : this.#reject(error)))
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
  }

  #end(settle: () => void): void {
    this.#clock.stop()
    this.#leave?.()
    offAbort(this.#bounds.signal, this.#giveUp)
    settle()
  }
}

interface Clock {
  stop(): void
  goOn(): void
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
  }
}

/** undici's own limits are coarse; they are there for the socket, and the clock above, which rings before them, is there for the caller. Milliseconds. */
const afterClock = 2000
const optionsFor = (url: URL, { method, headers, body }: Outgoing, timeout: number): Dispatcher.DispatchOptions => ({
  origin: url.origin,
  path: `${url.pathname}${url.search}`,
  method,
  headers: 'accept-encoding' in headers ? headers : { ...headers, 'accept-encoding': 'gzip, deflate, br' },
  body: body ?? null,
  headersTimeout: timeout + afterClock,
  bodyTimeout: timeout + afterClock,
})
