/**
 * Whether history costs more once there is a year of it: the same installation after a week and after a year, each in a database of its own.
 *
 * `BENCH_YEAR_ROWS` says how many jobs and errors a year has (2,000,000 by default; the week has its share), `BENCH_YEAR_FOLDER` where both are kept for the
 * next time: 10,000,000 took 11 GB and, on a busy machine, half an hour to write.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { jobRows } from '../src/store/flows/jobs.ts'
import { runListRows } from '../src/store/flows/run-list.ts'
import { retentionRows } from '../src/store/retention.ts'
import { startChild, type Asked } from './harness/child.ts'
import { makeFlow } from './harness/flow.ts'
import type { Load } from './harness/load-generator.ts'
import { addRuns, type AskedFlows } from './harness/many-runs.ts'
import type { Question, Row } from './harness/row.ts'
import { rounds } from './harness/rounds.ts'
import { makeFolder, startSluice, token, withDatabase, type Folder, type Sluice } from './harness/sluice.ts'

const rowsOfYear = Number(process.env['BENCH_YEAR_ROWS'] ?? 2_000_000)
const countOfRounds = 5
const roundMs = 400
const dayMs = 24 * 3_600_000

interface History {
  readonly sluice: Sluice
  readonly client: pg.Client
  readonly envId: string
  readonly flows: AskedFlows
  readonly from: number
  readonly to: number
  readonly rows: number
}

/** What is kept of it beside the data. */
type Filled = Pick<History, 'flows' | 'from' | 'to' | 'rows'>

async function withHistory<T>(name: string, days: number, work: (history: History) => Promise<T>): Promise<T> {
  const keptIn = process.env['BENCH_YEAR_FOLDER']
  const folder: Folder = keptIn === undefined ? await makeFolder() : { path: join(keptIn, name), remove: async () => {} }
  await mkdir(folder.path, { recursive: true })
  // Without this the year would be gone within the first hours.
  const settings = { SLUICE_RUN_RETENTION_DAYS: 'forever', SLUICE_ERROR_RETENTION_DAYS: 'forever' }
  try {
    const sluice = await startSluice(folder, settings)
    try {
      const filled = await readOrFill(sluice, folder, days)
      return await withDatabase(folder, async (client) => {
        const { rows } = await client.query<{ env_id: string }>('select env_id from sluice.documents where _id = $1', [
          filled.flows.busy.flowId,
        ])
        return work({ ...filled, sluice, client, envId: rows[0]?.env_id ?? '' })
      })
    } finally {
      await sluice.stop()
    }
  } finally {
    await folder.remove()
  }
}

async function readOrFill(sluice: Sluice, folder: Folder, days: number): Promise<Filled> {
  const file = join(folder.path, 'bench-year.json')
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Filled
  const make = () => makeFlow(sluice, { application: 'http://127.0.0.1:9', pageSize: 20, path: '/none' })
  const flows: AskedFlows = { busy: await make(), failing: await make(), quiet: await make() }
  const to = Date.now()
  const from = to - days * dayMs
  console.error(`${days} days:`)
  const rows = await withDatabase(folder, (client) =>
    addRuns(client, flows, { from: new Date(from), to: new Date(to) }, Math.round((rowsOfYear * days) / 365)),
  )
  const filled = { flows, from, to, rows }
  await writeFile(file, JSON.stringify(filled))
  return filled
}

/** A request over the API, or a function of the store that no request calls by itself. */
type Ask =
  | { readonly path: (history: History) => string; readonly body?: (history: History) => object }
  | { readonly work: (history: History) => Promise<unknown> }

const middleOf = ({ from, to }: History): number => (from + to) / 2
const runs = (query: (history: History) => string): Ask => ({ path: (history) => `/v1/flows/runs?${query(history)}` })
const ofBusy = (query: (history: History) => string): Ask => runs((history) => `_flowId=${history.flows.busy.flowId}${query(history)}`)
const inTheMiddle = (history: History): string => `&after=${Math.round(middleOf(history))}-${'f'.repeat(24)}`
const errors = (state: 'errors' | 'resolved', query: (history: History) => string): Ask => ({
  path: (history) => `/v1/flows/${history.flows.busy.flowId}/${history.flows.busy.importId}/${state}?limit=100${query(history)}`,
})
const stats = (what: 'stats' | 'timeseries', days: number, query = ''): Ask => ({
  path: () => `/v1/flows/runs/${what}${query}`,
  body: ({ to }) => ({ time_gt: to - days * dayMs, time_lte: to }),
})
/** What it removes comes back. */
const retention = (remove: (history: History, before: string) => Promise<number>): Ask => ({
  async work(history) {
    await history.client.query('begin')
    const removed = await remove(history, new Date(history.from + (history.to - history.from) / 10).toISOString())
    await history.client.query('rollback')
    if (removed === 0) throw new Error('nothing was removed')
  },
})
const rowsOfStep = 1000

const asked: Readonly<Record<string, Readonly<Record<string, Ask>>>> = {
  runs: {
    'runs of a busy flow': ofBusy(() => ''),
    'a page in the middle of them': ofBusy(inTheMiddle),
    'those that failed': ofBusy(() => '&status=failed'),
    'those that were canceled, which are few': ofBusy(() => '&status=canceled'),
    'those with errors': ofBusy(() => '&numError_gte=1'),
    'those with more errors than any has': ofBusy(() => '&numError_gte=1000'),
    'those of an hour': ofBusy(
      (history) => `&createdAt_gte=${Math.round(middleOf(history))}&createdAt_lte=${Math.round(middleOf(history)) + 3_600_000}`,
    ),
    'the newest 100,000 by errors': ofBusy(() => '&sort=-numError'),
    'those that completed, of a flow that has failed ever since': runs(({ flows }) => `_flowId=${flows.failing.flowId}&status=completed`),
    'runs of the environment': runs(() => ''),
    'a page in the middle of those': runs((history) => inTheMiddle(history).slice(1)),
    'those of the environment that were canceled': runs(() => 'status=canceled'),
    'those of the environment in which a record failed': runs(() => 'traceKey=order-10565'),
    'runs of an integration with one quiet flow': runs(({ flows }) => `_integrationId=${flows.quiet.integrationId}`),
    'the same for a user who sees nothing else': {
      work: ({ client, envId, flows }) =>
        runListRows(client).search(envId, {
          types: ['flow', 'retry', 'bulk_retry'],
          visibleIntegrationIds: [flows.quiet.integrationId],
          order: 'createdAt',
          isAscending: false,
          most: 100_000,
          limit: 101,
        }),
    },
    'jobs of an export that runs seldom': { path: ({ flows }) => `/v1/jobs?type=export&_exportId=${flows.quiet.exportId}` },
    'jobs of a busy import': { path: ({ flows }) => `/v1/jobs?type=import&_importId=${flows.busy.importId}` },
    'the latest runs of a flow': { path: ({ flows }) => `/v1/flows/${flows.busy.flowId}/jobs/latest` },
    'the latest runs of an integration': { path: ({ flows }) => `/v1/integrations/${flows.busy.integrationId}/jobs/latest` },
    'when a flow completed that has failed ever since': {
      work: ({ client, envId, flows }) => jobRows(client).findLastSuccess(envId, flows.failing.flowId, undefined),
    },
    'ending the runs of a busy flow that is deleted': {
      async work({ client, envId, flows }) {
        await client.query('begin')
        await jobRows(client).cancelFlows(envId, [flows.busy.flowId], new Date().toISOString())
        await client.query('rollback')
      },
    },
  },
  errors: {
    'open errors of a step': errors('errors', () => ''),
    'those with a code': errors('errors', () => '&code=409'),
    'those whose message holds a text that none holds': errors('errors', () => '&message=nothing%20like%20it'),
    'those of an hour': errors(
      'errors',
      (history) => `&occurredAt_gte=${Math.round(middleOf(history))}&occurredAt_lte=${Math.round(middleOf(history)) + 3_600_000}`,
    ),
    'resolved errors of a step': errors('resolved', () => ''),
    'those from the middle on': errors('resolved', (history) => `&occurredAt_lte=${Math.round(middleOf(history))}`),
    'those that were resolved in an hour': errors(
      'resolved',
      (history) => `&resolvedAt_gte=${Math.round(middleOf(history))}&resolvedAt_lte=${Math.round(middleOf(history)) + 3_600_000}`,
    ),
    'open errors of an integration': { path: ({ flows }) => `/v1/integrations/${flows.busy.integrationId}/errors/search?limit=100` },
    'their count': { path: ({ flows }) => `/v1/integrations/${flows.busy.integrationId}/errors` },
  },
  dashboards: {
    'tiles, those with the most errors first': { path: () => '/v1/tiles?sort=-numError' },
    'sums of a day, by flow': stats('stats', 1),
    'sums of a week, the ten flows with the most errors': stats('stats', 7, '?sort=numError&limit=10'),
    'sums of 30 days, by flow': stats('stats', 30),
    'sums of a week, by day': stats('timeseries', 7),
    'sums of 30 days, by day': stats('timeseries', 30),
    'sums of a flow over 30 days': { path: ({ flows }) => `/v1/flows/${flows.busy.flowId}/stats` },
  },
  retention: {
    'a step of removing runs': retention(({ client }, before) => retentionRows(client).removeRuns(before, rowsOfStep)),
    'a step of removing resolved errors': retention(({ client }, before) => retentionRows(client).removeResolvedErrors(before, rowsOfStep)),
  },
}

async function measure(generator: Asked, history: History, ask: Ask): Promise<number> {
  if ('work' in ask) {
    const began = performance.now()
    let count = 0
    do {
      await ask.work(history)
      count++
    } while (performance.now() - began < roundMs)
    return (performance.now() - began) / count
  }
  const body = ask.body?.(history)
  const load: Load = {
    origin: history.sluice.url,
    method: body ? 'POST' : 'GET',
    paths: [ask.path(history)],
    ...(body && { body: JSON.stringify(body) }),
    token,
    status: 200,
    connections: 1,
    ms: roundMs,
  }
  return (await generator.ask(load))['ms'] as number
}

async function compare(year: History, week: History, parts: readonly string[]): Promise<readonly Row[]> {
  const generator = await startChild('./load-generator.ts')
  try {
    const answers: Row[] = []
    for (const [what, ask] of parts.flatMap((part) => Object.entries(asked[part] ?? {}))) {
      const found = await rounds(
        countOfRounds,
        () => measure(generator, year, ask),
        () => measure(generator, week, ask),
      )
      console.error(`  ${what}: ${found.ours.toFixed(2)} to ${found.theirs.toFixed(2)} ms`)
      answers.push({
        what,
        detail: `${found.ours.toFixed(2)} ms with a year's ${year.rows.toLocaleString('en')} jobs and errors, ${found.theirs.toFixed(2)} ms with a week's ${week.rows.toLocaleString('en')}`,
        value: found.ratio,
        goal: { than: 'at most', value: 2, unit: '' },
      })
    }
    return answers
  } finally {
    await generator.stop()
  }
}

export const year: Question = {
  name: 'year',
  asks: "Does a year of runs and errors make history, errors, dashboards and retention slower than a week's?",
  parts: Object.keys(asked),
  answer: (parts = Object.keys(asked)) => withHistory('week', 7, (week) => withHistory('year', 365, (of) => compare(of, week, parts))),
}
