// Runs after `npm ci`: removes what the `node` package brings besides the program itself (C headers, manuals, another npm; 68 MB that nothing here uses).
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../node_modules/node/node_modules', import.meta.url))
const platforms = existsSync(packages) ? readdirSync(packages).filter((name) => /^node-(?!bin)/.test(name)) : []
for (const platform of platforms) for (const unused of ['include', 'lib', 'share', 'CHANGELOG.md']) rmSync(join(packages, platform, unused), { recursive: true, force: true })
