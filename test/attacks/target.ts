/** A server as people run it, with an account that attacks it and another one that goes on working: what the files of this folder measure. */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { createTestDatabase } from '../harness/database.ts'
import { dataFolder, runToEnd, startProgram, type Environment, type Program } from '../harness/program.ts'
import { urlOf } from '../program/database-url.ts'

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
}

const token = 'token-of-the-attacker'

/** Ended with the test. The attacker's requests are not counted unless told: what holds has to hold by itself. */
export async function startTarget(env: Environment = {}): Promise<Target> {
  const { config, drop } = await createTestDatabase()
  onTestFinished(drop)
  const settings = { DATABASE_URL: urlOf(config), SLUICE_DATA: await dataFolder(), SLUICE_TOKEN: token, SLUICE_RATE_LIMIT: 'off', ...env }
  const program = await startProgram(settings, token)
  const added = await runToEnd(['src/main.ts', 'user', 'add', 'other@example.com', '--json'], settings)
  const { token: otherToken } = JSON.parse(added.stdout) as { token: string }
  return {
    program,
    url: program.url,
    databaseUrl: settings.DATABASE_URL,
    token,
    call: (method, path, body) => program.call(method, path, body, token),
    other: (method, path, body) => program.call(method, path, body, otherToken),
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

/** What the other account's requests take from the beginning of `work` to its end: 50 a second, whatever becomes of those before. */
export async function beside<T>({ other }: Target, work: () => Promise<T>, path = '/v1/integrations'): Promise<Beside<T>> {
  let isOver = false
  const asked: Promise<number>[] = []
  const ask = async (due: number): Promise<number> => {
    const { status, text } = await other('GET', path)
    if (status >= 400) throw new Error(`the other account was answered ${status}: ${text}`)
    return performance.now() - due
  }
  const asking = (async () => {
    for (let due = performance.now(); !isOver; due += everyMs) {
      await pause(Math.max(0, due - performance.now()))
      asked.push(ask(due))
    }
  })()
  const result = await work().finally(() => (isOver = true))
  await asking
  const latencies = (await Promise.all(asked)).toSorted((a, b) => a - b)
  return { result, latencies, p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0 }
}

/** Resident megabytes of a process. */
export function residentMB(pid: number): number {
  const [kilobytes] = /(?<=^VmRSS:\s+)\d+/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes ?? 0) / 1024
}

/** The processes that a process has begun and that still run. */
export const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
