/** Commands as people type them, with a home folder that is gone afterwards. Those of a client run in the test's own process: a program of its own takes a second each. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, inject } from 'vitest'
import { Command } from 'commander'
import { addClientCommands } from '../../src/cli/client-commands.ts'
import { launch, runToEnd, sluice, type Ended, type Environment } from './program.ts'

export interface CommandLine {
  readonly home: string
  readonly env: Environment
  run(...words: string[]): Promise<Ended>
  /** With other variables. */
  runWith(more: Environment, ...words: string[]): Promise<Ended>
  /** A command that ends when it is interrupted, as a program. */
  follow(...words: string[]): { stdout(): string; stderr(): string }
  /** As a program, with `input` piped into it. */
  runProgram(input: string, ...words: string[]): Promise<Ended>
}

/** For a whole file of tests. */
export async function openCommandLine(env: Environment): Promise<CommandLine> {
  const home = await mkdtemp(join(tmpdir(), 'sluice-home-'))
  afterAll(() => rm(home, { recursive: true, force: true }))
  const own = { ...env, HOME: home, XDG_CONFIG_HOME: join(home, '.config') }
  return {
    home,
    env: own,
    run: (...words) => runHere(own, words),
    runWith: (more, ...words) => runHere({ ...own, ...more }, words),
    follow: (...words) => {
      const { said } = launch([...sluice(), ...words], own)
      return { stdout: () => said.stdout, stderr: () => said.stderr }
    },
    runProgram: (input, ...words) => runToEnd([inject('program'), ...words], own, input),
  }
}

async function runHere(env: Environment, words: readonly string[]): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const said = Promise.all([text(stdout), text(stderr)])
  let code = 0
  const streams = { stdout: stdout as unknown as NodeJS.WriteStream, stderr: stderr as unknown as NodeJS.WriteStream }
  const program = new Command('sluice').exitOverride()
  addClientCommands(program, { env, ...streams, exit: (told) => void (code = told) })
  await program.parseAsync(words, { from: 'user' })
  stdout.end()
  stderr.end()
  const [out, error] = await said
  return { code, stdout: out, stderr: error }
}

/** A script of a shell in which `sluice` is this program. */
export async function runScript(path: string, { home, env }: CommandLine, more: Environment): Promise<Ended> {
  const bin = join(home, 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, 'sluice'), `#!/bin/sh\nexec '${process.execPath}' '${inject('program')}' "$@"\n`, { mode: 0o755 })
  const child = spawn('/bin/sh', [path], {
    env: { ...env, ...more, PATH: `${bin}:${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number | null, stdout, stderr }
}
