/** What is done to all errors that fit a filter: counted, done step by step, followed, canceled, and gone on with by another worker where one is killed. */
import { beforeAll, describe, expect, test } from 'vitest'
import { carryOutErrorJobs, purgeErrorJobs } from '../../src/domain/flows/carry-out-error-jobs.ts'
import { apiForFile } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { make, until } from '../harness/flows.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

const api = apiForFile()
let ids: Ids
let envId: string
/** Another flow of the same integration. */
let flow: string
let stranger: Colleague
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
  await api.call('PATCH', `/v1/flows/${ids.flows}`, [{ op: 'add', path: '/_integrationId', value: ids.integrations }])
  flow = (await make(api, 'flows', { ...samples.flows(ids), name: 'Second', _integrationId: ids.integrations }))._id
  const own = await make(api, 'integrations', { name: 'Own' })
  stranger = await colleague(api, 'limited@example.com', {
    integrationAccessLevel: [{ _integrationId: own._id, accessLevel: 'manage' }],
  })
})

/** So many open errors of a step, newest last, as the engine leaves them: with their count. */
async function fail(flowId: string, count: number, code = '500', message = 'Something failed'): Promise<void> {
  await ask(
    api.config,
    `insert into sluice.flow_errors (env_id, flow_id, step_id, error_id, occurred_at, source, code, message, flow_job_id)
     select $1, $2, $3, md5(random()::text || n)::char(24), '2026-02-01'::timestamptz + n * interval '1 second', 'application', $4, $5, $6 from generate_series(1, $7) n`,
    [envId, flowId, ids.imports, code, message, nobody, count],
  )
  await ask(
    api.config,
    `insert into sluice.open_errors as o (env_id, flow_id, step_id, num_error) values ($1, $2, $3, $4)
     on conflict (env_id, flow_id, step_id) do update set num_error = o.num_error + $4`,
    [envId, flowId, ids.imports, count],
  )
}
async function forgetErrors(): Promise<void> {
  for (const table of ['flow_errors', 'open_errors', 'retry_data', 'error_jobs']) await ask(api.config, `delete from sluice.${table}`, [])
}
const start = (body: object) => api.call('POST', '/v1/errors/jobs', body)
const read = async (id: string) => (await api.call('GET', `/v1/errors/jobs/${id}`)).body
/** Until it has ended, in as many turns of a worker as that takes. */
async function carryOut(id: string) {
  for (;;) {
    await carryOutErrorJobs(api.world)
    const job = await read(id)
    if (job.endedAt !== undefined) return job
  }
}
async function finish(body: object) {
  const { status, body: job, text } = await start(body)
  expect([status, text]).toEqual([201, text])
  return carryOut(job._id)
}
const countOpen = async (flowId: string, filter: object = {}): Promise<number> =>
  (await api.call('POST', `/v1/flows/${flowId}/${ids.imports}/errors/count`, { filter })).body.count
const kept = async (flowId: string): Promise<number> =>
  (await api.call('GET', `/v1/flows/${flowId}/errors`)).body.flowErrors.find(
    ({ _expOrImpId }: { _expOrImpId: string }) => _expOrImpId === ids.imports,
  ).numError
const audited = async (collection: string, id: string, action: string) =>
  (await api.call('GET', `/v1/${collection}/${id}/audit?action=${action}`)).body ?? []

describe('all that fit', () => {
  test('of a step are resolved in steps, and those of another code are not; it goes on record once', async () => {
    await forgetErrors()
    await fail(ids.flows, 12_000)
    await fail(ids.flows, 10, 'other')
    const before = (await audited('flows', ids.flows, 'resolve')).length
    const { status, body } = await start({ _flowId: ids.flows, _stepId: ids.imports, action: 'resolve', filter: { code: '500' } })
    expect([status, body.status, body.numDone]).toEqual([201, 'queued', 0])
    expect(await carryOut(body._id)).toMatchObject({ status: 'completed', numTotal: 12_000, numDone: 12_000, action: 'resolve' })
    expect([await countOpen(ids.flows), await kept(ids.flows)]).toEqual([10, 10])
    const entries = await audited('flows', ids.flows, 'resolve')
    expect(entries).toHaveLength(before + 1)
    expect(entries[0].fieldChanges).toContainEqual({ fieldPath: 'filter', newValue: { code: '500' } })
  })

  test('of a flow, and of all flows of an integration, are assigned and tagged, and stay open', async () => {
    await forgetErrors()
    await fail(ids.flows, 30)
    await fail(flow, 20)
    const { tagId } = await make(api, 'tags', { tag: 'by job' })
    expect(await finish({ _flowId: flow, action: 'tag', filter: {}, tagIds: [tagId] })).toMatchObject({ status: 'completed', numDone: 20 })
    expect([await countOpen(ids.flows, { tagId }), await countOpen(flow, { tagId })]).toEqual([0, 20])
    const assigned = await finish({ _integrationId: ids.integrations, action: 'assign', filter: {}, email: 'owner@localhost' })
    expect(assigned).toMatchObject({ status: 'completed', numTotal: 50, numDone: 50, email: 'owner@localhost' })
    expect([await countOpen(ids.flows, { assignedTo: envId }), await countOpen(flow, { assignedTo: envId })]).toEqual([30, 20])
    expect(await audited('integrations', ids.integrations, 'assign')).toHaveLength(1)
  })

  test('that come after the request stay as they are', async () => {
    await forgetErrors()
    await fail(ids.flows, 3)
    const { body } = await start({ _flowId: ids.flows, action: 'resolve', filter: {} })
    const late = {
      errorId: api.world.newId(),
      occurredAt: new Date(Date.now() + 1000).toISOString(),
      source: 'application',
      code: '1',
      message: 'm',
    }
    await api.world.store.transaction((rows) =>
      rows.flowErrors.add(envId, ids.flows, [{ ...late, _flowJobId: nobody, stepId: ids.imports }]),
    )
    expect(await carryOut(body._id)).toMatchObject({ status: 'completed', numDone: 3 })
    expect(await countOpen(ids.flows)).toBe(1)
  })

  test('are sent again by one retry of each step', async () => {
    await forgetErrors()
    for (const flowId of [ids.flows, flow])
      await api.world.store.transaction((rows) =>
        rows.flowErrors.add(envId, flowId, [
          {
            errorId: api.world.newId(),
            occurredAt: '2026-02-01T00:00:00.000Z',
            source: 'application',
            code: '500',
            message: 'm',
            _flowJobId: nobody,
            stepId: ids.imports,
            retryDataKey: api.world.newId(),
            retry: { data: { id: 1 } },
          },
        ]),
      )
    const job = await finish({ _integrationId: ids.integrations, action: 'retry', filter: { code: '500' } })
    expect(job).toMatchObject({ status: 'completed', numTotal: 2, numDone: 2 })
    expect(job._jobIds).toHaveLength(2)
    const runs = await Promise.all(job._jobIds.map(async (id: string) => (await api.call('GET', `/v1/jobs/${id}`)).body))
    expect(
      runs.map(({ type, _flowId, _importId }) => ({ type, _flowId, _importId })).toSorted((a, b) => a._flowId.localeCompare(b._flowId)),
    ).toEqual([ids.flows, flow].toSorted().map((_flowId) => ({ type: 'bulk_retry', _flowId, _importId: ids.imports })))
    for (const id of job._jobIds) await api.call('PUT', `/v1/jobs/${id}/cancel`)
  })

  test('are written as CSV that no spreadsheet carries out, and removed with the job after a day', async () => {
    await forgetErrors()
    await fail(ids.flows, 4500, '500', '=HYPERLINK("https://evil.example")')
    await fail(flow, 1, '500', 'with "quotes"')
    const job = await finish({ _integrationId: ids.integrations, action: 'download', filter: {} })
    expect(job).toMatchObject({ status: 'completed', numTotal: 4501, numDone: 4501 })
    const { headers, text } = await api.call('GET', `/v1/errors/jobs/${job._id}/csv`)
    expect(headers.get('content-type')).toMatch(/^text\/csv/)
    expect(headers.get('content-disposition')).toBe(`attachment; filename="errors-${job._id}.csv"`)
    const lines = text.trimEnd().split('\n')
    expect(lines).toHaveLength(4502)
    expect(new Set(lines).size).toBe(4502)
    expect(lines[0]).toMatch(/^errorId,.*,_flowId,_stepId$/)
    expect(lines.filter((line) => line.includes(`"'=HYPERLINK(""https://evil.example"")"`))).toHaveLength(4500)
    expect(lines.filter((line) => line.includes('"with ""quotes"""'))).toHaveLength(1)
    const tomorrow = (): Date => new Date(Date.now() + 25 * 3_600_000)
    await purgeErrorJobs({ ...api.world, now: tomorrow })
    expect((await api.call('GET', `/v1/errors/jobs/${job._id}/csv`)).status).toBe(404)
  })

  test('are left where the job is canceled, and what is done stays done', async () => {
    await forgetErrors()
    await fail(ids.flows, 10)
    const { body } = await start({ _flowId: ids.flows, action: 'resolve', filter: {} })
    const before = (await audited('flows', ids.flows, 'cancel')).length
    const canceled = await api.call('PUT', `/v1/errors/jobs/${body._id}/cancel`)
    expect(canceled.body).toMatchObject({ status: 'canceled', numDone: 0 })
    await carryOutErrorJobs(api.world)
    expect(await countOpen(ids.flows)).toBe(10)
    expect((await api.call('PUT', `/v1/errors/jobs/${body._id}/cancel`)).body).toEqual(canceled.body)
    expect(await audited('flows', ids.flows, 'cancel')).toHaveLength(before + 1)
    const done = await finish({ _flowId: ids.flows, action: 'resolve', filter: {} })
    expect((await api.call('PUT', `/v1/errors/jobs/${done._id}/cancel`)).body).toMatchObject({ status: 'completed', numDone: 10 })
  })

  test('a worker that is killed leaves whole steps, and another one goes on', async () => {
    await forgetErrors()
    const many = 30_000
    await fail(ids.flows, many)
    const { body } = await start({ _flowId: ids.flows, action: 'resolve', filter: {} })
    const doomed = await startWorkerProcess(api.config)
    await until(async () => ((await read(body._id)).numDone > 0 ? true : undefined), 60_000)
    doomed.kill('SIGKILL')
    const job = await carryOut(body._id)
    expect(job).toMatchObject({ status: 'completed', numTotal: many, numDone: many })
    expect([await countOpen(ids.flows), await kept(ids.flows)]).toEqual([0, 0])
  }, 200_000)
})

describe('what is no job', () => {
  const problem = ({ status, body }: { status: number; body: { errors: { code: string; field?: string }[] } }) => ({
    status,
    code: body.errors[0]?.code,
    field: body.errors[0]?.field,
  })
  test.each([
    [{ action: 'resolve', filter: {} }, 'missing_required_field', '_flowId'],
    [{ _flowId: nobody, _integrationId: nobody, action: 'resolve', filter: {} }, 'invalid_field', '_flowId'],
    [{ _integrationId: nobody, _stepId: nobody, action: 'resolve', filter: {} }, 'invalid_field', '_stepId'],
    [{ _flowId: '{flow}', filter: {} }, 'missing_required_field', 'action'],
    [{ _flowId: '{flow}', action: 'remove', filter: {} }, 'invalid_field', 'action'],
    [{ _flowId: '{flow}', action: 'resolve' }, 'missing_required_field', 'filter'],
    [{ _flowId: '{flow}', action: 'resolve', filter: { colour: 'red' } }, 'invalid_field', 'filter.colour'],
    [{ _flowId: '{flow}', action: 'assign', filter: {} }, 'missing_required_field', 'email'],
    [{ _flowId: '{flow}', action: 'resolve', filter: {}, email: 'owner@localhost' }, 'invalid_field', 'email'],
    [{ _flowId: '{flow}', action: 'tag', filter: {} }, 'missing_required_field', 'tagIds'],
    [{ _flowId: '{flow}', action: 'tag', filter: {}, tagIds: ['none'] }, 'invalid_ref', 'tagIds.0'],
    [{ _flowId: '{flow}', action: 'resolve', filter: {}, limit: 1 }, 'unknown_field', 'limit'],
  ])('%j is refused', async (body, code, field) => {
    const filled = JSON.parse(JSON.stringify(body).replace('{flow}', ids.flows)) as object
    expect(problem(await start(filled))).toEqual({ status: 422, code, field })
  })

  test('an unknown flow, integration or user is none, nor is a twenty-first job at once', async () => {
    await forgetErrors()
    expect((await start({ _flowId: nobody, action: 'resolve', filter: {} })).status).toBe(404)
    expect((await start({ _integrationId: nobody, action: 'resolve', filter: {} })).status).toBe(404)
    expect((await start({ _flowId: ids.flows, action: 'assign', filter: {}, email: 'nobody@example.com' })).status).toBe(400)
    for (let n = 0; n < 20; n++) expect((await start({ _flowId: ids.flows, action: 'resolve', filter: {} })).status).toBe(201)
    expect(problem(await start({ _flowId: ids.flows, action: 'resolve', filter: {} }))).toMatchObject({
      status: 429,
      code: 'too_many_at_once',
    })
    await forgetErrors()
  })

  test('of a flow that somebody does not see nothing is started, shown, listed, canceled or downloaded', async () => {
    await forgetErrors()
    const { body } = await start({ _flowId: ids.flows, action: 'resolve', filter: {} })
    const path = `/v1/errors/jobs/${body._id}`
    expect((await stranger.call('POST', '/v1/errors/jobs', { _flowId: ids.flows, action: 'resolve', filter: {} })).status).toBe(404)
    const ofIntegration = { _integrationId: ids.integrations, action: 'resolve', filter: {} }
    expect((await stranger.call('POST', '/v1/errors/jobs', ofIntegration)).status).toBe(404)
    for (const [method, at] of [
      ['GET', path],
      ['PUT', `${path}/cancel`],
      ['GET', `${path}/csv`],
    ] as const)
      expect([at, (await stranger.call(method, at)).status]).toEqual([at, 404])
    expect((await stranger.call('GET', '/v1/errors/jobs')).status).toBe(204)
    const { body: listed } = await api.call('GET', `/v1/errors/jobs?_integrationId=${ids.integrations}`)
    expect(listed.map(({ _id }: { _id: string }) => _id)).toEqual([body._id])
    expect((await api.call('GET', `/v1/errors/jobs?_flowId=${flow}`)).status).toBe(204)
  })
})
