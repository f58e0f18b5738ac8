#!/usr/bin/env node
// The command line.
import { run } from './own-node.js'

await run('src/main.ts', process.argv.slice(2))
