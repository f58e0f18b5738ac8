/** Workers that are programs of their own, as in a real installation, for tests that kill or stop them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { inject, onTestFinished } from 'vitest'
import type { DatabaseConfig } from '../../src/store/database/database-hosts.ts'
import { urlOf } from './database-url.ts'

export interface WorkerProcess {
  readonly pid: number
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
  /** The code it ended with; null where a signal ended it. */
  readonly exit: Promise<number | null>
  /** Its log, the newest part of it. */
  said(): string
}

/** As `startApi` seals secrets with. */
const encryptionKey = Buffer.alloc(32, 7).toString('hex')

/** Resolves when the worker is on the queue. */
export async function startWorkerProcess(config: DatabaseConfig, env: Readonly<Record<string, string>> = {}): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [inject('program'), 'serve', '--role', 'worker'], {
    cwd: new URL('../../', import.meta.url),
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: urlOf(config),
      SLUICE_ENCRYPTION_KEY: encryptionKey,
      SLUICE_LOG_LEVEL: 'warn',
      SLUICE_FILE_SETTLE_SECONDS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', process.env['TEST_LOG'] ? 'inherit' : 'pipe'],
  })
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const said = await untilReady(child, exit)
  return { pid: child.pid as number, exit, said, kill: (signal) => void child.kill(signal) }
}

/** Characters of its log that are kept. */
const longestLog = 1_000_000

async function untilReady(child: ChildProcess, exit: Promise<unknown>): Promise<() => string> {
  let said = ''
  const hear = (chunk: Buffer): void => void (said = (said + chunk.toString()).slice(-longestLog))
  child.stderr?.on('data', hear)
  await Promise.race([
    new Promise<void>((ready) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        hear(chunk)
        if (said.includes('works on the queue')) ready()
      })
    }),
    exit.then((code) => Promise.reject(new Error(`the worker ended with ${String(code)} before it was ready: ${said}`))),
  ])
  return () => said
}
