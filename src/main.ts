/** The beginning of the program: it keeps what Node makes of the sources beside the installed packages, so that only a first start compiles them. */
import { enableCompileCache, flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Where the folder cannot be written, Node compiles at every start.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/sluice', import.meta.url)))
await import('./program/main.ts')
// A server may be killed and never come to its end, where Node would write.
flushCompileCache()
