/** What a worker's log says of a database that is away: once that it is, and once that it answers again. */
import { expect, test } from 'vitest'
import { StoreUnavailable } from '../../src/domain/errors.ts'
import { DatabaseOutage } from '../../src/domain/observability/database-outage.ts'

test('everything that fails while the database is away is one line, and one that it answers again, with how often and how long', () => {
  let now = 0
  const lines: [string, object, string][] = []
  const tell = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message])
  const outage = new DatabaseOutage({ info: tell('info'), warn: tell('warn') }, () => now)
  const away = new StoreUnavailable(new Error('nothing listens there'))
  outage.noteAnswer()
  for (; now < 30_000; now += 1000) {
    outage.note(away, `work ${now}`)
    // One pool may be there again before another.
    outage.noteAnswer()
  }
  for (; now < 45_000; now += 2000) outage.noteAnswer()
  expect(lines).toEqual([
    ['warn', { err: away, doing: 'work 0' }, expect.stringMatching(/^the database does not answer/)],
    ['info', { seconds: 29, failures: 30 }, 'the database answers again'],
  ])
  outage.note(away, 'work')
  expect(lines).toHaveLength(3)
})

test('work that fails again and again while heartbeats are answered silences nothing for longer than a minute', () => {
  let now = 0
  const told: string[] = []
  const outage = new DatabaseOutage(
    { info: (_fields, message) => void told.push(message), warn: (_fields, message) => void told.push(message) },
    () => now,
  )
  for (; now <= 130_000; now += 5000) {
    outage.note(new StoreUnavailable(new Error('it takes too long')), 'one job')
    outage.noteAnswer()
  }
  expect(told.filter((message) => message.startsWith('the database does not answer'))).toHaveLength(3)
})
