/** Builds what the npm package holds: `prepack` runs it. Node strips no types below node_modules, so what is installed is JavaScript. */
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
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
