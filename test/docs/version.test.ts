/** The version stands in package.json; whatever names it names the same one, and the changelog says what is new in it. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const { version } = JSON.parse(read('package.json')) as { version: string }

test('the changelog begins with this version, and says something of it', () => {
  const [, newest = '', ...older] = read('CHANGELOG.md').split(/^## /m)
  expect(newest.split(/\s/)[0]).toBe(version)
  expect(newest).toMatch(/^- \S/m)
  expect(older.map((each) => each.split(/\s/)[0])).not.toContain(version)
})

test.each([
  'compose.yaml',
  'docs/operate.md',
  'examples/ci/promote.yml',
  'packaging/kubernetes/sluice.yaml',
  'packaging/systemd/sluice.service',
])('%s names this version and no other', (path) => {
  const named = [...read(path).matchAll(/sluice[-:](\d+\.\d+\.\d+)/g)].map(([, found]) => found)
  expect(new Set(named)).toEqual(new Set([version]))
})
