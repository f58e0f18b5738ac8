/**
 * Events that are sent to a webhook while its server, workers and database are killed at random moments: every event that was answered with success arrives,
 * those of one sender in their order, and no more is sent twice than was in flight. `KILLS=100 npx vitest run` of this file kills so often.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startApplication } from '../harness/application.ts'
import { makeFlow, until } from '../harness/flows.ts'
import { beginStage, callStage, goesOnMs, killOne, type Stage } from '../harness/kill-stage.ts'

const kills = Number(process.env['KILLS'] ?? 3)
const pagesInFlight = 4
const pageSize = 5
const senders = 4
const secret = 'nobody-else-knows'

/** Sends one event after the other until it is told to end; answers the numbers of those that were acknowledged. */
async function send(stage: Stage, exportId: string, sender: number, isOver: () => boolean): Promise<number[]> {
  const acknowledged: number[] = []
  for (let n = 0; !isOver(); n++) {
    const answer = await fetch(`${stage.program.url}/v1/exports/${exportId}/${secret}/data`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: `${sender}-${n}`, sender, n }),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined)
    if (answer?.status === 204) acknowledged.push(n)
    else await pause(50)
    await pause(5)
  }
  return acknowledged
}

test('kills at random moments lose no event that was acknowledged', { timeout: 240_000 + kills * 30_000 }, async () => {
  const application = await startApplication()
  onTestFinished(() => application.close())
  const stage = await beginStage({ SLUICE_PAGES_IN_FLIGHT: String(pagesInFlight) })
  const flow = await makeFlow({ call: (method, path, body) => callStage(stage, method, path, body) }, application, {
    connection: { concurrencyLevel: 1 },
    exports: { orders: { pageSize, webhook: { verify: 'secret_url', token: secret } } },
  })
  let isOver = false
  const sending = Array.from({ length: senders }, (_, sender) => send(stage, flow.ids['orders'] ?? '', sender, () => isOver))
  for (let times = 0; times < kills; times++) {
    const before = application.ledger.length
    await until(() => (application.ledger.length > before + 10 ? true : undefined), goesOnMs)
    await pause(Math.random() * 500)
    await killOne(stage)
    if (process.env['KILLS']) process.stdout.write(`${times + 1} kills, ${application.ledger.length} sent\n`)
  }
  isOver = true
  const acknowledged = await Promise.all(sending)
  const sentBy = (sender: number): number[] => application.ledger.flatMap(({ body }) => (body.sender === sender ? [body.n as number] : []))
  const isAllSent = (): boolean =>
    acknowledged.every((numbers, sender) => {
      const sent = new Set(sentBy(sender))
      return numbers.every((n) => sent.has(n))
    })
  // More were taken than one request at a time has sent by now: it goes on as long as any is sent.
  while (!isAllSent()) {
    const before = application.ledger.length
    await until(() => (application.ledger.length > before ? true : undefined), goesOnMs)
    await pause(200)
  }
  for (let sender = 0; sender < senders; sender++) {
    const first = [...new Set(sentBy(sender))]
    expect(first).toEqual(first.toSorted((a, b) => a - b))
  }
  // An event that was kept, and whose answer was lost, is an event all the same: its sender counts on.
  const all = application.ledger.map(({ body }) => body.id as string)
  const twice = all.length - new Set(all).size
  expect(twice).toBeLessThanOrEqual(kills * pagesInFlight * pageSize)
  expect(acknowledged.flat().length).toBeGreaterThan(kills * 10)
  if (process.env['KILLS'])
    process.stdout.write(
      `${acknowledged.flat().length} acknowledged, ${all.length} sent, ${twice} of them twice; ${[...stage.victims].map(([name, times]) => `${name} ${times} times`).join(', ')}\n`,
    )
})
