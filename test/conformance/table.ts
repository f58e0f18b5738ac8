/** The table of docs/conformance.md: each documented operation, what is documented of it, and the tests that show it. */
import { readFileSync } from 'node:fs'
import { unpacked, type PackedFacts } from '../contract/packed-facts.ts'
import { rows } from './rows.ts'

const fixture = JSON.parse(readFileSync(new URL('../contract/fixtures/documented-operations.json', import.meta.url), 'utf8')) as PackedFacts

/** A row: an operation, a status or a sentence, and the full names of tests, `<file> > <name>`. */
export interface Shown {
  readonly operationId: string
  readonly documented: string
  readonly tests: readonly string[]
}

interface Documented {
  readonly name: string
  readonly operationId: string
  readonly statuses: readonly string[]
}

export const documentedOperations: readonly Documented[] = Object.entries(unpacked(fixture)).map(([name, { operationId, responses }]) => ({
  name,
  operationId,
  statuses: Object.keys(responses),
}))

const generic = (name: string): string => `test/http/operations.test.ts > ${name}`
/** What test/http/operations.test.ts shows of every operation. */
const ofEvery = (operationId: string): Readonly<Record<string, string>> => ({
  '401': generic(`${operationId} > refuses a request without a token, and one with a wrong token`),
  '404': generic(`${operationId} > answers a stranger's id with 404, as if there were nothing, and changes nothing`),
})

export const shown: readonly Shown[] = documentedOperations.flatMap(({ operationId, statuses }) => {
  const own = rows[operationId] ?? {}
  const everyOne = ofEvery(operationId)
  const testsOf = (documented: string): string[] => {
    const given = own[documented] ?? []
    const common = statuses.includes(documented) ? everyOne[documented] : undefined
    return common === undefined ? [...given] : [...given, common]
  }
  return [...new Set([...statuses, ...Object.keys(own)])].map((documented) => ({ operationId, documented, tests: testsOf(documented) }))
})

export function conformanceTable(): string {
  const parts = documentedOperations.map(({ name, operationId }) => {
    const lines = shown
      .filter((row) => row.operationId === operationId)
      .map(({ documented, tests }) => `| ${cell(documented)} | ${tests.map((test) => cell(short(test))).join('<br>')} |`)
    return [`## ${operationId}`, '', `\`${name}\``, '', '| documented | shown by |', '| --- | --- |', ...lines].join('\n')
  })
  return [head, ...parts].join('\n\n') + '\n'
}

const head = `# Conformance

What integrator.io documents of the ${documentedOperations.length} operations of integrations, and the test that shows it of Sluice: the file in \`test/http/\`, and the test's name. Where Sluice can do without a quirk, [quirks.md](quirks.md) says how. \`npm run conformance\` writes this page from \`test/conformance/\`; a test fails where a documented status has no row, or a row names a test that does not exist.`

const short = (test: string): string => test.replace(/^test\/http\/([\w-]+)\.test\.ts > /, '`$1`: ')
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<path>', '&lt;path&gt;')
