/** One exchange on undici, gathered into memory under its bounds. On `dispatch` and not on `request`: no stream is built that is only read to its end. */
import type { Agent, Dispatcher } from 'undici'
import { offAbort, onAbort } from './on-abort.ts'

interface Answered {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** As it came, compressed or not. */
  readonly body: Buffer
}

export type Gathered = Answered | 'late' | 'large'

interface Bounds {
  readonly signal: AbortSignal
  readonly timeout: number
  readonly maxBody: number
}

interface Outgoing {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export function gather(agent: Agent, url: URL, request: Outgoing, bounds: Bounds): Promise<Gathered> {
  const { signal, timeout, maxBody } = bounds
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let stopped: Error | undefined
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      offAbort(signal, giveUp)
      settle()
    }
    /** Settles at once; a request that still waits for its socket is dropped when it gets one. */
    const stop = (settle: () => void): void => {
      if (stopped) return
      stopped = new Error('stopped')
      controller?.abort(stopped)
      end(settle)
    }
    const giveUp = (): void => stop(() => reject(signal.reason as Error))
    const timer = setTimeout(() => stop(() => resolve('late')), timeout)
    onAbort(signal, giveUp)

    const chunks: Buffer[] = []
    let size = 0
    let statusCode = 0
    let headers: Answered['headers'] = {}
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started
        if (stopped) started.abort(stopped)
      },
      onResponseStart(_controller, status, received) {
        statusCode = status
        headers = received
      },
      onResponseData(_controller, chunk) {
        size += chunk.length
        if (size > maxBody) return stop(() => resolve('large'))
        chunks.push(chunk)
      },
      onResponseEnd() {
        if (!stopped)
          end(() => resolve({ statusCode, headers, body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size) }))
      },
      onResponseError(_controller, error) {
        if (!stopped) end(() => reject(error))
      },
    }
    try {
      agent.dispatch(optionsFor(url, request, timeout), handler)
    } catch (error) {
      end(() => reject(error as Error))
    }
  })
}

/** undici's own limits are coarse (half a second); they are there for the socket, the timer above is there for the caller. */
const optionsFor = (url: URL, { method, headers, body }: Outgoing, timeout: number): Dispatcher.DispatchOptions => ({
  origin: url.origin,
  path: `${url.pathname}${url.search}`,
  method,
  headers: 'accept-encoding' in headers ? headers : { ...headers, 'accept-encoding': 'gzip, deflate, br' },
  body: body ?? null,
  headersTimeout: timeout,
  bodyTimeout: timeout,
})
