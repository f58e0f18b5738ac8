/** Loaded ahead of a program: when that ends, the names of the packages it loaded are in the file that NOTE_PACKAGES names. */
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const names = new Set<string>()
registerHooks({
  load(url, context, nextLoad) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
    if (name !== undefined) names.add(name)
    return nextLoad(url, context)
  },
})
process.on('exit', () => writeFileSync(process.env['NOTE_PACKAGES'] as string, JSON.stringify([...names])))
