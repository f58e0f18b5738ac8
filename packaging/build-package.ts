/** Builds what the npm package holds: `prepack` runs it. Node strips no types below node_modules, so what is installed is JavaScript. */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const built = join(root, 'dist')

rmSync(built, { recursive: true, force: true })
const compiler = createRequire(import.meta.url).resolve('typescript/package.json')
execFileSync(process.execPath, [join(dirname(compiler), 'bin', 'tsc'), '--project', join(import.meta.dirname, 'tsconfig.json')], {
  stdio: 'inherit',
})
// What is read as it is: the SQL, the examples, and JavaScript.
cpSync(join(root, 'src'), built, { recursive: true, filter: (file) => !['.ts', '.md'].includes(extname(file)) })
writeShrinkwrap()

interface Lock {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** The versions that were tested are those that are installed. `postpack` removes the file: in this folder package-lock.json says it. */
function writeShrinkwrap(): void {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  const needed = Object.entries(lock.packages).filter(([, { dev, devOptional }]) => !dev && !devOptional)
  const packages = needed.map(([path, { devDependencies: _devDependencies, ...entry }]) => [path, entry])
  writeFileSync(join(root, 'npm-shrinkwrap.json'), `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 1)}\n`)
}
