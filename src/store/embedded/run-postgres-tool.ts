/** How PostgreSQL's programs are run: as which user and with which environment. Never through a shell, whose quoting a path could break. */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { parse } from 'node:path'

export interface RunAs {
  /** Whose files PostgreSQL's are; absent when they are simply ours. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** The command that changes the user, when spawning with a uid is not enough. */
  readonly through: readonly string[]
}

/** As the user who started us. */
export const ourselves: RunAs = { through: [] }

/** PG* variables of the person who started us must not reach the server, so it gets none of theirs. */
const environment = { PATH: '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** What a program may say before it is cut, in characters: only its last line is ever shown. */
const maxOutput = 100_000

export function launch(as: RunAs, file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const [command = file, ...rest] = [...as.through, file, ...args]
  // Our own working directory may be one which that user cannot enter.
  const where = { cwd: parse(process.execPath).root, env: environment }
  return spawn(command, rest, { ...where, ...(as.through.length === 0 && as.owner), ...options })
}

/** Runs a program to its end. A program that cannot be run at all ends with the code -1. */
export function run(as: RunAs, file: string, args: readonly string[], timeoutMs: number): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    let output = ''
    const child = launch(as, file, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' })
    const listen = (chunk: Buffer) => {
      if (output.length < maxOutput) output += chunk.toString('utf8')
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.on('error', (error) => resolve({ code: -1, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? -1, output }))
  })
}

export const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? ''
