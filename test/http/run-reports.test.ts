/** What clients read of runs besides the jobs themselves, and the lists of the account that they begin with. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let envId: string
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})

interface Counts {
  readonly status?: string
  readonly success?: number
  readonly error?: number
}

const ranOnce = (flow: string, minute: number, counts?: Counts): Promise<string> =>
  ranAt(flow, `2026-03-01T10:${String(minute).padStart(2, '0')}:00Z`, counts)

/** A run that has ended, without a worker: asked for at that time, two seconds long. */
async function ranAt(flow: string, at: string, counts: Counts = {}): Promise<string> {
  const { _jobId } = (await api.call('POST', `/v1/flows/${flow}/run`)).body
  await ask(
    api.config,
    `update sluice.jobs set status = $2, created_at = $3, started_at = $3, ended_at = $3::timestamptz + interval '2 seconds', num_success = $4, num_error = $5 where _id = $1`,
    [_jobId, counts.status ?? 'completed', at, counts.success ?? 0, counts.error ?? 0],
  )
  return _jobId
}

describe('errors and diagnostics of a job', () => {
  let flow: string
  let run: string
  let other: string
  const step = async (runId: string): Promise<string> => {
    const [_id, at] = [api.world.newId(), new Date().toISOString()]
    const job = {
      _id,
      type: 'import',
      _flowId: flow,
      _flowJobId: runId,
      _importId: ids.imports,
      oIndex: 1,
      createdAt: at,
      order: {},
    } as const
    await api.world.store.transaction((rows) => rows.jobs.addSteps(envId, runId, [job], at))
    return _id
  }
  const fail = (runId: string, code: string, message: string, second: number) => ({
    errorId: api.world.newId(),
    occurredAt: new Date(Date.now() + second * 1000).toISOString(),
    source: 'application',
    code,
    message,
    _flowJobId: runId,
    stepId: ids.imports,
  })
  let errors: ReturnType<typeof fail>[]
  let stepJob: string
  beforeAll(async () => {
    flow = (await make(api, 'flows', samples.flows(ids)))._id
    run = (await api.call('POST', `/v1/flows/${flow}/run`)).body._jobId
    other = (await api.call('POST', `/v1/flows/${flow}/run`)).body._jobId
    stepJob = await step(run)
    errors = [fail(run, '500', 'first', 0), fail(run, '422', 'second', 1), fail(run, '500', 'third', 2)]
    const all = [...errors, fail(other, '500', 'of another run', 1)]
    await api.world.store.transaction((rows) => rows.flowErrors.add(envId, flow, all))
    await api.call('PUT', `/v1/flows/${flow}/${ids.imports}/resolved`, { errors: [errors[0]?.errorId] })
  })

  test('are those of the run and its steps, newest first, open and resolved', async () => {
    const { status, body } = await api.call('GET', `/v1/jobs/${run}/joberrors`)
    expect(status).toBe(200)
    expect(
      body.map((error: { message: string; resolved: boolean; _jobId: string }) => [error.message, error.resolved, error._jobId]),
    ).toEqual([
      ['third', false, stepJob],
      ['second', false, stepJob],
      ['first', true, stepJob],
    ])
    expect((await api.call('GET', `/v1/jobs/${stepJob}/joberrors`)).body).toEqual(body)
    const { errors } = (await api.call('GET', `/v1/jobs/${run}/errors`)).body
    const keys = errors.map(({ errorId, occurredAt, retryDataKey }: Record<string, string>) => [errorId, occurredAt, retryDataKey])
    expect(keys).toEqual(body.map(({ _id, createdAt, _retryId }: Record<string, string>) => [_id, createdAt, _retryId]))
    expect((await api.call('GET', `/v1/jobs/${nobody}/errors`)).status).toBe(404)
    expect(await api.call('GET', `/v1/jobs/${await ranOnce(flow, 1)}/joberrors`)).toMatchObject({ status: 204, text: '' })
    expect((await api.call('GET', `/v1/jobs/${nobody}/joberrors`)).status).toBe(404)
  })

  test('diagnostics tell the job, its steps and what went wrong how often', async () => {
    const { status, body } = await api.call('GET', `/v1/jobs/${run}/diagnostics`)
    expect(status).toBe(200)
    expect(body.job).toEqual((await api.call('GET', `/v1/jobs/${run}`)).body)
    expect(body.steps).toEqual([(await api.call('GET', `/v1/jobs/${stepJob}`)).body])
    expect(body.errors).toMatchObject([
      { _jobId: stepJob, source: 'application', code: '500', message: 'third', numError: 2 },
      { _jobId: stepJob, source: 'application', code: '422', message: 'second', numError: 1 },
    ])
  })
})

describe('statistics of runs', () => {
  const stats = (body?: object, query = '', call = api.call) => call('POST', `/v1/flows/runs/stats${query}`, body)
  const around = { createdOnAndAfter: '2026-03-01T10:00:00Z', time_lte: Date.parse('2026-03-01T11:00:00Z') }
  let integration: string
  let busy: string
  let quiet: string
  let alone: string
  beforeAll(async () => {
    integration = (await make(api, 'integrations', { name: 'watched' }))._id
    const { _integrationId: _none, ...standalone } = samples.flows(ids) as { _integrationId?: string }
    busy = (await make(api, 'flows', { ...samples.flows(ids), _integrationId: integration }))._id
    quiet = (await make(api, 'flows', { ...samples.flows(ids), _integrationId: integration }))._id
    alone = (await make(api, 'flows', standalone))._id
    await ranOnce(busy, 10, { success: 5, error: 2 })
    await ranOnce(busy, 20, { success: 3, status: 'failed' })
    await ranOnce(quiet, 15, { success: 1 })
    await ranOnce(alone, 5)
  })

  test('sum up each flow, the one that ran last first', async () => {
    const { status, body } = await stats({ ...around, _integrationIds: [integration] })
    expect(status).toBe(200)
    expect(body).toEqual({
      stats: [
        {
          _flowId: busy,
          flowName: expect.any(String),
          _integrationId: integration,
          numRuns: 2,
          numSuccess: 8,
          numError: 2,
          numIgnore: 0,
          numPages: 0,
          numOpenError: 0,
          avgRuntime: 2000,
          avgWait: 0,
          lastExecutedAt: '2026-03-01T10:20:02.000Z',
          lastErrorAt: '2026-03-01T10:10:02.000Z',
        },
        expect.objectContaining({ _flowId: quiet, numRuns: 1, numSuccess: 1 }),
      ],
    })
  })

  test('of those flows, integrations, times and outcomes that are asked for', async () => {
    const of = async (filter: object) =>
      (await stats({ ...around, ...filter })).body.stats.map(({ _flowId, numRuns }: { _flowId: string; numRuns: number }) => [
        _flowId,
        numRuns,
      ])
    expect(await of({ _flowIds: [quiet.toUpperCase()] })).toEqual([[quiet, 1]])
    expect(await of({ _flowIds: [busy], status: ['failed'] })).toEqual([[busy, 1]])
    expect(await of({ _flowIds: [busy], time_gt: Date.parse('2026-03-01T10:10:00Z') })).toEqual([[busy, 1]])
    expect(await of({ _flowIds: [busy], time_lte: '2026-03-01T10:10:00Z', sandbox: false })).toEqual([[busy, 1]])
    expect(await of({ _integrationIds: ['none'], _flowIds: [busy] })).toEqual([])
    expect((await stats({ _flowIds: [busy] })).body).toEqual({ stats: [] })
  })

  test('over more than 366 days are those of the last 366, and a header says so', async () => {
    const answer = await stats({ createdOnAndAfter: '2020-01-01', time_lte: '2026-03-15' })
    expect(answer.headers.get('sluice-warning')).toContain('366 days at the most: these are of runs from 2025-03-14T00:00:00.000Z on')
    expect((await stats(around)).headers.get('sluice-warning')).toBeNull()
  })

  test('page by page', async () => {
    const { body } = await stats({ ...around, _integrationIds: [integration] }, '?skip=1')
    expect(body.stats).toMatchObject([{ _flowId: quiet }])
    expect(body).not.toHaveProperty('nextPageURL')
  })

  test('a filter that is not understood is refused', async () => {
    for (const [body, field] of [
      [{ _flowId: busy }, '_flowId'],
      [{ time_gt: 'yesterday' }, 'time_gt'],
      [{ status: ['done'] }, 'status.0'],
      [{ _integrationIds: ['all'] }, '_integrationIds.0'],
    ] as const) {
      const answer = await stats(body)
      expect({ status: answer.status, ...answer.body.errors[0] }).toMatchObject({ status: 422, code: 'invalid_field', field })
    }
  })

  test('of one flow are those of the last 30 days, and 0 where it did not run', async () => {
    const of = async (id: string) => await api.call('GET', `/v1/flows/${id}/stats`)
    const none = { numRuns: 0, numSuccess: 0, numError: 0, numIgnore: 0, numPages: 0, avgRuntime: 0, avgWait: 0 }
    expect((await of(busy)).body).toEqual(none)
    const before = (days: number): string => new Date(Date.now() - days * 24 * 3600 * 1000).toISOString()
    const flow = (await make(api, 'flows', { ...samples.flows(ids), _integrationId: integration }))._id
    await ranAt(flow, before(31), { success: 7, error: 7 })
    await ranAt(flow, before(29), { success: 2, error: 1 })
    await ranAt(flow, before(1), { success: 3, status: 'failed' })
    const { status, body } = await of(flow)
    expect(status).toBe(200)
    expect(body).toEqual({
      ...none,
      numRuns: 2,
      numSuccess: 5,
      numError: 1,
      avgRuntime: 2000,
      lastExecutedAt: expect.any(String),
      lastErrorAt: expect.any(String),
    })
    expect((await of('0'.repeat(24))).status).toBe(404)
  })

  test('only of what the caller may see', async () => {
    const of = { integrationAccessLevel: [{ _integrationId: ids.integrations, accessLevel: 'monitor' }] }
    const friend = await colleague(api, 'stats@example.com', of)
    expect((await stats({ ...around, _integrationIds: [integration] }, '', friend.call)).body).toEqual({ stats: [] })
  })
})

describe('tiles', () => {
  test('tell of each integration what it holds and how it does', async () => {
    const { _id } = await make(api, 'integrations', { name: 'tile' })
    const { _id: flow } = await make(api, 'flows', { ...samples.flows(ids), _integrationId: _id })
    await make(api, 'flows', { ...samples.flows(ids), _integrationId: _id })
    const error = {
      errorId: api.world.newId(),
      occurredAt: '2026-03-01T10:00:00.000Z',
      source: 'a',
      code: '1',
      message: 'no',
      _flowJobId: nobody,
    }
    await api.world.store.transaction((rows) => rows.flowErrors.add(envId, flow, [{ ...error, stepId: ids.imports }]))
    const [connection] = (await api.call('GET', `/v1/integrations/${_id}`)).body._registeredConnectionIds
    await ask(api.config, `update sluice.documents set doc = doc || '{"offline":true}' where _id = $1`, [connection])
    const { status, body } = await api.call('GET', '/v1/tiles')
    expect(status).toBe(200)
    const { lastModified } = (await api.call('GET', `/v1/integrations/${_id}`)).body
    const expected = { name: 'tile', numFlows: 2, numApis: 0, numError: 1, lastErrorAt: error.occurredAt, lastModified }
    expect(body.find((tile: { _integrationId: string }) => tile._integrationId === _id)).toEqual({
      _integrationId: _id,
      ...expected,
      offlineConnections: [connection],
      supportsChild: false,
    })
  })

  test('page by page, and only of what the caller may see', async () => {
    const first = await api.call('GET', '/v1/tiles?limit=1')
    expect(first.body).toHaveLength(1)
    expect(first.headers.get('link')).toContain('skip=1')
    const of = { integrationAccessLevel: [{ _integrationId: ids.integrations, accessLevel: 'monitor' }] }
    const friend = await colleague(api, 'tiles@example.com', of)
    expect((await friend.call('GET', '/v1/tiles')).body).toMatchObject([{ _integrationId: ids.integrations }])
  })
})

test.each(['httpconnectors'])('%s is a collection, and empty', async (name) => {
  expect(await api.call('GET', `/v1/${name}`)).toMatchObject({ status: 204, text: '' })
  expect((await api.call('POST', `/v1/${name}`, {})).status).toBe(405)
})
