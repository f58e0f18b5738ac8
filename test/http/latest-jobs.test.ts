/** What clients in use ask besides: the latest runs, those that go on, errors under the type of the step, and a retry by errors. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { colleague } from '../harness/colleague.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

let api: Api
let ids: Ids
let envId: string
let flow: string
beforeAll(async () => {
  // Without a worker: runs stay queued until they are canceled.
  api = await startApi()
  ids = await makeOneOfEach(api.call)
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})
afterAll(() => api.close())
beforeEach(async () => {
  flow = (await make(api, 'flows', samples.flows(ids)))._id
})

const run = async (id = flow): Promise<string> => (await api.call('POST', `/v1/flows/${id}/run`)).body._jobId
const cancel = (id: string) => api.call('PUT', `/v1/jobs/${id}/cancel`)
const idsOf = ({ body }: { body: { _id: string }[] | undefined }): string[] => (body ?? []).map(({ _id }) => _id)

describe('the latest runs', () => {
  test('of a flow: those that have not ended, and the newest of those that have', async () => {
    const path = `/v1/flows/${flow}/jobs/latest`
    expect(await api.call('GET', path)).toMatchObject({ status: 204, text: '' })
    const [first, second, third] = [await run(), await run(), await run()]
    for (const id of [first, third]) await cancel(id)
    const answer = await api.call('GET', path)
    expect({ status: answer.status, ids: idsOf(answer) }).toEqual({ status: 200, ids: [third, second] })
    expect(answer.body[1]).toEqual((await api.call('GET', `/v1/jobs/${second}`)).body)
    expect((await api.call('GET', `/v1/flows/${nobody}/jobs/latest`)).status).toBe(404)
  })

  test('of a flow: the newest of each page generator, also where others ran 1,500 times since, and a retry came after it', async () => {
    const doc = samples.flows(ids)
    const other = (await make(api, 'exports', samples.exports(ids)))._id as string
    const { _id } = await make(api, 'flows', { ...doc, pageGenerators: [{ _exportId: ids.exports }, { _exportId: other }] })
    const step = async (runId: string, _exportId: string) => {
      const createdAt = new Date().toISOString()
      const job = { _id: api.world.newId(), type: 'export', _flowId: _id, _flowJobId: runId, _exportId, createdAt, order: {} } as const
      await api.world.store.transaction((rows) => rows.jobs.addSteps(envId, runId, [job], createdAt))
      await cancel(runId)
    }
    const rare = await run(_id)
    await step(rare, other)
    const often = await run(_id)
    await step(often, ids.exports)
    await ask(
      api.config,
      `insert into sluice.jobs (env_id, _id, type, status, _flow_id, _flow_job_id, _export_id, created_at, last_modified, ended_at, run_order)
       select env_id, lpad(to_hex(n + 200000), 24, '0'), type, status, _flow_id, _flow_job_id, _export_id, created_at - n * interval '1 microsecond', last_modified, ended_at, run_order
       from sluice.jobs, generate_series(1, 1500) n where _flow_job_id = $1 or _id = $1 and n < 0`,
      [often],
    )
    await ask(api.config, `update sluice.jobs set created_at = created_at - interval '1 month' where _id = $1 or _flow_job_id = $1`, [rare])
    const retried = await run(_id)
    await ask(api.config, `update sluice.jobs set type = 'retry' where _id = $1`, [retried])
    await step(retried, other)
    expect(idsOf(await api.call('GET', `/v1/flows/${_id}/jobs/latest`))).toEqual([often, rare])
  })

  test('of an integration: the newest of each flow', async () => {
    const integration = (await make(api, 'integrations', { name: 'a' }))._id
    const flows = await Promise.all([1, 2].map(() => make(api, 'flows', { ...samples.flows(ids), _integrationId: integration })))
    const runs: string[] = []
    for (const { _id } of [...flows, ...flows]) runs.push(await run(_id))
    for (const id of runs) await cancel(id)
    expect(idsOf(await api.call('GET', `/v1/integrations/${integration}/jobs/latest`))).toEqual([runs[3], runs[2]])
    expect((await api.call('GET', `/v1/integrations/${nobody}/jobs/latest`)).status).toBe(404)
  })

  test('of flows that are named, whether they belong to an integration or not; somebody sees those of their integrations', async () => {
    const integration = (await make(api, 'integrations', { name: 'named' }))._id
    const { _integrationId: _none, ...alone } = samples.flows(ids)
    const [own, standalone] = [
      (await make(api, 'flows', { ...alone, _integrationId: integration }))._id,
      (await make(api, 'flows', alone))._id,
    ]
    const runs: string[] = []
    for (const id of [own, standalone, own, standalone]) {
      runs.push(await run(id))
      await cancel(runs.at(-1) as string)
    }
    const ask = (_flowIds: readonly string[], call = api.call) => call('POST', '/v1/jobs/latest', { _flowIds })
    expect(idsOf(await ask([own, standalone, nobody]))).toEqual([runs[3], runs[2]])
    expect(idsOf(await ask([standalone]))).toEqual([runs[3]])
    expect((await ask([nobody])).status).toBe(204)
    expect((await ask([])).status).toBe(422)
    const watcher = await colleague(api, 'latest@example.com', {
      integrationAccessLevel: [{ _integrationId: integration, accessLevel: 'monitor' }],
    })
    expect(idsOf(await ask([own, standalone], watcher.call))).toEqual([runs[2]])
  })

  test('of an integration: of a flow that runs once a month too, beside one that has run 1,500 times since', async () => {
    const { _id: integration } = await make(api, 'integrations', { name: 'monthly' })
    const [monthly, often] = await Promise.all(
      [1, 2].map(async () => (await make(api, 'flows', { ...samples.flows(ids), _integrationId: integration }))._id),
    )
    const rare = await run(monthly)
    await cancel(rare)
    const last = await run(often)
    await cancel(last)
    await ask(
      api.config,
      `insert into sluice.jobs (env_id, _id, type, status, _flow_id, _integration_id, created_at, last_modified, ended_at, run_order)
       select env_id, lpad(to_hex(n), 24, '0'), type, status, _flow_id, _integration_id, created_at - n * interval '1 microsecond', last_modified, ended_at, run_order
       from sluice.jobs, generate_series(1, 1500) n where _id = $1`,
      [last],
    )
    await ask(api.config, `update sluice.jobs set created_at = created_at - interval '1 month' where _id = $1`, [rare])
    expect(idsOf(await api.call('GET', `/v1/integrations/${integration}/jobs/latest`))).toEqual([last, rare])
  })
})

test('the runs that are going on, all of them or those of the flows and integrations that the body names', async () => {
  const [going, ended] = [await run(), await run()]
  await cancel(ended)
  const current = (body?: object, call = api.call, query = '') => call('POST', `/v1/jobs/current${query}`, body)
  const listed = async (body?: object): Promise<string[]> => idsOf({ body: (await current(body)).body?.jobs })
  for (const body of [
    undefined,
    {},
    { _flowId: flow },
    { _flowIds: [flow.toUpperCase()] },
    { _flowIds: [], _integrationIds: [], status: [], sandbox: false },
    { _integrationId: ids.integrations },
    { _integrationIds: [ids.integrations, 'none'] },
    { _flowIds: [flow], status: ['queued', 'running'] },
  ]) {
    const found = await listed(body)
    expect({ body, going: found.includes(going), ended: found.includes(ended) }).toEqual({ body, going: true, ended: false })
  }
  for (const body of [
    { _flowId: ids.flows, _integrationId: nobody },
    { _flowId: flow, status: ['running'] },
    { _flowId: flow, status: ['canceling'] },
    { _flowId: flow, _integrationIds: ['none'] },
  ])
    expect(await current(body)).toMatchObject({ status: 204, text: '' })
  for (const [body, field] of [
    [{ _flowIds: ['x'] }, '_flowIds.0'],
    [{ flowId: flow }, 'flowId'],
    [{ status: ['completed'] }, 'status.0'],
  ] as const)
    expect((await current(body)).body.errors[0]).toMatchObject({ code: 'invalid_field', field })
  const { _id: other } = await make(api, 'integrations', { name: 'other' })
  const friend = await colleague(api, 'friend@example.com', { integrationAccessLevel: [{ _integrationId: other, accessLevel: 'monitor' }] })
  for (const body of [undefined, { _integrationId: ids.integrations }, { _integrationIds: ['none'] }])
    expect((await current(body, friend.call)).status).toBe(204)
})

test('the runs that are going on come in pages of 1,001', async () => {
  const last = await run()
  await ask(
    api.config,
    `insert into sluice.jobs (env_id, _id, type, status, _flow_id, _integration_id, created_at, last_modified, run_order)
     select env_id, lpad(to_hex(n + 100000), 24, '0'), type, status, _flow_id, _integration_id, created_at - n * interval '1 microsecond', last_modified, run_order
     from sluice.jobs, generate_series(1, 1005) n where _id = $1`,
    [last],
  )
  const seen = new Set<string>()
  const sizes: number[] = []
  for (let at: string | undefined = '/v1/jobs/current'; at !== undefined;) {
    const { body }: { body: { jobs: { _id: string }[]; nextPageURL?: string } } = await api.call('POST', at, { _flowId: flow })
    for (const { _id } of body.jobs) seen.add(_id)
    sizes.push(body.jobs.length)
    at = body.nextPageURL
  }
  expect({ seen: seen.size, sizes }).toEqual({ seen: 1006, sizes: [1001, 5] })
  await ask(api.config, `update sluice.jobs set ended_at = now(), status = 'canceled' where _flow_id = $1`, [flow])
})

describe('errors of a step', () => {
  const step = () => `/v1/flows/${flow}/${ids.imports}`
  let errors: { errorId: string; retryDataKey?: string }[]
  beforeEach(async () => {
    const common = { occurredAt: new Date().toISOString(), source: 'application', code: '500', message: 'no', _flowJobId: nobody }
    errors = [0, 1, 2].map((i) => ({ errorId: api.world.newId(), ...(i < 2 && { retryDataKey: api.world.newId() }) }))
    const added = errors.map((error) => ({
      ...common,
      ...error,
      stepId: ids.imports,
      ...(error.retryDataKey && { retry: { data: { a: 1 } } }),
    }))
    await api.world.store.transaction((rows) => rows.flowErrors.add(envId, flow, added))
  })

  test('are the same under the type of the step', async () => {
    const { body } = await api.call('GET', `${step()}/errors`)
    expect(body.errors).toHaveLength(3)
    for (const type of ['imports', 'exports'])
      expect((await api.call('GET', `/v1/flows/${flow}/${type}/${ids.imports}/errors`)).body).toEqual(body)
  })

  test('are sent again by their ids too, and the answer names the job twice', async () => {
    const [one, two, without] = errors
    const retry = (body: object) => api.call('POST', `${step()}/retry`, body)
    const { status, body } = await retry({ errorIds: [one?.errorId.toUpperCase()], retryDataKeys: [two?.retryDataKey] })
    expect({ status, same: body._id === body._jobId }).toEqual({ status: 201, same: true })
    expect((await api.call('GET', `/v1/jobs/${body._id}`)).body).toMatchObject({ type: 'retry', _importId: ids.imports })
    for (const errorIds of [[without?.errorId], [nobody], [one?.errorId, 'unknown']])
      expect((await retry({ errorIds })).body.errors[0]).toMatchObject({ code: 'invalid_ref', field: 'errorIds' })
    expect((await retry({})).body.errors[0]).toMatchObject({ code: 'missing_required_field', field: 'retryDataKeys' })
  })
})

describe('bounds', () => {
  test.each(['integrations', 'flows', 'exports', 'imports', 'stacks', 'templates'] as const)(
    'of names and descriptions: %s',
    async (collection) => {
      const send = (fields: object) => api.call('POST', `/v1/${collection}`, { ...samples[collection](ids), ...fields })
      for (const [field, most] of [
        ['name', 200],
        ['description', 10_240],
      ] as const) {
        expect((await send({ [field]: 'x'.repeat(most) })).status).toBe(201)
        const refused = await send({ [field]: 'x'.repeat(most + 1) })
        expect({ status: refused.status, ...refused.body.errors[0] }).toMatchObject({ status: 422, code: 'invalid_field', field })
      }
    },
  )

  test('a clone of what has the longest name can be saved again', async () => {
    const { _id } = await make(api, 'integrations', { name: 'x'.repeat(200) })
    const { body } = await api.call('POST', `/v1/integrations/${_id}/clone`, { connectionMap: {} })
    expect(body.name).toMatch(/^Clone - x+$/)
    expect((await api.call('PUT', `/v1/integrations/${body._id}`, body)).status).toBe(200)
  })
})

test('a connection that is only tried needs no name', async () => {
  const { name: _name, ...unnamed } = samples.connections(ids)
  expect((await api.call('POST', '/v1/connections/ping', unnamed)).status).toBe(200)
  expect((await api.call('POST', '/v1/connections', unnamed)).status).toBe(422)
})

test.each([null, ''])('a patch takes a schedule off: %j', async (value) => {
  const doc = { ...samples.flows(ids), schedule: '? 5 * ? * *', timezone: 'UTC' }
  const { _id, pageGenerators } = await make(api, 'flows', doc)
  const withOwn = pageGenerators.map((each: object) => ({ ...each, schedule: '? 6 * ? * *' }))
  await api.call('PUT', `/v1/flows/${_id}`, { ...doc, pageGenerators: withOwn })
  const replace = (path: string, to: unknown) => ({ op: 'replace', path, value: to })
  const patch = [replace('/schedule', value), replace('/pageGenerators/0/schedule', value), replace('/timezone', null)]
  expect((await api.call('PATCH', `/v1/flows/${_id}`, patch)).status).toBe(204)
  const { body } = await api.call('GET', `/v1/flows/${_id}`)
  for (const field of ['schedule', 'timezone']) expect(body).not.toHaveProperty(field)
  expect(body.pageGenerators[0]).not.toHaveProperty('schedule')
  expect((await api.call('PATCH', `/v1/flows/${_id}`, [replace('/name', null)])).status).toBe(422)
})

describe('since when a flow exports', () => {
  const since = async (id: string) => (await api.call('GET', `/v1/flows/${id}/lastExportDateTime`)).body
  /** A run that began then and completed; without a status it failed. */
  const ran = async (id: string, startedAt: string, { status = 'completed', ...order }: { status?: string; exportIds?: string[] } = {}) => {
    const { body } = await api.call('POST', `/v1/flows/${id}/run`, order.exportIds && { _exportIds: order.exportIds })
    await ask(api.config, `update sluice.jobs set status = $2, started_at = $3, created_at = $3, ended_at = now() where _id = $1`, [
      body._jobId,
      status,
      startedAt,
    ])
  }

  test('the start of the last run that completed; nothing before there is one', async () => {
    expect(await since(flow)).toEqual({})
    await ran(flow, '2026-03-01T08:00:00.000Z', { status: 'failed' })
    expect(await since(flow)).toEqual({})
    await ran(flow, '2026-03-02T08:00:00.000Z')
    await ran(flow, '2026-03-03T08:00:00.000Z')
    await ran(flow, '2026-03-04T08:00:00.000Z', { status: 'canceled' })
    expect(await since(flow)).toEqual({ lastExportDateTime: '2026-03-03T08:00:00.000Z' })
  })

  test('of several page generators the one that is furthest back', async () => {
    const other = (await make(api, 'exports', samples.exports(ids)))._id as string
    const pageGenerators = [{ _exportId: ids.exports }, { _exportId: other }]
    const { _id } = await make(api, 'flows', { ...samples.flows(ids), pageGenerators })
    await ran(_id, '2026-03-02T08:00:00.000Z')
    await ran(_id, '2026-03-05T08:00:00.000Z', { exportIds: [other] })
    expect(await since(_id)).toEqual({ lastExportDateTime: '2026-03-02T08:00:00.000Z' })
  })

  test('of a flow that stays behind another one: the last run of that one', async () => {
    await ran(flow, '2026-03-02T08:00:00.000Z')
    const behind = { ...samples.flows(ids), _keepDeltaBehindFlowId: flow }
    const { _id } = await make(api, 'flows', behind)
    await ran(_id, '2026-03-09T08:00:00.000Z')
    expect(await since(_id)).toEqual({ lastExportDateTime: '2026-03-02T08:00:00.000Z' })
  })

  test('of an unknown flow is 404', async () => {
    expect((await api.call('GET', `/v1/flows/${nobody}/lastExportDateTime`)).status).toBe(404)
  })
})
