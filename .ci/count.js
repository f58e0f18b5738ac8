// Adds up vitest's JSON reports and prints the one line that is read.
import { existsSync, readFileSync } from 'node:fs'

const reports = process.argv.slice(2).filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, 'utf8')))
const sum = (field) => reports.reduce((total, report) => total + report[field], 0)
// A file that fails before its first test has no test to count, and must not pass for that.
const broken = reports.flatMap(({ testResults }) => testResults).filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length
console.log(`${sum('numPassedTests')} passed, ${sum('numFailedTests') + broken + (process.argv.length - 2 - reports.length)} failed`)
