#!/usr/bin/env node
// The command line.
import { run, source } from './own-node.js'

/** Spaces for what is new: smaller ones cost a run time, larger ones everybody memory. npm's script names it itself. */
const flags = ['--max-semi-space-size=16']
/** Bytes that may lie free at the end of what the allocator of glibc holds: beyond that they go back to the machine. By itself it lets that grow with the largest body it saw. npm's script sets it, too. */
process.env.MALLOC_TRIM_THRESHOLD_ ??= '131072'

await run(source('main'), process.argv.slice(2), flags)
