/** The server as people start it, on a data folder of its own with the PostgreSQL it brings along. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { openEmbedded } from '../../src/store/embedded/open.ts'

/** As `npm start` does. */
export const program = ['--max-semi-space-size=16', fileURLToPath(new URL('../../bin/sluice.js', import.meta.url))]
/** A first start takes 3 s; a busy machine gets twenty times that. In milliseconds. */
const startPatienceMs = 60_000
/** How finely the time to ready is told, in milliseconds. */
const lookMs = 5

export const token = 'token-of-the-bench'

export interface Sluice {
  readonly url: string
  readonly pid: number
  /** From the start of the process to the first 200 of /health. */
  readonly readyMs: number
  /** Throws where the answer is not a success. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers have every shape
  call(method: string, path: string, body?: unknown): Promise<any>
  stop(): Promise<void>
}

export interface Folder {
  readonly path: string
  remove(): Promise<void>
}

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Without a limit on requests, unless `settings` has one. */
export async function startSluice(
  folder: Folder,
  settings: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<Sluice> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { DATABASE_URL: _ours, ...rest } = process.env
  const ours = { SLUICE_DATA: folder.path, SLUICE_TOKEN: token, PORT: String(port), SLUICE_LOG_LEVEL: 'warn', SLUICE_RATE_LIMIT: 'off' }
  const env = { ...rest, ...ours, ...settings }
  const began = performance.now()
  const child = spawn(process.execPath, [...program, 'serve', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  while ((await health(url)) !== 200) {
    if (child.exitCode !== null || performance.now() > began + startPatienceMs) {
      child.kill('SIGTERM')
      throw new Error('Sluice did not start')
    }
    await sleep(lookMs)
  }
  const readyMs = performance.now() - began
  return {
    url,
    pid: child.pid as number,
    readyMs,
    call: (method, path, body) => call(url, method, path, body),
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

const health = async (url: string): Promise<number> => {
  try {
    const response = await fetch(`${url}/health`)
    await response.text()
    return response.status
  } catch {
    return 0
  }
}

async function call(url: string, method: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
  return text === '' ? undefined : (JSON.parse(text) as unknown)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Straight to the database of a server that is running, for rows that no API would write so fast. */
export async function withDatabase<T>(folder: Folder, work: (client: pg.Client, config: pg.ClientConfig) => Promise<T>): Promise<T> {
  const embedded = await openEmbedded(folder.path, { exclusive: false })
  const client = new pg.Client(embedded.config as pg.ClientConfig)
  try {
    await client.connect()
    return await work(client, embedded.config as pg.ClientConfig)
  } finally {
    await client.end()
    await embedded.stop()
  }
}

/** A server on an empty folder for the time of `work`. */
export async function withSluice<T>(work: (sluice: Sluice, folder: Folder) => Promise<T>): Promise<T> {
  const folder = await makeFolder()
  try {
    const sluice = await startSluice(folder)
    try {
      return await work(sluice, folder)
    } finally {
      await sluice.stop()
    }
  } finally {
    await folder.remove()
  }
}
