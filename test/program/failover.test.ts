/** Sluice on a primary and its standby: where the primary dies, callers are told to come again until the standby is promoted, and all goes on there. */
import { expect, onTestFinished, test } from 'vitest'
import { startApplication } from '../harness/application.ts'
import { ended, makeFlow, numbered, startRun } from '../harness/flows.ts'
import { startPair } from '../harness/postgres-pair.ts'
import { dataFolder, startProgram } from '../harness/program.ts'
import { missing, startWriters } from '../harness/writers.ts'

const token = 'known-token-of-the-failover'
const [pageSize, records, pagesInFlight] = [10, 400, 4]
/** A promotion, and a run that is taken up again, on a busy machine. Milliseconds. */
const patience = { timeout: 120_000, interval: 50 }

test('a primary that dies is followed by the standby: nothing acknowledged is lost, the run ends, and meanwhile requests are 503 with Retry-After', async () => {
  const { primary, url, promote } = await startPair()
  const application = await startApplication({ sources: { orders: numbered(records, { wait: 20 }) } })
  onTestFinished(() => application.close())
  const program = await startProgram(
    {
      SLUICE_DATA: await dataFolder(),
      SLUICE_TOKEN: token,
      DATABASE_URL: url,
      SLUICE_PAGES_IN_FLIGHT: String(pagesInFlight),
      SLUICE_LOG_LEVEL: 'info',
    },
    token,
  )
  const flow = await makeFlow(program, application, { exports: { orders: { pageSize } }, connection: { concurrencyLevel: 5 } })
  const jobId = await startRun(program, flow._id)
  const writers = startWriters(program.url, token)
  await expect.poll(() => application.ledger.length, patience).toBeGreaterThan(40)
  await primary.kill()

  const refused = writers.refused
  await expect.poll(() => writers.refused, patience).toBeGreaterThan(refused + 4)
  const answers = await Promise.all(['/v1/integrations', '/readyz', '/health'].map((path) => ask(program.url + path)))
  expect(answers).toEqual(answers.map(() => [503, '2', 'service_unavailable']))
  expect((await ask(`${program.url}/livez`))[0]).toBe(200)
  await promote()

  const before = writers.acknowledged.length
  await expect.poll(() => writers.acknowledged.length, patience).toBeGreaterThan(before + 20)
  expect(await ended(program, jobId, patience.timeout)).toMatchObject({ status: 'completed', numSuccess: records, numError: 0 })
  await writers.stop()
  // Its worker asks ten things every few seconds: the log tells of them in two lines.
  const count = (text: string): number => program.output().split(text).length - 1
  await expect.poll(() => count('the database answers again'), patience).toBe(1)
  expect(count('the database does not answer; logged once')).toBe(1)
  expect(count('heartbeat failed') + count('could not be')).toBe(0)
  expect(writers.unexpected).toEqual([])
  expect(await missing(program.url, token, writers.acknowledged)).toEqual([])
  const sent = application.ledger.map(({ body }) => body.id as number)
  expect(new Set(sent).size).toBe(records)
  expect(sent.length - records).toBeLessThanOrEqual(pagesInFlight * pageSize)
  expect((await program.stop()).code).toBe(0)
}, 300_000)

async function ask(url: string): Promise<readonly [number, string | null, string | undefined]> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  const { errors } = (await response.json()) as { errors?: readonly { code: string }[] }
  return [response.status, response.headers.get('retry-after'), errors?.[0]?.code]
}
