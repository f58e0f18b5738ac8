/** Who is taken for dead: whoever gives no sign for too long by the watcher's own clock, whatever the clock of the database does. */
import { expect, test } from 'vitest'
import { createSilenceCheck } from '../../src/store/queue/silent-workers.ts'

test("a step of the database's clock, either way, makes nobody look dead who gives signs", () => {
  let at = 0
  const isSilent = createSilenceCheck(6000, () => at)
  // Beats every 2 s; the database's clock is 60 s ahead from the second look on, then 60 s behind.
  const ages = [3000, 60_000, -60_000, 60_000, 61_000, 0]
  for (const [beat, ageMs] of ages.entries()) {
    for (let look = 0; look < 2; look += 1, at += 1000) expect(isSilent([{ id: 'alive', mark: String(beat), ageMs }])).toEqual([])
  }
})

test('one who gives no sign is dead after 6 s, and sooner where the silence had begun before anybody looked', () => {
  let at = 0
  const isSilent = createSilenceCheck(6000, () => at)
  const all = [
    { id: 'just fallen silent', mark: 'a', ageMs: 0 },
    { id: 'silent before', mark: 'b', ageMs: 3000 },
  ]
  const found: Record<string, number> = {}
  for (; at <= 7000; at += 1000) for (const id of isSilent(all)) found[id] ??= at
  expect(found).toEqual({ 'just fallen silent': 6000, 'silent before': 3000 })
})
