/** A thread that asks as an account that goes on: what the test itself is busy with is no part of what it measures. */
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

export interface Asking {
  readonly url: string
  readonly token: string
  readonly paths: readonly string[]
  /** Between two requests for each path. Milliseconds. */
  readonly everyMs: number
}

/** Milliseconds from when a request was due to its answer; or why it was none. */
export type Asked = { readonly latencies: readonly number[] } | { readonly failure: string }

const { url, token, paths, everyMs } = workerData as Asking
const headers = { authorization: `Bearer ${token}` }
let isOver = false
parentPort?.once('message', () => (isOver = true))

async function ask(path: string, due: number): Promise<number> {
  const answer = await fetch(url + path, { headers })
  const text = await answer.text()
  if (answer.status >= 400) throw new Error(`${path} was answered ${answer.status}: ${text}`)
  return performance.now() - due
}

const asked: Promise<number>[] = []
for (const path of paths) await ask(path, 0)
parentPort?.postMessage('ready')
for (let due = performance.now(); !isOver; due += everyMs) {
  await pause(Math.max(0, due - performance.now()))
  for (const path of paths) {
    const answer = ask(path, due)
    // Told at the end.
    answer.catch(() => undefined)
    asked.push(answer)
  }
}
try {
  parentPort?.postMessage({ latencies: await Promise.all(asked) } satisfies Asked)
} catch (error) {
  parentPort?.postMessage({ failure: String(error) } satisfies Asked)
}
