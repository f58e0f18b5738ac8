/** What is rare among many runs is found without looking through them: counted in pages of the database that are read, on which no load has a bearing. */
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunSearch } from '../../src/domain/ports/flows/run-list.ts'
import type { JobFilter } from '../../src/domain/ports/jobs.ts'
import { jobRows } from '../../src/store/flows/jobs.ts'
import { runListRows } from '../../src/store/flows/run-list.ts'
import { runStatsRows } from '../../src/store/flows/run-stats.ts'
import { connect } from '../../src/store/database/pool.ts'
import { apiForFile } from '../harness/api.ts'

const api = apiForFile()
const envId = 'e'
const numRuns = 20_000
/** Looking through the runs of a flow reads ten times as many. */
const mostPages = 100
let client: Client

/** Two flows by turns. Of the busy one's runs five have failed and one was canceled, long ago; the failing one has failed since its first runs. */
const runs = `
  insert into sluice.jobs (env_id, _id, type, status, _flow_id, _integration_id, created_at, last_modified, started_at, ended_at, num_error)
  select '${envId}', lpad(to_hex(n * 16), 24, '0'), 'flow',
    case when n % 2 = 1 and n > 40 or n in (10, 20, 30, 40, 50) then 'failed' when n = 60 then 'canceled' else 'completed' end,
    case when n = 100 then 'quiet' when n % 2 = 1 then 'failing' else 'busy' end, case when n = 100 then 'quiet' else 'crowded' end, at, at, at, at,
    case when n = 200 then 3 else 0 end
  from (select n, timestamptz '2026-01-01' + n * interval '1 minute' as at from generate_series(1, ${numRuns}) n) r`
const steps = `
  insert into sluice.jobs (env_id, _id, type, status, _flow_id, _integration_id, _flow_job_id, _export_id, _import_id, o_index, created_at, last_modified, started_at, ended_at)
  select j.env_id, left(j._id, 23) || place, s.type, j.status, j._flow_id, j._integration_id, j._id, case when s.type = 'export' then j._flow_id || '-export' end,
    case when s.type = 'import' then j._flow_id || '-import' end, 0, j.created_at, j.created_at, j.created_at, j.created_at
  from sluice.jobs j cross join (values ('export', '1'), ('import', '2')) s (type, place) where j.env_id = '${envId}'`

beforeAll(async () => {
  client = (await connect(api.config, 'test')) as Client
  // The sums that a trigger keeps would take longer than all of the rest.
  await client.query('alter table sluice.jobs disable trigger user')
  await client.query(runs)
  await client.query(steps)
  await client.query('alter table sluice.jobs enable trigger user')
  await client.query(
    `insert into sluice.documents (env_id, collection, _id, doc) select '${envId}', 'flows', f, jsonb_build_object('_id', f, 'name', f) from unnest(array['busy', 'failing', 'quiet']) f`,
  )
  await client.query('vacuum analyze sluice.jobs, sluice.documents')
})
afterAll(() => client.end())

/** Pages that the statements of `work` read. */
async function countPages(work: (db: Pick<Client, 'query'>) => Promise<unknown>): Promise<number> {
  let pages = 0
  const explaining = async (query: string | { text: string; values: unknown[] }, values?: unknown[]) => {
    const [text, given] = typeof query === 'string' ? [query, values] : [query.text, query.values]
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(
      `explain (analyze, buffers, format json) ${text}`,
      given,
    )
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan
    pages += (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0)
    return client.query(text, given)
  }
  await work({ query: explaining } as unknown as Pick<Client, 'query'>)
  return pages
}

const search = (fields: Partial<RunSearch>) => (db: Pick<Client, 'query'>) =>
  runListRows(db).search(envId, {
    types: ['flow', 'retry', 'bulk_retry'],
    order: 'createdAt',
    isAscending: false,
    limit: 101,
    most: 100_000,
    ...fields,
  })
const list = (fields: Partial<JobFilter>) => (db: Pick<Client, 'query'>) =>
  jobRows(db).list(envId, { types: ['flow', 'retry', 'bulk_retry'], ids: {}, counts: [], limit: 101, ...fields })

const stats = {
  spans: [
    { unit: 'run', from: '2026-01-05T10:50:00.000Z', to: '2026-01-05T11:00:00.000Z' },
    { unit: 'hour', from: '2026-01-05T11:00:00.000Z', to: '2026-01-05T12:00:00.000Z' },
    { unit: 'run', from: '2026-01-05T12:00:00.000Z', to: '2026-01-05T12:10:00.000Z' },
  ],
  statuses: ['completed', 'failed', 'canceled'],
  order: 'numRuns',
  skip: 0,
  limit: 10,
} as const

test.each<[string, (db: Pick<Client, 'query'>) => Promise<unknown>]>([
  ['the first runs of a flow', search({ flowId: 'busy', limit: 10 })],
  ['runs of a flow that failed', search({ flowId: 'busy', statuses: ['failed'] })],
  ['runs of a flow that failed or were canceled', search({ flowId: 'busy', statuses: ['failed', 'canceled'] })],
  ['runs of a flow that are going on', search({ flowId: 'busy', statuses: ['queued', 'running', 'retrying'] })],
  ['runs of the environment that were canceled', search({ statuses: ['canceled'] })],
  ['runs of the environment that are going on', search({ statuses: ['running'] })],
  ['runs of a flow with errors', search({ flowId: 'busy', numErrorGte: 1 })],
  ['runs of the environment with more errors than any has', search({ numErrorGte: 1000 })],
  ['the runs of the environment with the most errors, where they fill a page', search({ order: 'numError', limit: 1 })],
  ['runs that completed, of a flow that fails', search({ flowId: 'failing', statuses: ['completed'] })],
  ['runs of the only integration that a user sees', search({ visibleIntegrationIds: ['quiet'] })],
  ['those of them that failed', search({ visibleIntegrationIds: ['quiet', 'none'], statuses: ['failed', 'canceled'] })],
  ['jobs of a flow that were canceled', list({ ids: { _flowId: 'busy' }, statuses: ['canceled'] })],
  ['jobs of an export', list({ types: ['export'], ids: { _exportId: 'quiet-export' } })],
  ['jobs of an import', list({ types: ['import'], ids: { _importId: 'quiet-import' } })],
  ['jobs of a flow with errors', list({ ids: { _flowId: 'busy' }, counts: [{ field: 'numError', than: '>=', value: 1 }] })],
  ['where the next delta of a flow begins that fails', (db) => jobRows(db).findLastSuccess(envId, 'failing', undefined)],
  ['the sums of an hour and of single minutes, by flow', (db) => runStatsRows(db).sumByFlow(envId, stats)],
  ['ending the runs of a flow', (db) => jobRows(db).cancelFlows(envId, ['busy'], new Date().toISOString())],
])('%s', async (_what, work) => {
  expect(await countPages(work)).toBeLessThan(mostPages)
})

test('this would be seen: runs that a text is searched in are looked through', async () => {
  expect(await countPages(search({ text: 'nothing like it' }))).toBeGreaterThan(mostPages * 10)
})

test('runs of several statuses come in one order, and each once', async () => {
  const found = await runListRows(client).search(envId, {
    types: ['flow'],
    flowId: 'busy',
    statuses: ['canceled', 'failed', 'failed', 'running'],
    order: 'createdAt',
    isAscending: true,
    limit: 101,
    most: 100_000,
  })
  expect(found.map(({ run }) => run.status)).toEqual(['failed', 'failed', 'failed', 'failed', 'failed', 'canceled'])
})
