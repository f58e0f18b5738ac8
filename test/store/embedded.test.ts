/** What the embedded server promises, on real servers in temporary folders, with real programs that are really killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SetupError } from '../../src/domain/errors.ts'
import { type Embedded, openEmbedded } from '../../src/store/embedded/open.ts'
import { isAlive } from '../../src/store/embedded/server-process.ts'
import { ask } from '../harness/database.ts'

/** Servers start and stop, some after a crash; on a busy machine each takes many times as long as here. In milliseconds. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const isRoot = process.getuid?.() === 0
let folder: string
let opened: Embedded[]
let programs: ChildProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  opened = []
  programs = []
})
afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL')
  for (const embedded of opened) await embedded.stop()
  // Whatever a killed program left running ends with the last one who leaves.
  if (await serverPid()) await (await openEmbedded(folder, { exclusive: false })).stop()
  // A program that was killed while it made a cluster left one that goes on with it for a moment.
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
})

async function open(exclusive = true, path = folder): Promise<Embedded> {
  const embedded = await openEmbedded(path, { exclusive })
  opened.push(embedded)
  return embedded
}

/** Starts a program on the folder, and answers it with the first line it says. */
async function hold(role: 'server' | 'tool', write = false) {
  const script = join(import.meta.dirname, '../harness/folder-holder.ts')
  const program = spawn(process.execPath, [script, folder, role, ...(write ? ['write'] : [])], { stdio: ['ignore', 'pipe', 'inherit'] })
  programs.push(program)
  const lines: string[] = []
  const ended = new Promise<void>((resolve) => program.on('exit', () => resolve()))
  const said = createInterface({ input: program.stdout })
  said.on('line', (line) => lines.push(line))
  const closed = new Promise<void>((resolve) => said.on('close', () => resolve()))
  while (lines.length === 0 && program.exitCode === null) await sleep(5)
  return { pid: program.pid ?? 0, lines, ended: Promise.all([ended, closed]), kill: (signal: NodeJS.Signals) => program.kill(signal) }
}

async function serverPid(): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8').catch(() => ''), 10)
  return pid || undefined
}

describe('one program', () => {
  it('has time for other work while its cluster is made, and while its server starts', async () => {
    const waits: string[] = []
    const onWait = () => void waits.push(existsSync(join(folder, 'postgres', 'PG_VERSION')) ? 'starting' : 'making')
    const first = await openEmbedded(folder, { exclusive: true, onWait })
    expect(waits.splice(0)).toEqual(['making', 'starting'])
    await first.stop()
    opened.push(await openEmbedded(folder, { exclusive: true, onWait }))
    expect(waits).toEqual(['starting'])
  })

  it('finds its data again after a restart, and keeps it from other users and from power cuts', async () => {
    const first = await open()
    await ask(first.config, 'create table kept (word text)')
    await ask(first.config, `insert into kept values ('ÄPFEL')`)
    const settings = await ask(
      first.config,
      `select current_setting('fsync') || current_setting('synchronous_commit') || current_setting('listen_addresses') as all`,
    )
    expect(settings).toEqual([{ all: 'onon' }])
    await first.stop()
    expect(await serverPid()).toBeUndefined()

    const second = await open()
    expect(await ask(second.config, 'select lower(word) as word from kept')).toEqual([{ word: 'äpfel' }])
    expect((await stat(folder)).mode & 0o007).toBe(0)
    const modes = await Promise.all((await readdir(folder)).map(async (name) => [name, (await stat(join(folder, name))).mode & 0o077]))
    expect(modes).toHaveLength(4)
    expect(modes.filter(([, mode]) => mode !== 0)).toEqual([])
  })

  it('leaves no record in the log of the server', async () => {
    const { config } = await open()
    await ask(config, 'create table people (email text unique)')
    await ask(config, `insert into people values ('secret-value')`)
    await expect(ask(config, `insert into people values ('secret-value')`)).rejects.toThrow('duplicate')
    await expect(ask(config, `select 'secret-value'::integer`)).rejects.toThrow('invalid')
    expect(await readFile(join(folder, 'postgres.log'), 'utf8')).not.toContain('secret-value')
  })

  it('starts the server again when it is killed, stopped or crashes under it, with all that was written, and still holds the folder', async () => {
    const embedded = await open()
    await ask(embedded.config, 'create table kept (number integer)')
    const backend = async () =>
      Number((await ask(embedded.config, `select pid from pg_stat_activity where application_name like 'sluice %'`))[0]?.['pid'])
    const faults: (() => Promise<unknown>)[] = [
      async () => process.kill((await serverPid()) ?? 0, 'SIGKILL'),
      async () => process.kill((await serverPid()) ?? 0, 'SIGINT'),
      async () => process.kill(await backend(), 'SIGKILL'),
      async () => ask(embedded.config, 'select pg_terminate_backend($1)', [await backend()]),
    ]
    for (const [round, fault] of faults.entries()) {
      await ask(embedded.config, 'insert into kept values ($1)', [round])
      const seat = await backend()
      await fault()
      await expect.poll(() => backend().catch(() => 0), { timeout: 30_000 }).not.toBeOneOf([seat, 0, Number.NaN])
      expect((await hold('server')).lines[0]).toContain(`in use by another Sluice (process ${process.pid})`)
    }
    expect(await ask(embedded.config, 'select count(*)::integer as n from kept')).toEqual([{ n: 4 }])
    await embedded.stop()
    expect(await serverPid()).toBeUndefined()
  })

  it('says so where another server program was faster at the folder, instead of going on beside it', async () => {
    const embedded = await open()
    const [seat] = await ask(embedded.config, `select pid from pg_stat_activity where application_name like 'sluice %'`)
    // It waits for the lock already, under the name of a program that lives, and has it the moment that ours is cut off.
    const other = new pg.Client({ ...embedded.config, application_name: `sluice ${process.ppid}` })
    await other.connect()
    const [{ classid, objid } = {}] = await ask(
      embedded.config,
      `select classid::bigint::int, objid::bigint::int from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and pid = $1`,
      [seat?.['pid']],
    )
    const taken = other.query('select pg_advisory_lock($1, $2)', [classid, objid])
    await ask(embedded.config, 'select pg_terminate_backend($1)', [seat?.['pid']])
    await taken
    expect((await embedded.lost).message).toContain(`is in use by another Sluice (process ${process.ppid})`)
    await other.end()
  })

  it('ends in order while the server is away, and leaves none that it has started', async () => {
    const embedded = await open()
    const pid = (await serverPid()) ?? 0
    process.kill(pid, 'SIGKILL')
    // Until the one that was killed is gone, or another one has its place.
    await expect.poll(async () => (await serverPid()) === pid && isAlive(pid), { timeout: 30_000, interval: 2 }).toBe(false)
    await embedded.stop()
    // One that was told to end may take a moment; one that nobody told stays.
    const isLeft = async (): Promise<boolean> => {
      const left = await serverPid()
      return left !== undefined && isAlive(left)
    }
    await expect.poll(isLeft, { timeout: 10_000 }).toBe(false)
  })

  it.runIf(process.platform === 'linux')('starts after a crash whose process number another program has by now', async () => {
    await (await open()).stop()
    await writeFile(
      join(folder, 'postgres/postmaster.pid'),
      `${process.ppid}\n${join(folder, 'postgres')}\n1\n5432\n${join(folder, 'run')}\n\n  1  1\nready\n`,
    )
    expect(await ask((await open()).config, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('runs in a folder whose path is long and hard to quote', async () => {
    const path = join(folder, `it's "a" $HOME \\ ${'long'.repeat(20)}`)
    await mkdir(path)
    const embedded = await open(true, path)
    expect(await ask(embedded.config, 'select 1 as one')).toEqual([{ one: 1 }])
    await rm(embedded.config.host, { recursive: true })
  })

  it.runIf(isRoot)('runs as another user when root starts it, below a folder that user may not enter', async () => {
    const path = join(folder, 'closed/data')
    await mkdir(join(folder, 'closed'), { mode: 0o700 })
    const embedded = await open(true, path)
    expect(await ask(embedded.config, 'select 1 as one')).toEqual([{ one: 1 }])
    expect((await stat(join(path, 'postgres'))).uid).not.toBe(0)
  })

  it('refuses data that a newer PostgreSQL wrote', async () => {
    await (await open()).stop()
    await writeFile(join(folder, 'postgres/PG_VERSION'), '19\n')
    await expect(open()).rejects.toThrow(
      new SetupError(
        `The data folder ${folder} was written by PostgreSQL 19, and this Sluice brings PostgreSQL 18: use the newer Sluice that wrote it.`,
      ),
    )
  })

  it('says in one line that the folder is not one', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(open(true, join(folder, 'file'))).rejects.toThrow(/^The data folder .*file cannot be used: it is not a folder\.$/)
  })
})

describe('several programs', () => {
  it('refuses a second server program and names the first', async () => {
    const holder = await hold('server')
    expect(holder.lines).toEqual(['ready'])
    await expect(open()).rejects.toThrow(`The data folder ${folder} is in use by another Sluice (process ${holder.pid}).`)
    holder.kill('SIGTERM')
    await holder.ended
    await open()
  })

  it('lets a tool come and go beside the server, and the last one stops the server', async () => {
    const tool = await open(false)
    const server = await open()
    await tool.stop()
    expect(await ask(server.config, 'select 1 as one')).toEqual([{ one: 1 }])
    await (await open(false)).stop()
    expect(await ask(server.config, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
    expect(await serverPid()).toBeUndefined()
  })

  it('has every acknowledged write after the program was killed, on the server it left behind', async () => {
    const holder = await hold('server', true)
    const orphan = await serverPid()
    while (holder.lines.length < 200) await sleep(5)
    holder.kill('SIGKILL')
    await holder.ended
    const { config } = await open()
    expect(await serverPid()).toBe(orphan)
    const last = Number(holder.lines.at(-1))
    expect(await ask(config, 'select count(*)::integer as n from written where number <= $1', [last])).toEqual([{ n: last }])
  })

  it('makes one cluster when several programs start for the first time at once, one of them the server program', async () => {
    const started = await Promise.all([hold('tool'), hold('server'), hold('server'), hold('tool')])
    const answers = started.map((program) => program.lines[0]?.split(':')[0])
    expect(answers.filter((answer) => answer === 'ready')).toHaveLength(3)
    expect(answers.filter((answer) => answer === 'refused')).toHaveLength(1)
    for (const program of started) program.kill('SIGTERM')
    await Promise.all(started.map((program) => program.ended))
    expect(await serverPid()).toBeUndefined()
    expect(new Set(await readdir(folder))).toEqual(new Set(['postgres', 'postgres-password', 'postgres.log', 'run']))
  })

  it('is not confused by a first start that was killed half way', async () => {
    const script = join(import.meta.dirname, '../harness/folder-holder.ts')
    const program = spawn(process.execPath, [script, folder, 'server'], { stdio: 'ignore' })
    while (!(await readdir(folder)).some((name) => name.startsWith('postgres.new-'))) await sleep(1)
    await sleep(150)
    program.kill('SIGKILL')
    expect(await ask((await open()).config, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})
