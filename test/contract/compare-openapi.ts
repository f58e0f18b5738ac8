/**
 * `npm run compare-openapi -- <file>`: compares the served contract with an OpenAPI document of the API it follows. Prints every difference with its
 * reason, and fails where one has none. `--facts` prints what the document says instead, as fixtures/documented-operations.json keeps it.
 */
import { readFileSync } from 'node:fs'
import manifest from '../../package.json' with { type: 'json' }
import { openapi } from '../../src/contract/openapi.ts'
import { operations } from '../../src/contract/operations/index.ts'
import { schemas } from '../../src/contract/schemas.ts'
import { reasonFor } from './accepted-differences.ts'
import { differencesOf } from './openapi-differences.ts'
import { factsOf } from './openapi-facts.ts'
import { packed } from './packed-facts.ts'

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const [file, ...flags] = process.argv.slice(2)
if (file === undefined) {
  print('usage: npm run compare-openapi -- <openapi.json> [--facts]')
  process.exit(2)
}
const documented = factsOf(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)
if (flags.includes('--facts')) print(JSON.stringify(packed(documented), undefined, 1))
else report()

function report(): void {
  const served = factsOf(JSON.parse(JSON.stringify(openapi(operations, schemas, manifest.version))) as Record<string, unknown>)
  const differences = differencesOf(documented, served)
  const explained = differences.map((difference) => ({ ...difference, reason: reasonFor(difference) }))
  const count = (values: readonly object[]): number => values.reduce((sum: number, each) => sum + Object.keys(each).length, 0)
  const all = Object.values(documented)
  const bodies = all.flatMap(({ request, responses }) => [
    request?.fields ?? {},
    ...Object.values(responses).map(({ fields }) => fields ?? {}),
  ])
  print(
    `compared: ${all.length} operations, ${count(all.map(({ parameters }) => parameters))} parameters, ${count(all.map(({ responses }) => responses))} responses, ${count(bodies)} fields`,
  )
  for (const { at, documented: theirs, served: ours, reason } of explained)
    print(`\n${at}\n  documented: ${theirs}\n  served:     ${ours}\n  reason:     ${reason ?? 'NONE'}`)
  const open = explained.filter(({ reason }) => reason === undefined).length
  print(`\n${differences.length} differences, ${open} without a reason`)
  if (open > 0) process.exitCode = 1
}
