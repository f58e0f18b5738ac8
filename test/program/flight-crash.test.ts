/**
 * Runs with several pages in flight, whose server, workers and database are killed at random moments: every record arrives, what is counted is what was done,
 * and no more is sent twice than was in flight. `KILLS=200 npx vitest run` of this file kills so often.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startApplication, type Application } from '../harness/application.ts'
import { makeFlow, numbered } from '../harness/flows.ts'
import { beginStage, callStage, goesOnMs, killOne, startOneRun, type Stage } from '../harness/kill-stage.ts'

const kills = Number(process.env['KILLS'] ?? 4)
const pageSize = 10
const records = 600
const pagesInFlight = 4
const settings = { SLUICE_PAGES_IN_FLIGHT: String(pagesInFlight) }
/** So long nothing is sent any more where nobody is left who sends: a request of a worker that has lost its run may still be under way. Milliseconds. */
const quietMs = 1000

/** Resolves when nothing has been sent for a while. */
async function becomesQuiet({ ledger }: Application): Promise<void> {
  for (let before = -1; before < ledger.length; await pause(quietMs)) before = ledger.length
}

const sentTo = (application: Application, sink: string): number[] =>
  application.ledger.filter((sent) => sent.sink === sink).map(({ body }) => body.id as number)

function expectWithinBound(application: Application, sink: string, times: number): void {
  const sent = sentTo(application, sink)
  expect(new Set(sent).size).toBe(records)
  const seen = new Set<number>()
  const pages = new Set<number>()
  for (const id of sent) {
    if (seen.has(id)) pages.add(Math.floor((id - 1) / pageSize))
    seen.add(id)
  }
  expect(pages.size).toBeLessThanOrEqual(times * pagesInFlight)
  expect(sent.length - records).toBeLessThanOrEqual(times * pagesInFlight * pageSize)
}

/** Kills while the run goes on, each time after some of it has; answers how often. */
async function killDuring(stage: Stage, application: Application, jobId: string, left: number): Promise<number> {
  let times = 0
  let job: { status?: string } = {}
  for (let before = 0; ;) {
    const end = Date.now() + goesOnMs
    while (application.ledger.length <= before + 20) {
      job = (await callStage(stage, 'GET', `/v1/jobs/${jobId}`)).body
      if (job.status === 'completed') break
      if (job.status === 'failed' || Date.now() > end) throw new Error(`the run does not go on: ${JSON.stringify(job)}`)
      await pause(50)
    }
    if (job.status === 'completed') break
    if (times >= left) {
      before = application.ledger.length
      continue
    }
    await pause(Math.random() * 500)
    await killOne(stage)
    before = application.ledger.length
    times += 1
  }
  const expected = { status: 'completed', numExport: records, numSuccess: 3 * records, numError: 0, numPagesProcessed: records / pageSize }
  expect(job).toMatchObject(expected)
  return times
}

test('kills at random moments lose nothing, and what is sent twice was in flight', { timeout: 240_000 + kills * 30_000 }, async () => {
  const lookups = { items: Object.fromEntries(numbered(records).map((_, n) => [String(n + 1), { n }])) }
  const application = await startApplication({ sources: { orders: numbered(records, { wait: 20 }) }, lookups })
  onTestFinished(() => application.close())
  const stage = await beginStage(settings)
  const paging = { method: 'skip', skip: 0 }
  const flow = await makeFlow({ call: (method, path, body) => callStage(stage, method, path, body) }, application, {
    connection: { concurrencyLevel: 10 },
    exports: {
      orders: { pageSize, http: { relativeURI: '/source/orders?limit=50&skip={{export.http.paging.skip}}', paging } },
      items: { isLookup: true, http: { relativeURI: '/lookup/items/{{record.id}}' } },
    },
    imports: { first: {}, second: {} },
    flow: {
      pageProcessors: [
        { type: 'export', _exportId: '{items}', responseMapping: { fields: [{ extract: 'data[0].n', generate: 'n' }], lists: [] } },
        { type: 'import', _importId: '{first}' },
        { type: 'import', _importId: '{second}' },
      ],
    },
  })
  let [done, runs, twice] = [0, 0, 0]
  while (done < kills) {
    application.ledger.length = 0
    const jobId = await startOneRun(stage, flow._id)
    const times = await killDuring(stage, application, jobId, kills - done)
    await becomesQuiet(application)
    for (const sink of ['first', 'second']) expectWithinBound(application, sink, times)
    done += times
    runs += 1
    twice += application.ledger.length - 2 * records
    expect(done).toBeLessThanOrEqual(kills)
    if (process.env['KILLS']) process.stdout.write(`${done} kills, ${runs} runs of ${records} records, ${twice} sent twice so far\n`)
  }
  if (process.env['KILLS']) process.stdout.write(`${[...stage.victims].map(([name, times]) => `${name} ${times} times`).join(', ')}\n`)
})
