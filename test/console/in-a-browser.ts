/** Stories of one file, told on one server and in one browser. Skipped where the machine has no Chromium. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from '../harness/chromium.ts'
import { isBuilt, openConsole, type ConsoleWorld } from '../harness/console.ts'

const why = chromiumPath === undefined ? 'this machine has no Chromium' : isBuilt ? undefined : 'the console is not built'

export function tellInBrowser(tell: (world: ConsoleWorld) => void): void {
  test.runIf(why)(`skipped: ${why}`, ({ skip }) => skip())

  describe.skipIf(why)('in a browser', () => {
    const world = {} as ConsoleWorld
    beforeAll(async () => void Object.assign(world, await openConsole()))
    afterAll(() => world.close())
    afterEach(async ({ task }) => {
      if (task.result?.state !== 'fail') return
      const seen = await world.sayWhatIsSeen()
      for (const error of task.result.errors ?? []) error.stack = `${error.stack ?? error.message}\n${seen}`
    })

    tell(world)

    test('no page complained in its console', () => {
      // A request that was meant to be refused is told of by the browser itself.
      expect(world.complaints.filter((line) => !line.includes('Failed to load resource'))).toEqual([])
    })
  })
}
