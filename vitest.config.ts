/** How the tests run: against one real PostgreSQL, each file with a database of its own, files one after the other in a few processes. */
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { defineConfig } from 'vitest/config'

/** Measure how long others wait beside an attack: one after the other, when everything else is through. */
const alone = ['test/sandbox/attacks.test.ts', 'test/attacks/{endless-scripts,expensive-text,unread-answers}.test.ts']
const all = 'test/**/*.test.ts'
/** Patterns of files that are left out, with spaces between: each of the projects below has its own list, so an option would reach one of them. */
const left = (process.env['TEST_EXCLUDE'] ?? '').split(' ').filter(Boolean)

/** Take longest, and begin first, those that wait between those that work: what began last would run on alone at the end. */
const longest = [
  'test/engine/run-moments.test.ts',
  'test/program/lifecycle.test.ts',
  'test/attacks/every-operation.test.ts',
  'test/engine/crash.test.ts',
  'test/console/console.test.ts',
  'test/console/documents.test.ts',
  'test/console/errors.test.ts',
  'test/console/builder.test.ts',
  'test/console/lifecycle.test.ts',
  'test/program/file-crash.test.ts',
  'test/engine/bad-answers.test.ts',
  'test/demo/demo.test.ts',
  'test/http/bad-input.test.ts',
  'test/store/backup.test.ts',
  'test/console/editors.test.ts',
  'test/attacks/stuck-readers.test.ts',
  'test/http/pulls-at-once.test.ts',
  'test/stories/stories.test.ts',
  'test/program/backup.test.ts',
  'test/engine/automatic-retries.test.ts',
  'test/program/npm-start.test.ts',
  'test/attacks/soak.test.ts',
  'test/http/matching-errors.test.ts',
  'test/attacks/environment-token.test.ts',
  'test/http/clones-at-the-limit.test.ts',
  'test/attacks/recorded-secrets.test.ts',
  'test/http/operations.test.ts',
  'test/store/embedded.test.ts',
  'test/program/crash-rounds.test.ts',
  'test/engine/run-sftp.test.ts',
  'test/program/settings.test.ts',
  'test/docs/first-flow.test.ts',
  'test/program/flight-crash.test.ts',
  'test/http/pull.test.ts',
  'test/store/connection-slots.test.ts',
  'test/http/pull-property.test.ts',
  'test/http/webhooks.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = longest.indexOf(relative(import.meta.dirname, moduleId))
      return at === -1 ? longest.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  test: {
    globalSetup: ['test/harness/global-setup.ts'],
    pool: 'forks',
    // A process of its own for each file would spend a third of the processor on starting and on compiling the same sources.
    isolate: false,
    // A first start of PostgreSQL takes a second here; a busy machine gets sixty times that. In milliseconds.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What is polled comes in milliseconds here; a busy machine gets as long as a page does.
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongestFirst },
    ...(process.env['CI'] && { reporters: ['default', 'json'], outputFile: { json: 'test-results/vitest.json' } }),
    projects: [
      {
        extends: true,
        // Many files wait for programs, clocks and retries: with three more than there are processors, these are busy.
        test: {
          name: 'together',
          include: [all],
          exclude: [...alone, ...left],
          maxWorkers: availableParallelism() + 3,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: alone, exclude: left, maxWorkers: 1, isolate: true, sequence: { groupOrder: 1 } } },
    ],
  },
})
