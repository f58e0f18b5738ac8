/** The end of a CI log: what failed, with its message, and the counts alone on the last line. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const passed = { status: 'passed', ancestorTitles: [], title: 'holds', failureMessages: [] }
const failed = {
  status: 'failed',
  ancestorTitles: ['flows', ''],
  title: 'stop',
  failureMessages: ['Error: \u001b[31mexpected 1\u001b[39m\n    at line 3'],
}
const file = (name: string, status: string, assertionResults: object[], message = '') => ({
  name: resolve(name),
  status,
  message,
  assertionResults,
})

async function count(reports: Record<string, object[]>, missing: string[] = []): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-count-'))
  const paths = Object.keys(reports).map((name) => join(folder, `${name}.json`))
  for (const [index, testResults] of Object.values(reports).entries()) {
    const tests = testResults.flatMap((one) => (one as { assertionResults: { status: string }[] }).assertionResults)
    const of = (status: string) => tests.filter((one) => one.status === status).length
    await writeFile(paths[index]!, JSON.stringify({ numPassedTests: of('passed'), numFailedTests: of('failed'), testResults }))
  }
  return execFileSync('node', ['.ci/count.js', ...paths, ...missing], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
}

test('reports without a failure end in the counts and say nothing else', async () => {
  expect(
    await count({ embedded: [file('test/a.test.ts', 'passed', [passed, passed])], outside: [file('test/a.test.ts', 'passed', [passed])] }),
  ).toEqual(['3 passed, 0 failed'])
})

test('a failed test is named by its file and titles, with its message and the run it failed in', async () => {
  expect(await count({ embedded: [file('test/a.test.ts', 'failed', [passed, failed])] })).toEqual([
    'FAIL test/a.test.ts > flows > stop (embedded)',
    '    Error: expected 1',
    '        at line 3',
    '1 passed, 1 failed',
  ])
})

test('a long message is cut to its first lines', async () => {
  const long = { ...failed, failureMessages: [Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\n')] }
  const said = await count({ embedded: [file('test/a.test.ts', 'failed', [long])] })
  expect(said.slice(-2)).toEqual(['    line 11', '0 passed, 1 failed'])
})

test.each([
  ['before its first test', [], 'Cannot find module', 'Cannot find module', 0],
  ['after its last test', [passed], '', 'failed outside of its tests', 1],
])('a file that failed %s counts as a failure', async (_, tests, message, said, before) => {
  expect(await count({ outside: [file('test/a.test.ts', 'failed', tests, message)] })).toEqual([
    'FAIL test/a.test.ts (outside)',
    `    ${said}`,
    `${before} passed, 1 failed`,
  ])
})

test('a run that left no report counts as a failure', async () => {
  expect(await count({ embedded: [file('test/a.test.ts', 'passed', [passed])] }, ['no-such-folder/outside.json'])).toEqual([
    'FAIL no-such-folder/outside.json (outside)',
    '    no report was written',
    '1 passed, 1 failed',
  ])
})
