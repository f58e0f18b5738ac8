/** The source texts that scripts can require: dayjs, with its plugins and without anything else. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

let read: string | undefined

/** As JSON, by name. Read when it is first needed. */
export function moduleTexts(): string {
  if (read !== undefined) return read
  const file = createRequire(import.meta.url).resolve('dayjs')
  const folder = join(dirname(file), 'plugin')
  const plugins = readdirSync(folder).filter((name) => name.endsWith('.js'))
  const names = plugins.map((name): [string, string] => [
    `dayjs/plugin/${name.slice(0, -'.js'.length)}`,
    readFileSync(join(folder, name), 'utf8'),
  ])
  return (read = JSON.stringify(Object.fromEntries([['dayjs', readFileSync(file, 'utf8')], ...names])))
}
