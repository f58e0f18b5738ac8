/** The running server as its own lock file tells of it: whether it lives, where it listens, how to start and stop it. */
import { type FileHandle, open, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { changeOwner, type Place } from './folder.ts'
import { launch, run } from './run-postgres-tool.ts'
import { writeSettings } from './settings.ts'

/** A fast stop ends all sessions and writes 48 MB of buffers at the most. In milliseconds. */
const fastStopMs = 30_000
/** An immediate stop writes nothing: the next start recovers from the log. In milliseconds. */
const immediateStopMs = 10_000
/** Between two looks at a server that starts or stops, in milliseconds. */
export const pollMs = 20
/** The log is put aside at a start when it is larger than this, in bytes: it gets a dozen lines for each start. */
const maxLogBytes = 10_000_000

export interface Postmaster {
  readonly pid: number
  readonly host: string
  readonly port: number
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Alive, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The server of this place, if one runs. Before it listens its host is empty. */
export async function findPostmaster({ data }: Place): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const [pid, , , port, socket, address] = text.split('\n').map((line) => line.trim())
  if (!Number(pid) || !(await isServerOf(data, Number(pid)))) return undefined
  return { pid: Number(pid), port: Number(port), host: socket || address || '' }
}

/**
 * A server works in its data directory. The number alone says little: after a crash, in a container above all, it may be another program's.
 * Where the machine hides in which one a program works, the server itself is known by the directory it was given, and a session of one is not ours: were
 * it, PostgreSQL would find its shared memory in use and refuse to start.
 */
async function isServerOf(data: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return true
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (!/^([^\0]*\/)?postgres(:|\0|$)/.test(command)) return false
  const works = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  return works === undefined ? command.split('\0').includes(data) : works === data
}

export interface Launched {
  /** It is no more: the start failed, or another server was faster. */
  ended: boolean
  /** Where its part of the log begins, in bytes. */
  readonly logStart: number
}

/** Returns at once; the server outlives us, and Ctrl-C at our terminal does not reach it. */
export async function startPostmaster(place: Place, port?: number): Promise<Launched> {
  const { as, binaries, data } = place
  await clearRecycledLocks(place)
  await writeSettings(place, port)
  const log = await openLog(place)
  const launched: Launched = { ended: false, logStart: (await log.stat()).size }
  // On Windows only pg_ctl can shed an administrator's rights, without which PostgreSQL refuses to run.
  const [file, args] =
    process.platform === 'win32' ? [binaries.pgCtl, ['start', '-W', '-D', data, '-l', place.log]] : [binaries.postgres, ['-D', data]]
  const child = launch(as, file, args, { detached: true, stdio: ['ignore', log.fd, log.fd], windowsHide: true })
  const end = () => (launched.ended = true)
  child.on('error', end)
  child.on('exit', end)
  child.unref()
  await log.close()
  return launched
}

async function openLog({ log, as }: Place): Promise<FileHandle> {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  )
  if (size > maxLogBytes) await rename(log, `${log}.1`)
  const handle = await open(log, 'a', 0o600)
  // Not root's, so that this user can go on in it without root.
  await changeOwner(as, log)
  return handle
}

/**
 * A crashed server's lock files name a process. PostgreSQL refuses to start while any program has that number; we know better when no server
 * that there is can be working in the data directory.
 */
async function clearRecycledLocks({ data, socket }: Place): Promise<void> {
  if (process.platform !== 'linux') return
  const pid = Number.parseInt(await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => ''), 10)
  if (!pid || !isAlive(pid)) return
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name) && (await isServerOf(data, Number(name)))) return
  }
  await rm(join(data, 'postmaster.pid'), { force: true })
  await rm(join(socket, '.s.PGSQL.5432.lock'), { force: true })
}

export async function stopPostmaster(place: Place): Promise<void> {
  const server = await findPostmaster(place)
  if (!server) return
  if (await stopped(place, server.pid, 'fast', fastStopMs)) return
  await stopped(place, server.pid, 'immediate', immediateStopMs)
}

async function stopped(place: Place, pid: number, mode: 'fast' | 'immediate', timeoutMs: number): Promise<boolean> {
  if (process.platform === 'win32') {
    const seconds = String(timeoutMs / 1000)
    return (await run(place.as, place.binaries.pgCtl, ['stop', '-D', place.data, '-m', mode, '-t', seconds], timeoutMs + 1000)).code === 0
  }
  if (isAlive(pid)) process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await sleep(pollMs)) {
    if (!(await isServerOf(place.data, pid))) return true
  }
  return false
}
