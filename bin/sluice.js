#!/usr/bin/env node
// The command line.
import { run, source } from './own-node.js'

/** Spaces for what is new: smaller ones cost a run time, larger ones everybody memory. npm's script names it itself. */
const flags = ['--max-semi-space-size=16']

await run(source('main'), process.argv.slice(2), flags)
