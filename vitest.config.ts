/** How the tests run: against one real PostgreSQL, each file in a process and with a database of its own. */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    pool: 'forks',
    // Many files wait for programs, clocks and retries: one more than the processors of a small machine keeps these busy.
    maxWorkers: Math.max(3, availableParallelism()),
    // A first start of PostgreSQL takes a second here; a busy machine gets thirty times that. In milliseconds.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    ...(process.env['CI'] && { reporters: ['default', 'json'], outputFile: { json: 'test-results/vitest.json' } }),
  },
})
