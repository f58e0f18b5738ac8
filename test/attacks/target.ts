/** A server as people run it, with an account that attacks it and another one that goes on working: what the files of this folder measure. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import type { World } from '../../src/domain/context.ts'
import { addUser } from '../../src/domain/accounts/accounts.ts'
import { idMaker } from '../../src/domain/ids.ts'
import { openDatabase } from '../../src/store/database/pool.ts'
import type { DatabaseConfig } from '../../src/store/database/database-hosts.ts'
import { createStores } from '../../src/store/store.ts'
import { createTestDatabase } from '../harness/database.ts'
import { dataFolder, startProgram, type Environment, type Program } from '../harness/program.ts'
import { urlOf } from '../harness/database-url.ts'
import type { Asked, Asking } from './asking.ts'

export type Call = (method: string, path: string, body?: unknown) => ReturnType<Program['call']>

export interface Target {
  readonly program: Program
  readonly url: string
  readonly databaseUrl: string
  readonly token: string
  /** As the account that attacks. */
  readonly call: Call
  /** As the account that has to go on. */
  readonly other: Call
  readonly otherToken: string
}

const token = 'token-of-the-attacker'

/** Ended with the test. The attacker's requests are not counted by default: what holds has to hold by itself. */
export async function startTarget(env: Environment = {}): Promise<Target> {
  const { config, drop } = await createTestDatabase()
  onTestFinished(drop)
  const settings = { DATABASE_URL: urlOf(config), SLUICE_DATA: await dataFolder(), SLUICE_TOKEN: token, SLUICE_RATE_LIMIT: 'off', ...env }
  const program = await startProgram(settings, token)
  const otherToken = await addOther(config)
  return {
    program,
    url: program.url,
    databaseUrl: settings.DATABASE_URL,
    token,
    call: (method, path, body) => program.call(method, path, body, token),
    otherToken,
    other: (method, path, body) => program.call(method, path, body, otherToken),
  }
}

/** What `sluice user add` does, without a program for it. */
async function addOther(config: DatabaseConfig): Promise<string> {
  const database = await openDatabase(config)
  try {
    const world = { ...createStores(database), now: () => new Date(), newId: idMaker() } as World
    return (await addUser(world, 'other@example.com')).token
  } finally {
    await database.close()
  }
}

/** Between two requests of the account that goes on: 50 a second. Milliseconds. */
const everyMs = 20

export interface Beside<T> {
  readonly result: T
  /** Milliseconds from when a request was due to its answer, in order of length. */
  readonly latencies: readonly number[]
  readonly p99: number
}

/** What the other account's requests take from the beginning of `work` to its end: 50 a second for each path, whatever becomes of those before. */
export async function beside<T>(
  target: Target,
  work: () => Promise<T>,
  paths: readonly string[] = ['/v1/integrations'],
): Promise<Beside<T>> {
  const workerData: Asking = { url: target.url, token: target.otherToken, paths, everyMs }
  const asking = new Worker(new URL('asking.ts', import.meta.url), { workerData })
  try {
    await once(asking, 'message')
    const result = await work()
    asking.postMessage('enough')
    const [asked] = (await once(asking, 'message')) as [Asked]
    if ('failure' in asked) throw new Error(asked.failure)
    const latencies = asked.latencies.toSorted((a, b) => a - b)
    return { result, latencies, p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0 }
  } finally {
    await asking.terminate()
  }
}

/** The same for those who ask whether the server is there. */
export const besideAll = <T>(target: Target, work: () => Promise<T>): Promise<Beside<T>> =>
  beside(target, work, ['/v1/integrations', '/health'])

/** Resident megabytes of a process. */
export function residentMB(pid: number): number {
  const [kilobytes] = /(?<=^VmRSS:\s+)\d+/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes ?? 0) / 1024
}

/** The processes that a process has begun and that still run. */
export const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)

/** Longest that the server's thread was at one thing since it was asked before. Milliseconds of its processor. */
export function stalls(program: Program): () => number {
  let told = 0
  return () => {
    const said = program.output()
    const spent = [...said.slice(told).matchAll(/^stalled (\d+)$/gm)].map(([, ms]) => Number(ms))
    told = said.length
    return Math.max(0, ...spent)
  }
}

/** Has a server tell of it. */
export const tellsStalls = { NODE_OPTIONS: `--import ${new URL('stalls.ts', import.meta.url).href}` }

/** A process and all that it has begun, and what these have begun. */
export const processesOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(processesOf)]
