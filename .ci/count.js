// Reads vitest's JSON reports: prints each failure with the first lines of its message, then the counts, alone on the last line.
import { existsSync, readFileSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const LINES_OF_MESSAGE = 12

const files = process.argv.slice(2)
const reports = files.filter((file) => existsSync(file)).map((file) => ({ run: basename(file, '.json'), ...JSON.parse(readFileSync(file, 'utf8')) }))
const sum = (field) => reports.reduce((total, report) => total + report[field], 0)

const failuresOf = ({ name, message, status, assertionResults }) => {
  const tests = assertionResults.filter((test) => test.status === 'failed')
  // A file can fail without a failed test: before its first, after its last, or since its process ended.
  if (status === 'failed' && tests.length === 0) return [{ title: [name], message: message || 'failed outside of its tests', counted: false }]
  return tests.map((test) => ({
    title: [name, ...test.ancestorTitles.filter(Boolean), test.title],
    message: test.failureMessages.join('\n'),
    counted: true,
  }))
}
const failures = [
  ...reports.flatMap(({ run, testResults }) => testResults.flatMap(failuresOf).map((failure) => ({ run, ...failure }))),
  ...files.filter((file) => !existsSync(file)).map((file) => ({ run: basename(file, '.json'), title: [file], message: 'no report was written', counted: false })),
]
for (const { run, title, message } of failures) {
  const [file, ...names] = title
  console.log(`FAIL ${[relative('.', file), ...names].join(' > ')} (${run})`)
  for (const line of stripVTControlCharacters(message).split('\n').slice(0, LINES_OF_MESSAGE)) console.log(`    ${line}`)
}
console.log(`${sum('numPassedTests')} passed, ${sum('numFailedTests') + failures.filter(({ counted }) => !counted).length} failed`)
