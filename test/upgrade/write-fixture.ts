/**
 * Keeps what a version writes, for test/upgrade/upgrade.test.ts: `node test/upgrade/write-fixture.ts COMMIT NAME`. It starts the program of that commit on
 * an empty data folder, fills it through its API, asks for everything that can be read, and writes data and answers into test/upgrade/fixtures/NAME.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { writeBackup } from '../../src/store/backup/write-backup.ts'
import { openEmbedded } from '../../src/store/embedded/open.ts'
import { startApplication } from '../harness/application.ts'
import { fixtureKey, fixtureToken } from './fixture.ts'
import { fill } from './fill.ts'
import { readEverything } from './read-everything.ts'

const [commit, name] = process.argv.slice(2)
if (commit === undefined || name === undefined || !/^[\w.-]+$/.test(name)) {
  process.stderr.write('node test/upgrade/write-fixture.ts COMMIT NAME\n')
  process.exit(2)
}
/** For a first start. Milliseconds. */
const patienceMs = 120_000

const root = dirname(dirname(import.meta.dirname))
const git = (...words: readonly string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()

async function startOld(tree: string, data: string): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    cwd: tree,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      SLUICE_DATA: data,
      SLUICE_TOKEN: fixtureToken,
      SLUICE_ENCRYPTION_KEY: fixtureKey.toString('hex'),
      SLUICE_RATE_LIMIT: 'off',
      SLUICE_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  for (const end = Date.now() + patienceMs; ;) {
    const url = /answers at (\S+)/.exec(said)?.[1]
    if (url !== undefined)
      return {
        url,
        async stop() {
          child.kill('SIGTERM')
          if (child.exitCode === null) await once(child, 'exit')
        },
      }
    if (child.exitCode !== null || Date.now() > end) throw new Error(`the program of ${commit} did not start: ${said}`)
    await pause(100)
  }
}

const work = await mkdtemp(join(tmpdir(), 'sluice-fixture-'))
const [tree, data, fixture] = [join(work, 'tree'), join(work, 'data'), join(import.meta.dirname, 'fixtures', name)]
const application = await startApplication()
try {
  git('worktree', 'add', '--detach', '--quiet', tree, commit)
  // Its packages are those of this folder: a version whose own are not among them is started after `npm ci` in a clone of it.
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'))
  const old = await startOld(tree, data)
  try {
    await fill(old.url, application)
    const answers = await readEverything(old.url)
    await mkdir(fixture, { recursive: true })
    const kept = { commit: git('rev-parse', '--short=8', commit), writtenAt: new Date().toISOString(), answers }
    await writeFile(join(fixture, 'answers.json.gz'), gzipSync(JSON.stringify(kept), { level: 9 }))
    process.stderr.write(`${answers.length} answers\n`)
  } finally {
    await old.stop()
  }
  const database = await openEmbedded(data, { exclusive: false })
  try {
    const { migration, tables } = await writeBackup(database.config, createWriteStream(join(fixture, 'data.zip')), name)
    process.stderr.write(`${tables.reduce((sum, { rows }) => sum + rows, 0)} rows, at migration ${migration.name}\n`)
  } finally {
    await database.stop()
  }
} finally {
  await application.close()
  git('worktree', 'remove', '--force', tree)
  await rm(work, { recursive: true, force: true })
}
