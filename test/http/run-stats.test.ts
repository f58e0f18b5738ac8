/** Sums of runs are kept as runs end: they say what the runs themselves say, whatever ended them, over any time. */
import { beforeAll, describe, expect, test } from 'vitest'
import { migrate, readMigrations } from '../../src/store/database/migrate.ts'
import { coverSpan } from '../../src/domain/flows/runs/stats-spans.ts'
import { apiForFile } from '../harness/api.ts'
import { startApplication } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { ask, createEmptyDatabase } from '../harness/database.ts'
import { make, makeFlow, runToEnd, startRun } from '../harness/flows.ts'
import { makeOneOfEach, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile({ worker: true })
let ids: Ids
let integration: string
let envId: string
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  integration = (await make(api, 'integrations', { name: 'Summed up' }))._id
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})

const newFlow = async (): Promise<string> => (await make(api, 'flows', { ...samples.flows(ids), _integrationId: integration }))._id
const series = (body: object, call = api.call) => call('POST', '/v1/flows/runs/timeseries', body)
const stats = (body: object, query = '') => api.call('POST', `/v1/flows/runs/stats${query}`, body)

/** Runs that have ended, without a worker. */
const addRuns = (flow: string, runs: readonly { at: string; seconds?: number; waits?: number; success?: number; errors?: number }[]) =>
  ask(
    api.config,
    `insert into sluice.jobs (env_id, _id, type, status, _flow_id, _integration_id, created_at, last_modified, started_at, ended_at, num_success, num_error)
     select $1, $2 || lpad(to_hex(n), 8, '0'), 'flow', 'completed', $3, $4, at, at, at + make_interval(secs => waits), at + make_interval(secs => waits + seconds), success, errors
     from jsonb_to_recordset($5::jsonb) as r (at timestamptz, seconds float8, waits float8, success int, errors int, n int)`,
    [
      envId,
      flow.slice(8),
      flow,
      integration,
      JSON.stringify(runs.map((run, n) => ({ seconds: 2, waits: 1, success: 1, errors: 0, ...run, n }))),
    ],
  )

describe('a time is made of', () => {
  const hour = 3600 * 1000
  const at = (text: string): number => Date.parse(text)
  test('whole months, days and hours, and of single runs at its edges, without a gap and nothing twice', () => {
    const spans = coverSpan(at('2025-11-29T22:30:00Z'), at('2026-02-03T01:15:00Z'))
    expect(spans.map(({ unit }) => unit)).toEqual(['run', 'hour', 'day', 'month', 'day', 'hour', 'run'])
    expect([spans[0]?.from, spans.at(-1)?.to]).toEqual(['2025-11-29T22:30:00.000Z', '2026-02-03T01:15:00.000Z'])
    for (const [i, span] of spans.slice(1).entries()) expect(span.from).toBe(spans[i]?.to)
  })
  test('as few rows for a year as for a few days', () => {
    const rowsOf = (days: number): number =>
      coverSpan(at('2026-03-05T10:20:00Z') - days * 24 * hour, at('2026-03-05T10:20:00Z'))
        .map(({ unit, from, to }) => (at(to) - at(from)) / (unit === 'month' ? 28 * 24 * hour : unit === 'day' ? 24 * hour : hour))
        .reduce((sum, rows) => sum + Math.floor(rows), 0)
    expect(rowsOf(365)).toBeLessThan(110)
  })
  test('single runs alone where it is short, and nothing where it is none', () => {
    expect(coverSpan(5, 10)).toEqual([{ unit: 'run', from: new Date(5).toISOString(), to: new Date(10).toISOString() }])
    expect(coverSpan(10, 10)).toEqual([])
  })
})

describe('sums', () => {
  test('say the same as the runs, over times that begin and end anywhere', async () => {
    const flow = await newFlow()
    const start = Date.parse('2025-06-01T00:00:00Z')
    const runs = Array.from({ length: 400 }, (_, i) => ({
      at: new Date(start + i * 17.3 * 3600 * 1000).toISOString(),
      success: i,
      errors: i % 3,
      waits: i % 5,
      seconds: i % 7,
    }))
    await addRuns(flow, runs)
    for (const [from, to] of [
      ['2025-06-01T00:00:00Z', '2025-06-02T00:00:00Z'],
      ['2025-06-10T03:17:12.345Z', '2025-09-02T15:59:59.999Z'],
      ['2025-07-01T00:00:00Z', '2026-02-28T23:00:00Z'],
      ['2025-06-01T17:18:00Z', '2025-06-01T17:18:00Z'],
    ] as const) {
      const within = runs.filter(({ at }) => at >= new Date(from).toISOString() && at <= new Date(to).toISOString())
      const sum = (of: (run: (typeof runs)[number]) => number): number => within.reduce((total, run) => total + of(run), 0)
      const [found] = (await stats({ _flowIds: [flow], createdOnAndAfter: from, time_lte: to })).body.stats
      expect(found).toMatchObject({
        numRuns: within.length,
        numSuccess: sum(({ success }) => success),
        numError: sum(({ errors }) => errors),
        avgRuntime: Math.round(sum(({ seconds }) => seconds * 1000) / within.length),
        avgWait: Math.round(sum(({ waits }) => waits * 1000) / within.length),
      })
    }
  })

  test('count a run once, however it ends: through, canceled while it waits, and not started', async () => {
    const application = await startApplication({ sources: { orders: [{ id: 1 }, { id: 2, refuse: 400 }] } })
    const flow = await makeFlow(api, application, { flow: { _integrationId: integration } })
    await runToEnd(api, flow._id)
    const statsOf = async (status: string) => (await stats({ _flowIds: [flow._id], status: [status] })).body.stats[0]
    expect(await statsOf('completed')).toMatchObject({ numRuns: 1, numSuccess: 1, numError: 1 })
    await application.close()
    const waiting = await newFlow()
    const job = await startRun(api, waiting)
    await api.call('PUT', `/v1/jobs/${job}/cancel`)
    await api.call('PUT', `/v1/jobs/${job}/cancel`)
    const counted = await ask(api.config, `select status, num_runs from sluice.run_stats where flow_id = $1 and unit = 'hour'`, [waiting])
    expect(counted.reduce((sum, { num_runs }) => sum + Number(num_runs), 0)).toBe(1)
  })

  test('count what the page under way did to a run that was canceled meanwhile', async () => {
    const flow = await newFlow()
    await addRuns(flow, [{ at: '2026-01-05T10:00:00Z', success: 3 }])
    await ask(api.config, `update sluice.jobs set num_success = 23, num_error = 2 where _flow_id = $1`, [flow])
    const { body } = await stats({ _flowIds: [flow], createdOnAndAfter: '2026-01-05', time_lte: '2026-01-06' })
    expect(body.stats).toMatchObject([{ numRuns: 1, numSuccess: 23, numError: 2 }])
  })

  test('leave a flow in the recycle bin out, have it again once it is restored, and lose it when it is purged', async () => {
    const flow = await newFlow()
    await addRuns(flow, [{ at: '2025-12-01T10:00:00Z' }, { at: '2025-12-02T10:00:00Z' }])
    const times = { _flowIds: [flow], createdOnAndAfter: '2025-12-01', time_lte: '2025-12-31' }
    const count = async () => [
      (await stats(times)).body.stats.length,
      (await series(times)).body.series.reduce((sum: number, { numRuns }: { numRuns: number }) => sum + numRuns, 0),
    ]
    expect(await count()).toEqual([1, 2])
    await api.call('DELETE', `/v1/flows/${flow}`)
    expect(await count()).toEqual([0, 0])
    await api.call('POST', `/v1/recycleBinTTL/flows/${flow}/doCascadeRestore`)
    expect(await count()).toEqual([1, 2])
  })

  test('are sorted by what is worst, and cut where it is said', async () => {
    const [calm, bad, worse] = [await newFlow(), await newFlow(), await newFlow()]
    for (const [flow, errors] of [
      [calm, 0],
      [bad, 4],
      [worse, 9],
    ] as const)
      await addRuns(flow, [{ at: '2025-05-05T05:05:00Z', errors }])
    const times = { createdOnAndAfter: '2025-05-05', time_lte: '2025-05-06' }
    const { body } = await stats(times, '?sort=numError&limit=2')
    expect(body.stats.map(({ _flowId }: { _flowId: string }) => _flowId)).toEqual([worse, bad])
    const next = await api.call('POST', body.nextPageURL, times)
    expect(next.body.stats.map(({ _flowId }: { _flowId: string }) => _flowId)).toEqual([calm])
  })

  test('of runs that ended before they were kept are made by the migration', async () => {
    const empty = await createEmptyDatabase()
    const all = await readMigrations()
    const at = all.findIndex(({ name }) => name.includes('run-stats'))
    await migrate(empty.config, all.slice(0, at))
    await ask(
      empty.config,
      `insert into sluice.jobs (env_id, _id, type, status, _flow_id, created_at, last_modified, started_at, ended_at, num_error)
       select 'env', n::text, 'flow', 'completed', 'flow', t, t, t, t + interval '3 seconds', n from generate_series(1, 4) n, lateral (select timestamptz '2026-01-01T00:10Z' + n * interval '20 minutes' as t) at`,
    )
    await migrate(empty.config, all)
    const kept = await ask(
      empty.config,
      `select unit, at, num_runs, num_error, runtime_ms, integration_id from sluice.run_stats order by unit, at`,
    )
    expect(
      kept.map((row) => [row['unit'], new Date(row['at'] as string).toISOString(), Number(row['num_runs']), Number(row['num_error'])]),
    ).toEqual([
      ['day', '2026-01-01T00:00:00.000Z', 4, 10],
      ['hour', '2026-01-01T00:00:00.000Z', 2, 3],
      ['hour', '2026-01-01T01:00:00.000Z', 2, 7],
      ['month', '2026-01-01T00:00:00.000Z', 4, 10],
    ])
    await empty.drop()
  })
})

describe('by time', () => {
  test('have an entry each hour, day or month, also where nothing ran', async () => {
    const flow = await newFlow()
    await addRuns(flow, [
      { at: '2026-02-27T23:59:00Z', success: 5, seconds: 4 },
      { at: '2026-03-01T00:01:00Z', errors: 2 },
    ])
    const of = async (body: object) => (await series({ _flowIds: [flow], ...body })).body
    const days = await of({ createdOnAndAfter: '2026-02-26T12:00:00Z', time_lte: '2026-03-01T12:00:00Z', interval: 'day' })
    expect(days.series.map(({ at, numRuns }: { at: string; numRuns: number }) => [at.slice(0, 10), numRuns])).toEqual([
      ['2026-02-26', 0],
      ['2026-02-27', 1],
      ['2026-02-28', 0],
      ['2026-03-01', 1],
    ])
    expect(days.series[1]).toMatchObject({ numSuccess: 5, avgRuntime: 4000, avgWait: 1000 })
    const hours = await of({ createdOnAndAfter: '2026-02-27T22:30:00Z', time_lte: '2026-02-27T23:59:59.999Z' })
    expect(hours).toMatchObject({ interval: 'hour', series: [{ numRuns: 0 }, { numRuns: 1 }], total: { numRuns: 1, numSuccess: 5 } })
    expect(days.total).toMatchObject({ numRuns: 2, numSuccess: 6, numError: 2, avgRuntime: 3000 })
    const months = await of({ createdOnAndAfter: '2025-09-01', time_lte: '2026-03-01T01:00:00Z' })
    expect(months.interval).toBe('month')
    expect(months.series.map(({ numRuns }: { numRuns: number }) => numRuns)).toEqual([0, 0, 0, 0, 0, 1, 1])
    expect((await of({})).series.length).toBeGreaterThanOrEqual(31)
  })

  test('refuse what is no filter, and more hours than can be looked at', async () => {
    for (const [body, code, field] of [
      [{ _flowId: ids.flows }, 'unknown_field', '_flowId'],
      [{ interval: 'week' }, 'invalid_field', 'interval'],
      [{ time_gt: 'soon' }, 'invalid_field', 'time_gt'],
      [{ interval: 'hour', createdOnAndAfter: '2026-01-01', time_lte: '2026-03-01' }, 'invalid_field', 'interval'],
    ] as const) {
      const answer = await series(body)
      expect({ status: answer.status, ...answer.body.errors[0] }).toMatchObject({ status: 422, code, field })
    }
  })

  test('only of what the caller may see', async () => {
    const flow = await newFlow()
    await addRuns(flow, [{ at: '2025-04-04T10:00:00Z' }])
    const friend = await colleague(api, 'series@example.com', {
      integrationAccessLevel: [{ _integrationId: ids.integrations, accessLevel: 'monitor' }],
    })
    const times = { createdOnAndAfter: '2025-04-04', time_lte: '2025-04-05', interval: 'month' }
    expect((await series(times, friend.call)).body).toMatchObject({ series: [{ numRuns: 0 }], total: { numRuns: 0 } })
    expect((await series(times)).body.series).toMatchObject([{ numRuns: 1 }])
  })
})
