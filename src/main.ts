/** Starts the program: loads the compile cache, and runs the command that is named on the command line. */
import { flushCompileCache } from 'node:module'
import './compile-cache.js'

await import('./program/main.ts')
// A server may be killed and never come to its end, where Node would write.
flushCompileCache()
