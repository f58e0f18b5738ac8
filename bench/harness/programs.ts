/** Servers and workers as programs of their own on one database, as in a larger installation. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { urlOf } from '../../test/harness/database-url.ts'
import { openEmbedded } from '../../src/store/embedded/open.ts'
import { freePort, makeFolder, program, startSluice, type Sluice } from './sluice.ts'

const lookMs = 20

export interface Worker {
  readonly pid: number
  stop(): Promise<void>
}

export interface Programs {
  readonly sluice: Sluice
  readonly databaseUrl: string
  /** Resolves once it works on the queue. */
  startWorker(): Promise<Worker>
}

/** A server that carries out no runs, and as many workers as `work` starts. */
export async function withPrograms<T>(work: (programs: Programs) => Promise<T>): Promise<T> {
  const folder = await makeFolder()
  await allowPrograms(folder.path)
  const embedded = await openEmbedded(folder.path, { exclusive: false })
  const databaseUrl = urlOf(embedded.config)
  const settings = { DATABASE_URL: databaseUrl, SLUICE_ENCRYPTION_KEY: randomBytes(32).toString('hex') }
  try {
    const sluice = await startSluice(folder, settings, ['--role', 'server'])
    try {
      return await work({ sluice, databaseUrl, startWorker: () => startWorker(settings) })
    } finally {
      await sluice.stop()
    }
  } finally {
    await embedded.stop()
    await folder.remove()
  }
}

/** The embedded server has connections for one machine's programs; it reads their number when it starts. */
async function allowPrograms(path: string): Promise<void> {
  const embedded = await openEmbedded(path, { exclusive: false })
  const client = new pg.Client(embedded.config as pg.ClientConfig)
  await client.connect()
  await client.query('alter system set max_connections = 300')
  await client.end()
  await embedded.stop()
}

async function startWorker(settings: Readonly<Record<string, string>>): Promise<Worker> {
  const address = `127.0.0.1:${await freePort()}`
  const env = { ...process.env, SLUICE_LOG_LEVEL: 'warn', ...settings, SLUICE_HEALTH_ADDRESS: address }
  const child = spawn(process.execPath, [...program, 'serve', '--role', 'worker'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const isReady = (): Promise<boolean> =>
    fetch(`http://${address}/readyz`).then(
      async (answer) => (await answer.text(), answer.ok),
      () => false,
    )
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error('a worker did not start')
    await sleep(lookMs)
  }
  return {
    pid: child.pid as number,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

/** Clock ticks of Linux, in milliseconds. */
const tickMs = 10

/** Processor time of a program so far, in milliseconds. */
export async function processorTimeOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}
