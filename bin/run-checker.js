// `node bin/run-checker.js oxlint src`: runs a program that checks the sources. Those have a folder of their own, which is installed when the first of them is run: neither tests nor servers need any. Without a name they are only installed.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownNode } from './own-node.js'

const folder = fileURLToPath(new URL('../checkers/', import.meta.url))
const isWindows = platform() === 'win32'
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const manifestOf = (name) => join(folder, 'node_modules', name, 'package.json')
const isInstalled = ([name, version]) => existsSync(manifestOf(name)) && read(manifestOf(name)).version === version

const node = ownNode()
const [name, ...args] = process.argv.slice(2)
if (!Object.entries(read(join(folder, 'package.json')).dependencies).every(isInstalled))
  // On Windows npm is a script, which a shell runs. What npm says goes to stderr: nothing of it is an answer of the checker.
  execFileSync('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 'inherit'], shell: isWindows })
if (name !== undefined) {
  const program = join(folder, 'node_modules', name, read(manifestOf(name)).bin[name])
  // Found by the linter itself only below the folder that it is run in.
  const ofTypes = join(folder, 'node_modules', '@oxlint-tsgolint', `${platform()}-${arch()}`, isWindows ? 'tsgolint.exe' : 'tsgolint')
  const { status } = spawnSync(node, [program, ...args], { stdio: 'inherit', env: { ...process.env, OXLINT_TSGOLINT_PATH: ofTypes } })
  process.exit(status ?? 1)
}
