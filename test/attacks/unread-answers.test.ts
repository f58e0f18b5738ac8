/** Clients that ask and do not read: what one account can make the server hold is bounded, and it comes back. */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openWire, type Wire } from '../harness/socket.ts'
import { beside, residentMB, startTarget, type Target } from './target.ts'
import { askWithoutReading, makeLarge } from './unread.ts'

/** Each answer is larger than what the system keeps of one connection (some 6 MB on loopback), so that the server has to hold the rest. */
const answerBytes = 15_000_000
const unread = 120
/** What one account may have under way, what is read from the database at once, and what a busy heap has not collected. 120 answers are 1.8 GB. MB. */
const mostMB = 500

/** So much that the system takes more from the server. */
async function readSome({ socket }: Wire): Promise<void> {
  const until = socket.bytesRead + 2_500_000
  socket.resume()
  while (socket.bytesRead < until) await once(socket, 'data')
  socket.pause()
}

const ask = ({ url, token }: Target) =>
  fetch(`${url}/v1/integrations`, { headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' } })

test('120 answers that nobody reads cost their account its share, and it and others are answered meanwhile', async () => {
  const target = await startTarget()
  await makeLarge(target)
  const began = performance.now()
  expect((await (await ask(target)).arrayBuffer()).byteLength).toBeGreaterThan(answerBytes)
  const oneMs = performance.now() - began
  const server = target.program.child.pid as number
  const before = residentMB(server)
  const { result, p99 } = await beside(target, async () => {
    const wires = await Promise.all(Array.from({ length: unread }, () => askWithoutReading(target)))
    await pause(8000)
    const grown = residentMB(server) - before
    const refused = await ask(target)
    const small = await target.call('GET', '/v1/flows')
    for (const wire of wires) wire.close()
    return { grown, refused, text: await refused.text(), small }
  })
  expect(result.grown).toBeLessThan(mostMB)
  expect(result.refused.status).toBe(429)
  expect(result.text).toContain('too_many_at_once')
  expect(Number(result.refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(result.small.status).toBeLessThan(300)
  // Some are read from the database, not 120.
  expect(p99).toBeLessThan(Math.max(8000, 30 * oneMs))
  // They are gone, and with them what they held.
  await expect.poll(async () => (await ask(target)).status, { timeout: 20_000 }).toBe(200)
}, 300_000)

test('a client that takes nothing of its answer is cut off, and one that reads slowly is not', async () => {
  const target = await startTarget()
  await makeLarge(target)
  const stuck = await askWithoutReading(target)
  const slow = await askWithoutReading(target)
  for (let i = 0; i < 5; i++) {
    await pause(10_000)
    await readSome(slow)
  }
  slow.socket.resume()
  stuck.socket.resume()
  expect((await stuck.ended()).length).toBeLessThan(answerBytes)
  await slow.until(/\r\n\r\n\[[^]*\]$/)
  slow.close()
}, 300_000)

test('requests that wait on one connection go with it', async () => {
  const target = await startTarget()
  await makeLarge(target)
  const wire = await openWire(target.url)
  wire.socket.pause()
  wire.send(`GET /v1/integrations HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${target.token}\r\n\r\n`.repeat(50))
  await expect.poll(async () => (await ask(target)).status, { timeout: 30_000 }).toBe(429)
  wire.close()
  await expect.poll(async () => (await ask(target)).status, { timeout: 20_000 }).toBe(200)
}, 300_000)
