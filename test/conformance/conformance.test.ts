/** docs/conformance.md: complete, up to date, and naming tests that exist. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { notThereYet } from './not-there-yet.ts'
import { conformanceTable, documentedOperations, shown } from './table.ts'
import { rows } from './rows.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Loading thirty test files takes seconds; a busy machine gets many times that. In milliseconds. */
const patienceMs = 240_000

test('every documented status of every operation has a test that shows it, and so has every sentence', () => {
  const empty = shown.filter(({ operationId, tests }) => tests.length === 0 && !notThereYet.has(operationId))
  expect(empty.map(({ operationId, documented }) => `${operationId}: ${documented}`)).toEqual([])
})

test('rows are of documented operations', () => {
  const known = documentedOperations.map(({ operationId }) => operationId)
  expect(Object.keys(rows).filter((operationId) => !known.includes(operationId))).toEqual([])
})

test('what is not there yet is not complete: the list shrinks', () => {
  const complete = [...notThereYet].filter((operationId) => shown.every((row) => row.operationId !== operationId || row.tests.length > 0))
  expect(complete).toEqual([])
})

test('every test that a row names exists', { timeout: patienceMs }, async () => {
  const named = [...new Set(shown.flatMap(({ tests }) => tests))]
  const files = [...new Set(named.map((name) => name.split(' > ')[0] ?? ''))]
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
  const script = fileURLToPath(new URL('collect.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...files], { cwd: root, env, maxBuffer: 64 * 1024 * 1024 })
  const there = new Set(JSON.parse(stdout) as string[])
  expect(there.size).toBeGreaterThan(named.length)
  expect(named.filter((name) => !there.has(name))).toEqual([])
})

test('docs/conformance.md is up to date: `npm run conformance` writes it', () => {
  expect(readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')).toBe(conformanceTable())
})
