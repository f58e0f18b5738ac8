/** Clients that ask and do not read: what one account can make the server hold is bounded, and it comes back. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { beside, residentMB, startTarget } from './target.ts'
import { answerBytes, askLarge, askWithoutReading, makeLarge } from './unread.ts'

const unread = 120
/** What one account may have under way, what is read from the database at once, and what a busy heap has not collected. 120 answers are 1.8 GB. MB. */
const mostMB = 500

/** How long they hold on. What the server takes for them from the database it has taken after a second or two. Milliseconds. */
const forMs = 4000

test('120 answers that nobody reads cost their account its share, and it and others are answered meanwhile', async () => {
  const target = await startTarget()
  await makeLarge(target)
  const began = performance.now()
  expect((await (await askLarge(target)).arrayBuffer()).byteLength).toBeGreaterThan(answerBytes)
  const oneMs = performance.now() - began
  const server = target.program.child.pid as number
  const before = residentMB(server)
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, residentMB(server))), 20)
  const { result, p99 } = await beside(target, async () => {
    const wires = await Promise.all(Array.from({ length: unread }, () => askWithoutReading(target)))
    await pause(forMs)
    const refused = await askLarge(target)
    const small = await target.call('GET', '/v1/flows')
    for (const wire of wires) wire.close()
    return { refused, text: await refused.text(), small }
  })
  clearInterval(watch)
  expect(most - before).toBeLessThan(mostMB)
  expect(result.refused.status).toBe(429)
  expect(result.text).toContain('too_many_at_once')
  expect(Number(result.refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(result.small.status).toBeLessThan(300)
  // Some are read from the database, not 120.
  expect(p99).toBeLessThan(Math.max(forMs, 30 * oneMs))
  // They are gone, and with them what they held.
  await expect.poll(async () => (await askLarge(target)).status, { timeout: 20_000 }).toBe(200)
}, 300_000)
