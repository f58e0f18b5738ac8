// Runs a program of Sluice on the Node that comes with it, whatever Node the machine has; says in a sentence where the packages are not there yet.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** In a clone the sources run as they are; the package holds what was compiled of them. */
export const source = (file) => (existsSync(join(root, 'src')) ? `src/${file}.ts` : `dist/${file}.js`)

/** The Node of the packages; ends with a sentence where they are not installed. */
export function ownNode() {
  try {
    const node = join(
      dirname(createRequire(import.meta.url).resolve('node/package.json')),
      'bin',
      process.platform === 'win32' ? 'node.exe' : 'node',
    )
    if (existsSync(node)) return node
  } catch {
    // Not installed.
  }
  process.stderr.write(
    existsSync(join(root, 'src'))
      ? `The packages that Sluice needs are not installed: run "npm ci" in ${root} first.\n`
      : `The Node that Sluice runs on is not installed: its package "node" fetches it in a script, so install Sluice again with scripts allowed.\n`,
  )
  process.exit(1)
}

/** In this process where that is the Node already, with its flags, so that signals need nobody to hand them on. */
export async function run(file, args, flags = []) {
  const node = ownNode()
  const program = join(root, file)
  if (realpathSync(node) === realpathSync(process.execPath) && flags.every((flag) => process.execArgv.includes(flag))) {
    process.argv = [process.execPath, program, ...args]
    await import(existsSync(join(root, 'src')) ? '../src/compile-cache.js' : '../dist/compile-cache.js')
    return import(pathToFileURL(program).href)
  }
  // Killed hard, we hand nothing on: a server ends by itself then.
  const more = args[0] === 'serve' && !args.includes('--with-parent') ? ['--with-parent'] : []
  // The same again, on the right Node.
  const [, here = program, ...given] = process.argv
  const child = spawn(node, [...flags, here, ...given, ...more], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
