/** Isolates script processes by means of the operating system: no network, no new rights, bounded memory, low priority where they run long. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'

/** The longest that one try of a wall may take. Milliseconds. */
const tryMs = 2000
/** How much a script that runs long yields to the server where both want the processor: it gets a ninth of what the server gets. */
const nice = 10
/** Descriptors of a process; two dozen are its own. */
const maxFiles = 128
/** Kilobytes of address space. Each of its isolates reserves half a GB of it without using it; the bounds of real memory are much lower (bounds.ts). */
const maxAddresses = 16 * 1024 * 1024
/** Processes and threads of the user nobody, or of the process's own user namespace, all together: eight processes of a dozen threads each fit many times. */
const maxThreads = 2048

export interface OsIsolation {
  /** Commands that each do their part and then become the one after them: the process keeps its id, and its signals. */
  readonly ahead: readonly string[]
  readonly hasNetwork: boolean
}

/** The layers of isolation of a process in words: those that are on, and those that this machine does not allow. */
export function describeOsIsolation({ ahead, hasNetwork }: OsIsolation): {
  readonly active: readonly string[]
  readonly missing: readonly string[]
} {
  const layers: readonly (readonly [string, boolean])[] = [
    ['an isolate of their own', true],
    ['no files and no other programs', true],
    ['no network', !hasNetwork],
    ['no new rights', ahead.includes('setpriv')],
    ['bounds of the system', ahead.includes('/bin/sh')],
    ['another user than the server', process.getuid?.() === 0 || ahead.includes('-U')],
  ]
  return {
    active: layers.filter(([, isOn]) => isOn).map(([name]) => name),
    missing: layers.filter(([, isOn]) => !isOn).map(([name]) => name),
  }
}

let built: OsIsolation | undefined

/** What this machine allows, found out once, by trying. */
export const findOsIsolation = (): OsIsolation => (built ??= build(process.platform === 'linux', process.getuid?.() === 0))

function build(isLinux: boolean, isRoot: boolean): OsIsolation {
  if (process.platform === 'win32') return { ahead: [], hasNetwork: true }
  if (!isLinux) return { ahead: shellLimits([]), hasNetwork: true }
  // Root needs no user namespace, and would keep its own user in one: the process could not become nobody.
  const unplugged = probeCommand(isRoot ? ['unshare', '-n'] : ['unshare', '-U', '-n'])
  const hasNetwork = unplugged.length === 0
  const hasOwnCount = isRoot || !hasNetwork
  const bounds = [
    `ulimit -n ${maxFiles}`,
    `ulimit -v ${maxAddresses}`,
    ...(hasOwnCount ? [`ulimit -u ${maxThreads}`, `ulimit -p ${maxThreads}`] : []),
  ]
  return { ahead: [...unplugged, ...probeCommand(['setpriv', '--no-new-privs']), ...shellLimits(bounds)], hasNetwork }
}

/** The command, where it is there and does what it says. */
function probeCommand(command: readonly string[]): readonly string[] {
  return spawnSync(command[0] as string, [...command.slice(1), 'true'], { stdio: 'ignore', timeout: tryMs, cwd: '/' }).status === 0
    ? command
    : []
}

/**
 * The shell sets what Node cannot: no core file and no file written at all, and that the kernel ends this process before any other when memory is short.
 * Shells differ in the names of limits, and a machine may allow less than is asked for: what fails leaves a lower bound, or another name.
 */
function shellLimits(bounds: readonly string[]): readonly string[] {
  const asked = ['echo 1000 >/proc/self/oom_score_adj', 'ulimit -c 0', 'ulimit -f 0', ...bounds]
  return ['/bin/sh', '-c', `{ ${asked.join('; ')}; } 2>/dev/null; exec "$@"`, 'sh']
}

/** Whether a process has the server's own share of the processor or a small one. Answers whether that could be: only root can give back what it took. */
export function setYielding(pid: number, isYielding: boolean): boolean {
  const own = getPriority()
  const wanted = isYielding ? Math.min(own + nice, constants.priority.PRIORITY_LOW) : own
  try {
    // Linux counts each thread by itself; one that is started later is as its maker.
    const threads = process.platform === 'linux' ? readdirSync(`/proc/${pid}/task`).map(Number) : [pid]
    for (const thread of threads) setPriority(thread, wanted)
  } catch {
    return false
  }
  return groupYields(pid, wanted)
}

/** Where the system groups threads by session, it is the group that yields. */
function groupYields(pid: number, wanted: number): boolean {
  const file = `/proc/${pid}/autogroup`
  try {
    if (existsSync(file)) writeFileSync(file, String(wanted))
    return true
  } catch {
    return false
  }
}
