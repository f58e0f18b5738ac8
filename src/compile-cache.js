// Keeps what Node makes of the sources beside the installed packages, so that only a first start compiles them. JavaScript, as it comes before everything
// that is compiled: Node's compiler takes 0.1 s and 10 MB, and is not even loaded where all sources are in the cache.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Where the folder cannot be written, Node compiles at every start.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/sluice', import.meta.url)))
