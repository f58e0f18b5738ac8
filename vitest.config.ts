/** How the tests run: against one real PostgreSQL, each file in a process and with a database of its own. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    pool: 'forks',
    // A first start of PostgreSQL takes a second here; a busy machine gets thirty times that. In milliseconds.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    ...(process.env['CI'] && { reporters: ['default', 'json'], outputFile: { json: 'test-results/vitest.json' } }),
  },
})
