/** Sluice as people run it: what the package holds, a child process with a data folder of its own, ended hard when a test forgets it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { inject, onTestFinished } from 'vitest'

/** A start takes a second or two here; a machine that is busy with other tests gets many times that. In milliseconds. */
const startMs = 60_000
const root = resolve(import.meta.dirname, '../..')

export type Environment = Readonly<Record<string, string>>

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Program {
  readonly child: ChildProcess
  readonly url: string
  /** Of the start that made the owner. */
  readonly token: string | undefined
  readonly output: () => string
  signal(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
  /** In order; answers how it ended. */
  stop(): Promise<Ended>
  call(method: string, path: string, body?: unknown, token?: string): Promise<{ status: number; body: Body; text: string }>
}
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
type Body = any

/** A folder that is gone after the test. */
export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-program-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }))
  return folder
}

const node = [process.execPath, '--max-semi-space-size=16']

/** The command `sluice`. */
export const sluice = (): string[] => [...node, inject('program')]

/** Nothing of this machine's own settings reaches the program, which ends with the test. */
export function launch([file = '', ...words]: readonly string[], env: Environment, input?: string) {
  const child = spawn(file, words, {
    cwd: root,
    // And what `bin/sluice.js` sets.
    env: { MALLOC_TRIM_THRESHOLD_: '131072', PATH: process.env['PATH'], HOME: process.env['HOME'], SLUICE_LOG_LEVEL: 'error', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(input)
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, ...said }))
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  })
  return { child, said, ended }
}

/** A command to its end; `input` is piped into it. */
export const runToEnd = (command: readonly string[], env: Environment, input?: string): Promise<Ended> =>
  launch([...node, ...command], env, input).ended

export const serveToEnd = (env: Environment): Promise<Ended> => runToEnd([inject('program'), 'serve'], { PORT: '0', ...env })

/** Starts a server and waits until it says where it answers. `program` is another one than that of this folder. */
export async function startProgram(env: Environment, token?: string, program: readonly string[] = sluice()): Promise<Program> {
  const { child, said, ended } = launch([...program, 'serve'], { PORT: '0', ...env })
  const until = Date.now() + startMs
  while (!/answers at \S+ [^]*\n/.test(said.stdout)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${said.stdout}${said.stderr}`)
    if (Date.now() > until) throw new Error(`it did not start: ${said.stdout}${said.stderr}`)
    await new Promise((wake) => setTimeout(wake, 10))
  }
  // The token stands in a line of its own after the address.
  await new Promise((wake) => setTimeout(wake, 50))
  const url = /answers at (\S+)/.exec(said.stdout)?.[1] ?? ''
  const made = /shown this once: (\S+)/.exec(said.stdout)?.[1]
  return {
    child,
    url,
    token: made,
    output: () => said.stdout + said.stderr,
    signal: (signal) => void child.kill(signal),
    ended,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
    async call(method, path, body, as = token ?? made ?? '') {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      const headers = { authorization: `Bearer ${as}`, ...(body !== undefined && { 'content-type': 'application/json' }) }
      const response = await fetch(url + path, { method, headers, ...sent })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('json')
      return { status: response.status, text, body: isJson && text ? (JSON.parse(text) as Body) : undefined }
    },
  }
}
