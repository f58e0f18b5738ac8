/** How much of what its connections allow a flow uses whose applications take their time: export, lookup, import and import, several pages at once, with functions and without; and a hundred such flows beside each other. */
import type { LongLoop } from './harness/bare-long-loop.ts'
import { startChild, type Asked } from './harness/child.ts'
import { awaitRun, runFlow, startRun, type Run } from './harness/flow.ts'
import { concurrencyLevel, connectionsOf, makeLongFlow } from './harness/long-flow.ts'
import { memoryOf } from './harness/memory.ts'
import { rounds } from './harness/rounds.ts'
import type { Question, Row } from './harness/row.ts'
import { makeFolder, startSluice, withSluice, type Sluice } from './harness/sluice.ts'
import type { SlowApplication } from './harness/slow-application.ts'

const pageSize = 20
const perAnswer = 100
/** Each is read over a connection of its own; the export makes a request for 100 records and is never the narrowest. */
const places = ['customers', 'invoices', 'notes'] as const

interface Latency {
  readonly ms: number
  /** Of 100 answers so many take 2 s. */
  readonly slow: number
  /** Enough for a run to take 10 s and more. */
  readonly records: number
  readonly goal: number
}
const latencies: readonly Latency[] = [
  { ms: 5, slow: 0, records: 20_000, goal: 0.85 },
  { ms: 50, slow: 0, records: 8000, goal: 0.85 },
  { ms: 200, slow: 0, records: 4000, goal: 0.85 },
  { ms: 50, slow: 1, records: 16_000, goal: 0.7 },
]

/** A round takes some 5 s. */
const recordsOfLoops = 10_000

const elapsedMs = ({ createdAt, endedAt }: Run): number => Date.parse(endedAt) - Date.parse(createdAt)

/** Milliseconds that the busiest of the connections needs at the least, by how long its application was at work on what it was asked. */
async function narrowestMs(application: Asked, path: string): Promise<number> {
  const seen = await application.ask({ path })
  return Math.max(...places.map((place) => (seen[`${place}BusyMs`] as number) / concurrencyLevel))
}

async function withApplication<T>(records: number, work: (application: Asked, url: string) => Promise<T>): Promise<T> {
  const application = await startChild('./slow-application.ts')
  try {
    const { url } = await application.ask({ records, perAnswer } satisfies SlowApplication)
    return await work(application, url as string)
  } finally {
    await application.stop()
  }
}

const oneFlow = (sluice: Sluice, { ms, slow, records, goal }: Latency): Promise<Row> =>
  withApplication(records, async (application, url) => {
    const path = `/${ms}-${slow}/one`
    const run = await runFlow(sluice, await makeLongFlow(sluice, { application: url, path, pageSize }))
    if (run.numSuccess !== records * places.length) throw new Error(`the run counts ${run.numSuccess} successes`)
    const narrowest = await narrowestMs(application, path)
    const perSecond = (took: number): string => ((records / took) * 1000).toFixed(0)
    return {
      what: `records/s of a flow to what its narrowest connection allows, answers in ${ms} ms${slow > 0 ? `, ${slow} % in 2 s` : ''}`,
      detail: `${perSecond(elapsedMs(run))} to ${perSecond(narrowest)} records/s, ${records} records, pages of ${pageSize}, ${concurrencyLevel} requests at once`,
      value: narrowest / elapsedMs(run),
      goal: { than: 'at least', value: goal, unit: '' },
    }
  })

const roundsOfLoops = 3

/** Where answers come quickly the processor is the narrowest: how a flow compares with a loop that makes the same requests and remembers nothing. */
const toBareLoop = (sluice: Sluice): Promise<Row> =>
  withApplication(recordsOfLoops, async (_application, url) => {
    const path = '/5-0/loops'
    const flowId = await makeLongFlow(sluice, { application: url, path, pageSize })
    const loop = await startChild('./bare-long-loop.ts')
    const question = { application: url, path, records: recordsOfLoops, concurrency: concurrencyLevel } satisfies LongLoop
    try {
      const found = await rounds(
        roundsOfLoops,
        async () => (recordsOfLoops / elapsedMs(await runFlow(sluice, flowId))) * 1000,
        async () => (await loop.ask(question))['perSecond'] as number,
      )
      return {
        what: 'records/s of a flow to those of a bare loop of the same requests, answers in 5 ms',
        detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} records/s, ${recordsOfLoops} records, median of ${roundsOfLoops} rounds`,
        value: found.ratio,
        goal: { than: 'at least', value: 0.75, unit: '' },
      }
    } finally {
      await loop.stop()
    }
  })

const roundsOfHooks = 3
const recordsOfHooks = 4000

/** The same flow twice, by turns, with functions in it and without. */
const withHooks = (sluice: Sluice): Promise<Row> =>
  withApplication(recordsOfHooks, async (_application, url) => {
    const flowOf = (name: string, hooks: boolean) => makeLongFlow(sluice, { application: url, path: `/50-0/${name}`, pageSize, hooks })
    const [hooked, plain] = [await flowOf('hooked', true), await flowOf('plain', false)]
    const perSecond = async (flowId: string): Promise<number> => {
      const run = await runFlow(sluice, flowId)
      if (run.numSuccess !== recordsOfHooks * places.length) throw new Error(`the run counts ${run.numSuccess} successes`)
      return (recordsOfHooks / elapsedMs(run)) * 1000
    }
    const found = await rounds(
      roundsOfHooks,
      () => perSecond(hooked),
      () => perSecond(plain),
    )
    return {
      what: 'records/s of a flow with preSavePage and preMap to those of the same flow without, answers in 50 ms',
      detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} records/s, ${recordsOfHooks} records, pages of ${pageSize}, median of ${roundsOfHooks} rounds`,
      value: found.ratio,
      goal: { than: 'at least', value: 0.9, unit: '' },
    }
  })

const flows = 100
const recordsOfEach = 100

/** All over the same four connections, begun together, by one worker that takes all of them up. */
async function manyFlows(): Promise<readonly Row[]> {
  const folder = await makeFolder()
  const sluice = await startSluice(folder, { SLUICE_CONCURRENCY: String(flows) })
  try {
    return await withApplication(recordsOfEach, async (application, url) => {
      const connections = await connectionsOf(sluice, url)
      const ids: string[] = []
      for (let flow = 0; flow < flows; flow++)
        ids.push(await makeLongFlow(sluice, { application: url, path: '/50-0/many', pageSize, connections }))
      let most = 0
      const weigh = setInterval(() => void memoryOf([sluice.pid], 'postgres').then((mb) => (most = Math.max(most, mb))), 2000)
      const jobIds = await Promise.all(ids.map((id) => startRun(sluice, id)))
      const runs: Run[] = []
      // One after the other: a hundred that are looked at all the time cost more than what they do.
      for (const jobId of jobIds) runs.push(await awaitRun(sluice, jobId))
      clearInterval(weigh)
      const began = Math.min(...runs.map(({ startedAt }) => Date.parse(startedAt)))
      const took = runs.map(({ endedAt }) => Date.parse(endedAt) - began)
      const narrowest = await narrowestMs(application, '/50-0/many')
      const [fastest, slowest] = [Math.min(...took), Math.max(...took)]
      const detail = `${flows} flows of ${recordsOfEach} records over the same connections, from ${(fastest / 1000).toFixed(1)} to ${(slowest / 1000).toFixed(1)} s`
      return [
        { what: 'slowest to fastest of many flows', detail, value: slowest / fastest, goal: { than: 'at most', value: 2, unit: '' } },
        {
          what: 'time of many flows to what their narrowest connection allows',
          detail: `${(slowest / 1000).toFixed(1)} to ${(narrowest / 1000).toFixed(1)} s`,
          value: slowest / narrowest,
          goal: { than: 'at most', value: 1.2, unit: '' },
        },
        {
          what: 'memory of the worker meanwhile, which is the server too, without its database',
          detail,
          value: most,
          goal: { than: 'under', value: 400, unit: 'MB' },
        },
      ]
    })
  } finally {
    await sluice.stop()
    await folder.remove()
  }
}

async function answer(): Promise<readonly Row[]> {
  const rows = await withSluice(async (sluice) => {
    // First what is measured in rounds: a worker that has just begun takes twice as long over its first ten thousand records.
    const loops = await toBareLoop(sluice)
    const found: Row[] = []
    for (const latency of latencies) found.push(await oneFlow(sluice, latency))
    return [...found, loops, await withHooks(sluice)]
  })
  return [...rows, ...(await manyFlows())]
}

export const flight: Question = { name: 'flight', asks: 'How much of what its connections allow does a flow use?', answer }
