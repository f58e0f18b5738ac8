/** The program as JavaScript in few files, as the npm package holds it. Node opens and links every file by itself: 1,500 of them are half of the processor time of a start. */
import { cpSync } from 'node:fs'
import { dirname, extname, join, relative } from 'node:path'
import { rolldown, type Plugin } from 'rolldown'

const source = join(dirname(import.meta.dirname), 'src')

/** Each is a program of its own, in a folder that holds what it shares with none of the others. `main` needs the compile cache before anything else. */
const programs = [
  { folder: '.', entries: ['main.ts', 'compile-cache.js'] },
  { folder: 'engine/evaluation', entries: ['process-program.ts'] },
  { folder: 'sandbox/child', entries: ['main.ts'] },
]

/** Packages stay what they are, except the one of which every start needs all of its 373 files. */
const external = /^(?!typebox$)[^./]/

export async function bundleProgram(into: string): Promise<void> {
  for (const { folder, entries } of programs) {
    const from = join(source, folder)
    const bundle = await rolldown({ cwd: from, input: entries, platform: 'node', external, plugins: [keepPlaces(from)] })
    await bundle.write({ dir: join(into, folder), format: 'esm' })
    await bundle.close()
  }
  cpSync(join(source, 'store/migrations'), join(into, 'store/migrations'), { recursive: true })
}

/** What a file finds by the place where it lies, it finds from there in the bundle too. */
function keepPlaces(from: string): Plugin {
  return {
    name: 'keep-places',
    transform(code, id) {
      const place = relative(from, id).replace(extname(id), '.js')
      return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(place)}, import.meta.url).href`)
    },
  }
}
