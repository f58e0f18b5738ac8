import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentCount } from '../../src/engine/run/recent-count.ts'

test('what was counted within the while is counted, and nothing older by more than a part of it', () => {
  const steps = fc.array(fc.record({ wait: fc.nat({ max: 30_000 }), count: fc.nat({ max: 9 }) }), { maxLength: 60 })
  fc.assert(
    fc.property(steps, (taken) => {
      let now = 123_456
      const recent = new RecentCount(10_000, () => now)
      const added: { at: number; count: number }[] = []
      for (const { wait, count } of taken) {
        now += wait
        recent.add(count)
        added.push({ at: now, count })
        const since = (ms: number): number => added.reduce((sum, each) => sum + (each.at > now - ms ? each.count : 0), 0)
        expect(recent.count()).toBeGreaterThanOrEqual(since(9800))
        expect(recent.count()).toBeLessThanOrEqual(since(10_000))
      }
    }),
  )
})
