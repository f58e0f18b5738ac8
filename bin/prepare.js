// Runs at the end of `npm ci`: builds the console. In a clone without packages, which `npx sluice` prepares as well, there is nothing to build with yet.
import { existsSync } from 'node:fs'
import { run } from './own-node.js'

if (existsSync(new URL('../node_modules/node', import.meta.url))) await run('console/build.ts', [])
