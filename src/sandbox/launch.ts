/** Starts a process that has nothing: no environment but a time zone, no files, no children, no descriptors but its pipes, and no root. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { childProgram } from './child-source.ts'
import { findOsIsolation } from './os-isolation.ts'

/**
 * The addon is loaded before the process gives up root (child/main.ts), so it may lie where nobody else can read. `--no-node-snapshot` is what isolated-vm asks
 * for. Node calls its permissions a seat belt: the walls are the isolate, the user, and what the system keeps from the process.
 */
export function launch(program = childProgram()): ChildProcess {
  const addon = addonPath()
  const node = [
    process.execPath,
    '--no-node-snapshot',
    '--no-warnings',
    // For the process itself; child/collect-garbage.ts keeps it from scripts.
    '--expose-gc',
    '--permission',
    '--allow-addons',
    `--allow-fs-read=${addon}`,
    '--input-type=module',
    '--eval',
    program,
    addon,
  ]
  const isWindows = process.platform === 'win32'
  const [command, ...args] = [...findOsIsolation().ahead, ...node]
  const hidden = isWindows ? [] : inherited()
  const nothing = hidden.length > 0 ? openSync('/dev/null', 'r') : undefined
  const stdio: ('pipe' | 'ignore' | number)[] = ['pipe', 'pipe', 'pipe']
  for (const descriptor of hidden) {
    while (stdio.length < descriptor) stdio.push('ignore')
    stdio[descriptor] = nothing as number
  }
  try {
    // A group of its own: what is typed at the server's terminal does not end it in the middle of a page.
    return spawn(command as string, args, { env: { TZ: 'UTC' }, cwd: '/', stdio, detached: !isWindows, windowsHide: true })
  } finally {
    if (nothing !== undefined) closeSync(nothing)
  }
}

let addon: string | undefined

function addonPath(): string {
  if (addon !== undefined) return addon
  const main = createRequire(import.meta.url).resolve('isolated-vm')
  const builds = createRequire(main)('node-gyp-build') as { path(folder: string): string }
  return (addon = builds.path(dirname(main)))
}

/** Every descriptor that this process was itself given and would hand on without a word. Node closes its own. */
function inherited(): number[] {
  const closesOnExec = 0o2000000
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((descriptor) => descriptor > 2 && (flagsOf(descriptor) & closesOnExec) === 0)
      .toSorted((a, b) => a - b)
  } catch {
    // No /proc here: what can be told about descriptors is told nowhere else.
    return []
  }
}

function flagsOf(descriptor: number): number {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1]
    return Number.parseInt(flags ?? '0', 8)
  } catch {
    // Gone by now, such as the one that listed the folder.
    return ~0
  }
}
