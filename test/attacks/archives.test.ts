/** Archives that are small and unpack to a hundred megabytes: one account has one unpacked at a time, whatever it sends. */
import { expect, test } from 'vitest'
import { make } from '../harness/flows.ts'
import { archiveBomb, sendArchives } from './archive-bomb.ts'
import { beside, residentMB, startTarget } from './target.ts'

test('44 archives at once hold the memory of one, and those that cannot wait are told so', async () => {
  const target = await startTarget()
  const server = target.program.child.pid as number
  const body = await archiveBomb()
  expect(body.length).toBeLessThan(1024 * 1024)
  const { _id } = await make({ call: target.call }, 'integrations', { name: 'Target' })
  const before = residentMB(server)
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, residentMB(server))), 20)
  const { result } = await beside(target, () => sendArchives(target, _id, body, 44))
  clearInterval(watch)
  expect(new Set(result.map(([status]) => status))).toEqual(new Set([422, 429]))
  expect(result.find(([status]) => status === 429)?.[1]).toContain('too_many_at_once')
  // One is unpacked at a time; what the one before it held may not be collected yet. 44 held 5.6 GB.
  expect(most - before).toBeLessThan(900)
}, 300_000)
