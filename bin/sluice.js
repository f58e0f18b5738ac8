#!/usr/bin/env node
// The command line.
import { run } from './own-node.js'

/** Most of what a server allocates is garbage at once: with small spaces for what is new it keeps 100 MB less after a load. npm's script names it itself. */
const flags = ['--max-semi-space-size=4']

await run('src/main.ts', process.argv.slice(2), flags)
