/** Builds what the npm package holds: `prepack` runs it. Node strips no types below node_modules, so what is installed is JavaScript. */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundleProgram } from './bundle-program.ts'

const built = join(dirname(import.meta.dirname), 'dist')

rmSync(built, { recursive: true, force: true })
await bundleProgram(built)
