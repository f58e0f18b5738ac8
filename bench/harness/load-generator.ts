/** Sends the same few requests as fast as they are answered, over a number of connections with one request at a time on each. */
import { Client } from 'undici'
import { serveParent } from './child.ts'

export interface Load {
  readonly origin: string
  readonly method: 'GET' | 'POST'
  /** Taken in turn. */
  readonly paths: readonly string[]
  readonly token: string
  readonly body?: string
  readonly status: number
  readonly connections: number
  readonly ms: number
}

/** One connection's share: until the time is over, and the request at hand is answered. */
function drive(load: Load, until: number, count: () => number): Promise<void> {
  const client = new Client(load.origin, { pipelining: 1 })
  const headers = { authorization: `Bearer ${load.token}`, ...(load.body !== undefined && { 'content-type': 'application/json' }) }
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => void client.destroy().then(() => reject(error))
    const next = (): void => {
      if (performance.now() >= until) return void client.close().then(resolve, reject)
      const path = load.paths[count() % load.paths.length] as string
      let seen = 0
      client.dispatch(
        { path, method: load.method, headers, body: load.body ?? null },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_controller, status) => void (seen = status),
          onResponseData: () => undefined,
          onResponseEnd: () => (seen === load.status ? next() : fail(new Error(`${load.method} ${path} answered ${seen}`))),
          onResponseError: (_controller, error) => fail(error),
        },
      )
    }
    next()
  })
}

serveParent<Load>(async (load) => {
  let requests = 0
  const began = performance.now()
  const until = began + load.ms
  await Promise.all(Array.from({ length: load.connections }, () => drive(load, until, () => requests++)))
  return { perSecond: requests / ((performance.now() - began) / 1000), ms: ((performance.now() - began) * load.connections) / requests }
})
