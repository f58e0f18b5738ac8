/** How the tests run: against one real PostgreSQL, each file in a process and with a database of its own. */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Measure how long others wait beside an attack: one after the other, when everything else is through. */
const attacks = 'archives,deep-json,endless-scripts,expensive-text,failing-sources,process-bomb,slow-in-the-database,soak,unread-answers'
const alone = ['test/sandbox/attacks.test.ts', `test/attacks/{${attacks}}.test.ts`]
const all = 'test/**/*.test.ts'
/** Patterns of files that are left out, with spaces between: each of the projects below has its own list, so an option would reach one of them. */
const left = (process.env['TEST_EXCLUDE'] ?? '').split(' ').filter(Boolean)

export default defineConfig({
  test: {
    globalSetup: ['test/harness/global-setup.ts'],
    pool: 'forks',
    // A first start of PostgreSQL takes a second here; a busy machine gets thirty times that. In milliseconds.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    ...(process.env['CI'] && { reporters: ['default', 'json'], outputFile: { json: 'test-results/vitest.json' } }),
    projects: [
      {
        extends: true,
        // Many files wait for programs, clocks and retries: one more than the processors of a small machine keeps these busy.
        test: {
          name: 'together',
          include: [all],
          exclude: [...alone, ...left],
          maxWorkers: Math.max(3, availableParallelism()),
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: alone, exclude: left, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})
