/**
 * `npm run bench`: asks every question, or the one that is named (`npm run bench -- files`), or some of its rows (`npm run bench -- files xml json`), and prints
 * one table. A bench says how fast; it never says whether something is right.
 */
import { accountSize } from './account-size.ts'
import { api } from './api.ts'
import { apis } from './apis.ts'
import { clone } from './clone.ts'
import { consolePage } from './console.ts'
import { consoleBuild } from './console-build.ts'
import { databases } from './databases.ts'
import { errors } from './errors.ts'
import { isMet, type Question, type Row } from './harness/row.ts'
import { files } from './files.ts'
import { flight } from './flight.ts'
import { folders } from './folders.ts'
import { footprint } from './footprint.ts'
import { rateLimit } from './rate-limit.ts'
import { flowRecords } from './records.ts'
import { revisions } from './revisions.ts'
import { scale } from './scale.ts'
import { scripts } from './scripts.ts'
import { start } from './start.ts'
import { webhooks } from './webhooks.ts'
import { year } from './year.ts'

/** In the order in which they are asked. */
const questions: readonly Question[] = [
  api,
  apis,
  rateLimit,
  accountSize,
  clone,
  errors,
  year,
  flowRecords,
  flight,
  databases,
  files,
  folders,
  revisions,
  scripts,
  webhooks,
  scale,
  start,
  footprint,
  consolePage,
  consoleBuild,
]

const [name, ...parts] = process.argv.slice(2)
const asked = questions.filter((question) => name === undefined || question.name === name)
if (asked.length === 0) {
  console.error(`There is no question ${name}. There are: ${questions.map((question) => question.name).join(', ')}.`)
  process.exit(2)
}
const unknown = parts.find((part) => !asked[0]?.parts?.includes(part))
if (unknown !== undefined) {
  console.error(`The question ${name} has no rows called ${unknown}. It has: ${asked[0]?.parts?.join(', ') ?? 'none that have names'}.`)
  process.exit(2)
}

const answers: (Row & { name: string })[] = []
for (const question of asked) {
  console.error(question.asks)
  answers.push(...(await question.answer(parts.length > 0 ? parts : undefined)).map((row) => ({ ...row, name: question.name })))
}

const shown = (value: number, unit: string): string => (unit === '' ? value.toFixed(2) : `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`)
const table = [
  ['', 'what', 'measured', 'goal', 'met', 'from'],
  ...answers.map((row) => [
    row.name,
    row.what,
    shown(row.value, row.goal.unit),
    `${row.goal.than} ${row.goal.value} ${row.goal.unit}`.trim(),
    isMet(row) ? 'yes' : 'NO',
    row.detail,
  ]),
]
const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? []
for (const line of table)
  console.log(
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
