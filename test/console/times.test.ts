/** Times of the console, without a browser: in the zone that the user prefers, and as durations. */
import { afterAll, expect, test } from 'vitest'
import { formatDuration } from '../../console/src/parts/duration.ts'
import { beginOfDay, endOfDay, fromLocal, setZone, toLocal, toLocalDay } from '../../console/src/zone.ts'

afterAll(() => setZone(undefined))

test.each([
  ['Asia/Tokyo', '2026-06-01', '2026-05-31T15:00:00.000Z', '2026-06-01T14:59:59.999Z'],
  ['America/Los_Angeles', '2026-06-01', '2026-06-01T07:00:00.000Z', '2026-06-02T06:59:59.999Z'],
  // Clocks are put forward, and back.
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T21:59:59.999Z'],
  ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T22:59:59.999Z'],
])('a day in %s, %s, begins and ends when it does there', (zone, day, begin, end) => {
  setZone(zone)
  expect([beginOfDay(day), endOfDay(day)]).toEqual([begin, end])
  expect([toLocalDay(begin), toLocalDay(end)]).toEqual([day, day])
})

test('what is entered is read in the zone, and shown again as it was entered', () => {
  setZone('Asia/Kolkata')
  expect(fromLocal('2026-01-15T09:30')).toBe('2026-01-15T04:00:00.000Z')
  expect(toLocal('2026-01-15T04:00:00.000Z')).toBe('2026-01-15T09:30:00')
  setZone('Europe/Berlin')
  // There is no such time: it is read as clocks stood before they were put forward.
  expect(fromLocal('2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z')
  for (const local of ['2026-03-29T01:59:59', '2026-03-29T03:00:00', '2026-12-31T23:59:59']) expect(toLocal(fromLocal(local))).toBe(local)
  expect([toLocal('no time'), toLocal(undefined), fromLocal('no time')]).toEqual(['', '', 'no time'])
})

test.each([
  [999, '999 ms'],
  [1500, '1.5 s'],
  [59_960, '1 min 0 s'],
  [119_700, '2 min 0 s'],
  [61_000, '1 min 1 s'],
  [3_599_600, '1 h 0 min'],
  [3_660_000, '1 h 1 min'],
])('%i ms are %s', (ms, words) => {
  expect(formatDuration(ms)).toBe(words)
})
