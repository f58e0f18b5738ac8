/** Sluice itself, as a program of its own: what the demo talks to is what a user would have started. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Broken } from './promise.ts'

export interface Server {
  readonly url: string
  /** What it complains about goes there. */
  readonly log: string
  /** Settles when the program has ended, with what it last said. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** A first start lays out a database: 2 s on a small machine, many times that on a busy one. In milliseconds. */
const startPatience = 120_000
/** Longer than the server gives itself to end in order. In milliseconds. */
const stopPatience = 45_000
/** Characters of its last words that are kept. */
const longestTail = 4000

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const watcher = new URL('./end-with-parent.ts', import.meta.url).href

/** `onSpawn` gets the means to stop it at once: a start can be interrupted too. */
export async function startServer(
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
  onSpawn: (stop: () => Promise<void>) => void,
): Promise<Server> {
  // A group of its own: Ctrl-C reaches the demo, which then ends the server in order, once.
  const child = spawn(process.execPath, ['--import', watcher, program, 'serve'], {
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const tail = keepTail(child)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', () => resolve(tail()))
  })
  const stop = stopper(child, ended)
  onSpawn(stop)
  const url = await Promise.race([announced(child), ended.then(failed), late()])
  const log = join(folder, 'server.log')
  child.stderr.pipe(createWriteStream(log).on('error', () => {}))
  return { url, log, ended, stop }
}

/** The line with which it says where it answers. */
function announced({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    stdout?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-longestTail)
      const url = /answers at (\S+)/.exec(said)?.[1]
      if (url) resolve(url)
    })
  })
}

function keepTail({ stderr }: ChildProcess): () => string {
  let tail = ''
  stderr?.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-longestTail)))
  return () => tail.trim()
}

function failed(words: string): never {
  throw new Broken(`Sluice did not start. ${words || 'It said nothing.'}`)
}

const late = (): Promise<never> =>
  new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Broken(`Sluice did not start within ${startPatience / 1000} s.`)), startPatience).unref()
  })

function stopper(child: ChildProcess, ended: Promise<string>): () => Promise<void> {
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const killing = setTimeout(() => child.kill('SIGKILL'), stopPatience)
    child.kill('SIGTERM')
    await ended
    clearTimeout(killing)
  }
}
