/** What more workers bring, what a minute costs where a million flows have a schedule, and how many runs a queue hands out. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startChild } from './harness/child.ts'
import { pagesOfOrders } from './harness/flow.ts'
import { processorTimeOf, withPrograms, type Programs, type Worker } from './harness/programs.ts'
import { median, type Question, type Row } from './harness/row.ts'
import type { Sluice } from './harness/sluice.ts'
import type { SlowApplication } from './harness/slow-application.ts'

const lookMs = 50
const atOnce = 20

async function inTurns<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += atOnce) results.push(...(await Promise.all(all.slice(at, at + atOnce).map(work))))
  return results
}

/** Flows that send one record after the other, each over a connection of its own. */
async function makeFlows(sluice: Sluice, application: string, count: number, latencyMs: number): Promise<readonly string[]> {
  const create = async (collection: string, body: object): Promise<string> => (await sluice.call('POST', `/v1/${collection}`, body))._id
  const numbers = Array.from({ length: count }, (_, n) => n)
  return inTurns(numbers, async (n) => {
    const path = `/${latencyMs}-0/flow-${n}`
    const http = { formType: 'http', mediaType: 'json', baseURI: application, concurrencyLevel: 1 }
    const _connectionId = await create('connections', { name: `Application ${n}`, type: 'http', http })
    const _exportId = await create('exports', { name: `Orders ${n}`, _connectionId, adaptorType: 'HTTPExport', http: pagesOfOrders(path) })
    const _importId = await create('imports', {
      name: `Orders ${n}`,
      _connectionId,
      adaptorType: 'HTTPImport',
      http: { relativeURI: [`${path}/invoices`], method: ['POST'] },
    })
    return create('flows', { name: `Flow ${n}`, pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId }] })
  })
}

const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Seconds from the first run's start to the last one's end. */
async function carryOut({ sluice, databaseUrl }: Programs, flows: readonly string[]): Promise<number> {
  const began = new Date()
  await inTurns(flows, (id) => sluice.call('POST', `/v1/flows/${id}/run`))
  return withClient(databaseUrl, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ open: string; failed: string; took: number }>(
        `select count(*) filter (where ended_at is null) as open, count(*) filter (where status not in ('completed', 'running', 'queued')) as failed,
                extract(epoch from max(ended_at) - min(started_at))::float as took
         from sluice.jobs where type = 'flow' and created_at >= $1`,
        [began],
      )
      if (Number(rows[0]?.failed) > 0) throw new Error(`${rows[0]?.failed} runs failed`)
      if (rows[0]?.open === '0') return rows[0].took
      await sleep(lookMs)
    }
  })
}

async function withWorkers<T>(programs: Programs, count: number, work: (workers: readonly Worker[]) => Promise<T>): Promise<T> {
  const workers = await Promise.all(Array.from({ length: count }, () => programs.startWorker()))
  try {
    return await work(workers)
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
}

async function withApplication<T>(records: number, work: (url: string) => Promise<T>): Promise<T> {
  const application = await startChild('./slow-application.ts')
  try {
    const { url } = await application.ask({ records, perAnswer: records } satisfies SlowApplication)
    return await work(url as string)
  } finally {
    await application.stop()
  }
}

const flowsOfWorkers = 200
const recordsOfFlow = 40
const answerMs = 50

/** Each flow waits for its application nearly all the time, so workers are what there is too little of. */
const moreWorkers = (): Promise<readonly Row[]> =>
  withApplication(recordsOfFlow, (url) =>
    withPrograms(async (programs) => {
      const flows = await makeFlows(programs.sluice, url, flowsOfWorkers, answerMs)
      const measure = (count: number): Promise<number> => withWorkers(programs, count, () => carryOut(programs, flows))
      const one = await measure(1)
      const rows: Row[] = []
      for (const count of [2, 4]) {
        const took = await measure(count)
        rows.push({
          what: `${flowsOfWorkers} flows by ${count} workers, to ${count} times the speed of one`,
          detail: `${took.toFixed(1)} s, by one ${one.toFixed(1)} s; ${recordsOfFlow} records each, answers in ${answerMs} ms`,
          value: one / took / count,
          goal: { than: 'at least', value: 0.8, unit: '' },
        })
      }
      return rows
    }),
  )

const scheduled = 1_000_000
const environments = 100_000
const minutes = 3

/** No flow is due, and none is started. */
const scheduledMinute = (): Promise<readonly Row[]> =>
  withPrograms(async (programs) =>
    withClient(programs.databaseUrl, async (client) => {
      await client.query(
        `insert into sluice.documents (env_id, collection, _id, doc)
         select lpad(to_hex(n % $2::int), 24, 'e'), 'flows', lpad(to_hex(n), 24, 'f'),
                jsonb_build_object('_id', lpad(to_hex(n), 24, 'f'), 'name', 'Flow ' || n, 'schedule', '? ' || n % 60 || ' ' || $3::int || ' ? * *', 'timezone', 'UTC',
                                   'pageGenerators', jsonb_build_array(jsonb_build_object('_exportId', lpad(to_hex(n), 24, 'd'))))
         from generate_series(1, $1::int) n`,
        [scheduled, environments, (new Date().getUTCHours() + 12) % 24],
      )
      await client.query('vacuum analyze sluice.documents')
      return withWorkers(programs, 1, async ([worker]) => {
        const { pid } = worker as Worker
        const took: number[] = []
        // As after an upgrade from a version that kept no times: a part of them gets one each minute, and all are looked at until then.
        const filling: number[] = []
        const withoutTime = async (): Promise<boolean> =>
          (await client.query(`select from sluice.documents where collection = 'flows' and not_due_before is null limit 1`)).rowCount !== 0
        while (await withoutTime()) filling.push(await carryOutMinute(client))
        const before = await processorTimeOf(pid)
        for (let n = 0; n < minutes; n++) took.push(await carryOutMinute(client))
        const spent = ((await processorTimeOf(pid)) - before) / minutes
        return [
          {
            what: `a minute of the scheduler with ${scheduled.toLocaleString('en')} flows of ${environments.toLocaleString('en')} environments, none of them due`,
            detail: `${minutes} times, ${Math.min(...took).toFixed(2)} to ${Math.max(...took).toFixed(2)} s, ${spent.toFixed(0)} ms of the worker's processor; the ${filling.length} minutes after an upgrade ${Math.min(...filling).toFixed(1)} to ${Math.max(...filling).toFixed(1)} s`,
            value: median(took),
            goal: { than: 'under', value: 1, unit: 's' },
          },
        ]
      })
    }),
  )

/** As the clock writes it. Answers how long the worker was at it, in seconds. */
async function carryOutMinute(client: pg.Client): Promise<number> {
  const ts = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString()
  const began = performance.now()
  await client.query(
    `select graphile_worker.add_job('minute', json_build_object('_cron', json_build_object('ts', $1::text)), queue_name := 'minute')`,
    [ts],
  )
  const isThere = async (): Promise<boolean> =>
    (await client.query(`select from graphile_worker.jobs where task_identifier = 'minute'`)).rowCount !== 0
  while (await isThere()) await sleep(lookMs)
  return (performance.now() - began) / 1000
}

const flowsOfQueue = 500

/** Runs of one record, whose application answers at once: what is measured is what each run costs besides its records. */
const queueCeiling = (): Promise<readonly Row[]> =>
  withApplication(1, (url) =>
    withPrograms(async (programs) => {
      const flows = await makeFlows(programs.sluice, url, flowsOfQueue, 0)
      return withWorkers(programs, 1, async ([worker]) => {
        const { pid } = worker as Worker
        await carryOut(programs, flows)
        const before = await processorTimeOf(pid)
        const took = await carryOut(programs, flows)
        const spent = (await processorTimeOf(pid)) - before
        return [
          {
            what: 'runs of one record that one worker carries out, a second',
            detail: `${flowsOfQueue} runs, started over the API meanwhile; ${(spent / flowsOfQueue).toFixed(1)} ms of the worker's processor each`,
            value: flowsOfQueue / took,
            goal: { than: 'at least', value: 50, unit: '' },
          },
        ]
      })
    }),
  )

const answers: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  workers: moreWorkers,
  schedule: scheduledMinute,
  queue: queueCeiling,
}

export const scale: Question = {
  name: 'scale',
  asks: 'What do more workers bring, what does a minute of many schedules cost, and how many runs does a worker carry out?',
  parts: Object.keys(answers),
  answer: async (parts = Object.keys(answers)) => {
    const rows: Row[] = []
    for (const part of parts) rows.push(...((await answers[part]?.()) ?? []))
    return rows
  },
}
