/** Stories of one file, told on one server and in one browser. Skipped where the machine has no Chromium. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from '../harness/chromium.ts'
import { isBuilt, openConsole, type ConsoleWorld } from '../harness/console.ts'

const why = chromiumPath === undefined ? 'this machine has no Chromium' : isBuilt ? undefined : 'the console is not built'

/** A story opens a dozen pages, each within a second where nothing else runs. Milliseconds. */
const storyMs = 180_000

export function tellInBrowser(tell: (world: ConsoleWorld) => void): void {
  test.runIf(why)(`skipped: ${why}`, ({ skip }) => skip())

  describe.skipIf(why)('in a browser', { timeout: storyMs }, () => {
    const world = {} as ConsoleWorld
    beforeAll(async () => void Object.assign(world, await openConsole()))
    afterAll(() => world.close())
    afterEach(async ({ task }) => {
      if (task.result?.state !== 'fail') return
      const seen = await world.sayWhatIsSeen()
      for (const error of task.result.errors ?? []) {
        error.message += `\n${seen}`
        error.stack = `${error.message}\n${error.stack
          ?.split('\n')
          .filter((line) => line.trim().startsWith('at '))
          .join('\n')}`
      }
    })

    tell(world)

    test('no page complained in its console', () => {
      // A request that was meant to be refused is told of by the browser itself.
      expect(world.complaints.filter((line) => !line.includes('Failed to load resource'))).toEqual([])
    })
  })
}
