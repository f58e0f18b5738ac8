/** Builds the console into console/dist, with what a server sends compressed made once, here. `prepare` runs it: after `npm ci`, nothing is left to do. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const here = import.meta.dirname
const dist = join(here, 'dist')
/** Smaller files are not worth a twin. Bytes. */
const compressFromBytes = 1024
const compressed = /\.(?:js|css|html|svg|json)$/

const { resolve } = createRequire(import.meta.url)
const isInstalled = ['vite', 'react', '@tanstack/react-router'].every((name) => {
  try {
    return Boolean(resolve(name))
  } catch {
    return false
  }
})

if (isInstalled) await buildConsole()
else if (!existsSync(join(dist, 'index.html')))
  console.warn('The console is not built: it takes the development packages. Run "npm ci" without --omit=dev, or bring console/dist along.')

async function buildConsole(): Promise<void> {
  const [{ build }, { consoleConfig }] = await Promise.all([import('vite'), import('./vite.config.ts')])
  await build({ ...consoleConfig, configFile: false, logLevel: 'warn' })
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) if (compressed.test(file)) writeTwins(join(dist, file))
}

function writeTwins(file: string): void {
  const bytes = readFileSync(file)
  if (bytes.length < compressFromBytes) return
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }))
}
