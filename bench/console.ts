/** The console: what a browser fetches for its first page, before a graph or an editor is asked for. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Question, Row } from './harness/row.ts'

const dist = fileURLToPath(new URL('../console/dist/', import.meta.url))

/** What Vite writes of each file of a build. */
interface Chunk {
  readonly file: string
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}

/** The page itself, and the start page that it loads once somebody is signed in. */
const opened = ['index.html', 'src/pages/home.tsx']

/** Every file that they need, once. */
function filesOf(manifest: Readonly<Record<string, Chunk>>): ReadonlySet<string> {
  const seen = new Set<string>()
  const files = new Set<string>()
  const visit = (name: string): void => {
    const chunk = manifest[name]
    if (!chunk || seen.has(name)) return
    seen.add(name)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    for (const next of chunk.imports ?? []) visit(next)
  }
  for (const name of opened) visit(name)
  return files
}

/** As it is sent to a browser that takes gzip. Bytes. */
const sizeOf = (file: string): number => statSync(dist + (existsSync(`${dist}${file}.gz`) ? `${file}.gz` : file)).size

async function answer(): Promise<readonly Row[]> {
  const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8')) as Record<string, Chunk>
  const files = [...filesOf(manifest), 'index.html']
  return [
    {
      what: 'start page of the console, gzip, without graph and editor',
      detail: `${files.length} files`,
      value: files.reduce((sum, file) => sum + sizeOf(file), 0) / 1000,
      goal: { than: 'under', value: 180, unit: 'kB' },
    },
  ]
}

export const consolePage: Question = { name: 'console', asks: 'What does a browser fetch for the first page of the console?', answer }
