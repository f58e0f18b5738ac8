/** Clients that ask and take nothing, or little at a time: who is stuck is cut off, who is slow is not, and what waits on a connection goes with it. */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openWire, type Wire } from '../harness/socket.ts'
import { startTarget } from './target.ts'
import { answerBytes, askLarge, askWithoutReading, makeLarge } from './unread.ts'

/** So much that the system takes more from the server. */
async function readSome({ socket }: Wire): Promise<void> {
  const until = socket.bytesRead + 2_500_000
  socket.resume()
  while (socket.bytesRead < until) await once(socket, 'data')
  socket.pause()
}

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
  await expect.poll(async () => (await askLarge(target)).status, { timeout: 30_000 }).toBe(429)
  wire.close()
  await expect.poll(async () => (await askLarge(target)).status, { timeout: 20_000 }).toBe(200)
}, 300_000)
