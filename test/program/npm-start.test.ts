/** Sluice as a supervisor or a person at a terminal has it: below a real npm, which is told to end, and not the server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { createTestDatabase } from '../harness/database.ts'
import { dataFolder, runToEnd } from '../harness/program.ts'
import { urlOf } from '../harness/database-url.ts'

const patient = { timeout: 180_000 }
const root = resolve(import.meta.dirname, '../..')

/** In a process group of its own, like a command at a terminal. */
function npm(cwd: string, words: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn('npm', words, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const toAll = (signal: NodeJS.Signals): void => void process.kill(-(child.pid ?? 0), signal)
  onTestFinished(async () => {
    try {
      toAll('SIGKILL')
    } catch {
      // All of it has ended.
    }
    await ended
  })
  return { child, ended, toAll, said: () => said }
}

async function started() {
  const { config, drop } = await createTestDatabase()
  onTestFinished(() => drop())
  const env = { DATABASE_URL: urlOf(config), SLUICE_DATA: await dataFolder(), SLUICE_LOG_LEVEL: 'error', PORT: '0' }
  const program = npm(root, ['start'], env)
  await expect.poll(() => /answers at (\S+)/.exec(program.said())?.[1], { timeout: 90_000 }).toBeDefined()
  const url = /answers at (\S+)/.exec(program.said())?.[1] ?? ''
  const isThere = () =>
    fetch(`${url}/health/live`).then(
      () => true,
      () => false,
    )
  expect(await isThere()).toBe(true)
  return { ...program, isThere }
}

describe('npm start', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'ends in order when npm gets %s, and npm when the server has ended',
    patient,
    async (signal) => {
      const { child, ended, isThere, said } = await started()
      child.kill(signal)
      expect(await ended).toBe(0)
      expect(await isThere()).toBe(false)
      expect(said()).not.toMatch(/error/i)
    },
  )

  test.each(['SIGTERM', 'SIGINT'] as const)('ends in order when everything at the terminal gets %s', patient, async (signal) => {
    const { ended, isThere, toAll } = await started()
    toAll(signal)
    expect(await ended).toBe(0)
    expect(await isThere()).toBe(false)
  })

  test('ends in order when npm is killed', patient, async () => {
    const { child, isThere, said } = await started()
    child.kill('SIGKILL')
    await expect.poll(isThere, { timeout: 60_000, interval: 100 }).toBe(false)
    expect(said()).not.toMatch(/error/i)
  })
})

describe('without the packages', () => {
  /** Those that people run. */
  const scripts = Object.keys(manifest.scripts).filter((name) => !['postinstall', 'prepare'].includes(name))

  /** A clone as git makes it, in a folder that is gone after the test, and the sentence that everything says in it. */
  async function bareClone() {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bare-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    for (const each of ['bin', 'src', 'demo', 'bench', 'packaging', 'test', 'package.json', 'openapi.json'])
      await cp(join(root, each), join(folder, each), { recursive: true })
    return { folder, sentence: `The packages that Sluice needs are not installed: run "npm ci" in ${folder}/ first.\n` }
  }

  test('every script of npm says in one sentence to install them, and writes nothing', patient, async () => {
    const { folder, sentence } = await bareClone()
    const document = await readFile(join(folder, 'openapi.json'), 'utf8')
    expect(scripts).toEqual(expect.arrayContaining(['start', 'test', 'demo', 'bench', 'openapi']))
    const answers = scripts.map(async (name) => {
      const { ended, said } = npm(folder, ['--silent', 'run', name], {})
      return { name, code: await ended, said: said() }
    })
    expect(await Promise.all(answers)).toEqual(scripts.map((name) => ({ name, code: 1, said: sentence })))
    expect(await readFile(join(folder, 'openapi.json'), 'utf8')).toBe(document)
  })

  test('so do `npm start` and `npm test`, `npx sluice`, and the program itself', patient, async () => {
    const { folder, sentence } = await bareClone()
    for (const words of [
      ['--silent', 'start'],
      ['--silent', 'test'],
      ['--silent', 'exec', '--', 'sluice', 'serve'],
    ]) {
      const { ended, said } = npm(folder, words, {})
      expect({ words, code: await ended, said: said() }).toEqual({ words, code: 1, said: sentence })
    }
    expect(await runToEnd([join(folder, 'bin/sluice.js'), 'serve'], {})).toEqual({ code: 1, stdout: '', stderr: sentence })
  })
})
