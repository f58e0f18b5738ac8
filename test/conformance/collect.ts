/** Prints the full name of every test of the files that are named, as a JSON list. Tests are collected, not run: no database is needed. */
import { relative } from 'node:path'
import { createVitest } from 'vitest/node'

const vitest = await createVitest('test', { watch: false, run: true, reporters: [], globalSetup: [] })
const { testModules } = await vitest.collectTests(await vitest.globTestSpecifications(process.argv.slice(2)))
const names = testModules.flatMap(({ moduleId, children }) =>
  [...children.allTests()].map(({ fullName }) => `${relative(process.cwd(), moduleId)} > ${fullName}`),
)
process.stdout.write(JSON.stringify(names), () => void vitest.close().then(() => process.exit(0)))
