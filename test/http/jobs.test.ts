/** Runs as callers ask for them and look at them: what a run needs, how jobs are found, and what each refusal says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { makeOneOfEach, nobody, samples, type Body, type Ids } from '../harness/samples.ts'

let api: Api
let ids: Ids
let theirs: Ids
const jobs: string[] = []
/** Ten runs, a second apart, the first at midnight. */
const begin = Date.parse('2026-03-01T00:00:00.000Z')

beforeAll(async () => {
  api = await startApi()
  ids = await makeOneOfEach(api.call)
  theirs = await makeOneOfEach(api.stranger)
  for (let i = 0; i < 10; i += 1) {
    const { body } = await api.call('POST', `/v1/flows/${ids.flows}/run`)
    jobs.push(body._jobId)
    await ask(api.config, `update sluice.jobs set created_at = $2 where _id = $1`, [body._jobId, new Date(begin + i * 1000)])
  }
})
afterAll(() => api.close())

const run = (id: string, body?: unknown) => api.call('POST', `/v1/flows/${id}/run`, body)
const list = (query: string) => api.call('GET', `/v1/jobs?${query}`)
const found = async (query: string): Promise<number[]> => {
  const { status, body } = await list(query)
  if (status === 204) return []
  expect(status).toBe(200)
  // Runs that other tests made are left out.
  return body.map(({ _id }: Body) => jobs.indexOf(_id as string)).filter((at: number) => at >= 0)
}
const newestFirst = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]

describe('a run', () => {
  test('201 with the id of its job, which waits', async () => {
    const { body: flow } = await api.call('POST', '/v1/flows', samples.flows(ids))
    const { status, body } = await run(flow._id)
    expect({ status, keys: Object.keys(body) }).toEqual({ status: 201, keys: ['_jobId'] })
    const job = (await api.call('GET', `/v1/jobs/${body._jobId}`)).body
    expect(job).toMatchObject({ _id: body._jobId, type: 'flow', status: 'queued', _flowId: flow._id, _integrationId: ids.integrations })
    expect(job).toMatchObject({ numExport: 0, numSuccess: 0, numError: 0, numIgnore: 0, retriable: false })
    expect(job).not.toHaveProperty('startedAt')
  })

  test('201 with bounds and with some of its page generators', async () => {
    const { body: flow } = await api.call('POST', '/v1/flows', samples.flows(ids))
    const body = { export: { startDate: '2026-01-01T00:00:00Z', endDate: '2026-02-01T00:00:00.000Z' }, _exportIds: [ids.exports] }
    expect((await run(flow._id, body)).status).toBe(201)
    expect((await run(flow._id, {})).status).toBe(201)
    expect((await run(flow._id, '')).status).toBe(201)
  })

  test('404 for a flow that is not there', async () => {
    for (const id of [nobody, theirs.flows, ids.exports, 'abc']) {
      const { status, body } = await run(id)
      expect({ id, status, code: body.errors[0].code }).toEqual({ id, status: 404, code: 'invalid_ref' })
    }
  })

  test('422 for a flow that is disabled, and for one without a page generator', async () => {
    const { body: off } = await api.call('POST', '/v1/flows', { ...samples.flows(ids), disabled: true })
    const { body: empty } = await api.call('POST', '/v1/flows', { name: 'empty' })
    for (const [flow, field] of [
      [off, 'disabled'],
      [empty, 'pageGenerators'],
    ] as const) {
      const { status, body } = await run(flow._id)
      expect({ status, code: body.errors[0].code, field: body.errors[0].field }).toEqual({ status: 422, code: 'flow_not_runnable', field })
      expect((await list(`_flowId=${flow._id}`)).status).toBe(204)
    }
  })

  test.each([
    ['pageGenerators.0', () => ({ pageGenerators: [{ _exportId: ids.exports, setupInProgress: true }] })],
    ['pageProcessors.0', () => ({ pageProcessors: [{ type: 'import', _importId: ids.imports, setupInProgress: true }] })],
    [
      'routers.0.branches.0.pageProcessors.0',
      () => ({
        pageProcessors: [],
        routers: [{ branches: [{ name: 'all', pageProcessors: [{ type: 'import', _importId: ids.imports, setupInProgress: true }] }] }],
      }),
    ],
  ])('422 for a flow of which a step is still to be set up: %s', async (step, fields) => {
    const { body: flow } = await api.call('POST', '/v1/flows', { ...samples.flows(ids), ...fields() })
    const field = `${step}.setupInProgress`
    expect(await run(flow._id)).toMatchObject({ status: 422, body: { errors: [{ code: 'flow_not_runnable', field }] } })
    expect((await list(`_flowId=${flow._id}`)).status).toBe(204)
  })

  test('422 for a page generator that the flow does not have, and for dates that are none', async () => {
    for (const [body, code] of [
      [{ _exportIds: [nobody] }, 'invalid_ref'],
      [{ _exportIds: ['abc'] }, 'invalid_field'],
      [{ export: { startDate: 'yesterday' } }, 'invalid_field'],
      [[], 'invalid_field'],
    ] as const) {
      const answer = await run(ids.flows, body)
      expect({ body, status: answer.status, code: answer.body.errors[0].code }).toEqual({ body, status: 422, code })
    }
  })
})

describe('a run that is asked for by a field that is not known', () => {
  test.each([
    [{ startDate: '2026-01-01T00:00:00.000Z' }, 'startDate'],
    [{ export: { since: '2026-01-01T00:00:00.000Z' } }, 'export.since'],
    [{ exportIds: [] }, 'exportIds'],
  ])('422 with the field, strict or not, and nothing is put into the queue: %j', async (body, field) => {
    const { body: flow } = await api.call('POST', '/v1/flows', { name: 'Asked wrongly', pageGenerators: [{ _exportId: ids.exports }] })
    const answer = await run(flow._id, body)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ code: 'unknown_field', field }] } })
    expect((await list(`_flowId=${flow._id}`)).status).toBe(204)
  })
})

describe('a job', () => {
  test('404 where there is none of that id in the account', async () => {
    const { body: other } = await api.stranger('POST', `/v1/flows/${theirs.flows}/run`)
    for (const id of [nobody, other._jobId, ids.flows, 'abc'])
      for (const [method, path] of [
        ['GET', `/v1/jobs/${id}`],
        ['PUT', `/v1/jobs/${id}/cancel`],
      ] as const) {
        const { status, body } = await api.call(method, path)
        expect({ status, code: body.errors[0].code }).toEqual({ status: 404, code: 'invalid_ref' })
      }
    expect((await api.stranger('GET', `/v1/jobs/${other._jobId}`)).body.status).toBe('queued')
  })

  test('a waiting one is canceled once: a second time nothing changes', async () => {
    const { body } = await run(ids.flows)
    const first = await api.call('PUT', `/v1/jobs/${body._jobId}/cancel`)
    expect(first).toMatchObject({ status: 200, body: { _id: body._jobId, status: 'canceled', endedAt: expect.any(String) } })
    expect((await api.call('PUT', `/v1/jobs/${body._jobId}/cancel`)).body).toEqual(first.body)
    await ask(api.config, `delete from sluice.jobs where _id = $1`, [body._jobId])
  })
})

describe('a list of jobs', () => {
  const parents = 'For parent jobs, query parameters must contain either "_integrationId" or "_jobId" or "createdAt"'
  const children = 'For child jobs, query parameters must contain either "_flowJobId" or "resourceId"'

  test.each([
    '',
    'type=flow',
    'type=retry',
    'type=bulk_retry',
    'type_in=flow,retry',
    'status=queued',
    'numError_gte=0',
    'type_in=export,flow',
  ])('400 without a scope: "%s"', async (query) => {
    const { status, body } = await list(query)
    expect({ status, body }).toEqual({ status: 400, body: { errors: [{ code: 'invalid_query', message: parents }] } })
  })

  test.each([
    'type=export',
    'type=import',
    'type_in=export,import',
    `type=import&_integrationId=${nobody}`,
    'type=export&createdAt_gte=2026-01-01',
  ])('400 for jobs of steps without a run or a resource: "%s"', async (query) => {
    const { status, body } = await list(query)
    expect({ status, body }).toEqual({ status: 400, body: { errors: [{ code: 'invalid_query', message: children }] } })
  })

  test('newest first, within any one of its scopes', async () => {
    for (const query of [
      `_integrationId=${ids.integrations}`,
      `_flowId=${ids.flows}`,
      `_flowId_in=${nobody},${ids.flows}&_integrationId=${ids.integrations}`,
      `type=flow&_flowId=${ids.flows}`,
      `type_in=retry,flow&_flowId=${ids.flows}`,
      `status=queued&_flowId=${ids.flows}`,
      `status=queued,running&_flowId=${ids.flows}`,
      `retriable=false&_flowId=${ids.flows}`,
      `numError=0&numSuccess_lte=0&_flowId=${ids.flows}`,
    ])
      expect({ query, jobs: await found(query) }).toEqual({ query, jobs: newestFirst })
  })

  test('204 where none fits', async () => {
    for (const query of [
      `_flowId=${nobody}`,
      `status=failed&_flowId=${ids.flows}`,
      `type=export&_flowJobId=${nobody}`,
      `retriable=true&_flowId=${ids.flows}`,
      `numError_gte=1&_flowId=${ids.flows}`,
    ])
      expect(await list(query)).toMatchObject({ status: 204, text: '' })
  })

  test("never another account's", async () => {
    expect((await api.stranger('GET', `/v1/jobs?_flowId=${ids.flows}`)).status).toBe(204)
    expect((await list(`_integrationId=${theirs.integrations}`)).status).toBe(204)
  })

  test('by time in each of the four forms, bounds included', async () => {
    for (const at of ['2026-03-01T00:00:04.000Z', '2026-03-01T00:00:04Z', String(begin + 4000), '2026-03-01T01:00:04%2B01:00']) {
      expect({ at, jobs: await found(`_flowId=${ids.flows}&createdAt_gte=${at}`) }).toEqual({ at, jobs: [9, 8, 7, 6, 5, 4] })
      expect({ at, jobs: await found(`_flowId=${ids.flows}&createdAt_lte=${at}`) }).toEqual({ at, jobs: [4, 3, 2, 1, 0] })
    }
    expect(await found(`createdAt_gte=2026-03-01&_flowId=${ids.flows}`)).toEqual(newestFirst)
    expect(await found(`createdAt_lte=2026-03-01&_flowId=${ids.flows}`)).toEqual([0])
    expect(await found('createdAt_gte=2026-03-01T00:00:08Z&createdAt_lte=2026-03-01T00:00:09Z')).toEqual([9, 8])
  })

  test('pages on with createdAt_lte a millisecond before the last row', async () => {
    const { body } = await list(`_flowId=${ids.flows}&createdAt_gte=2026-03-01T00:00:03Z`)
    const last = Date.parse(body.at(-1).createdAt)
    expect(await found(`_flowId=${ids.flows}&createdAt_lte=${last - 1}`)).toEqual([2, 1, 0])
  })

  test.each([
    ['type=everything', 'type'],
    [`type_in=flow,x&_flowId=${nobody}`, 'type'],
    [`status=done&_flowId=${nobody}`, 'status'],
    ['_flowId=abc', '_flowId'],
    ['_flowId_in=abc', '_flowId_in'],
    ['_integrationId=%00', '_integrationId'],
    ['createdAt_gte=tomorrow', 'createdAt_gte'],
    ['createdAt_lte=2026-13-01', 'createdAt_lte'],
    ['createdAt_gte=999999999999999', 'createdAt_gte'],
    [`retriable=perhaps&_flowId=${nobody}`, 'retriable'],
    [`numError_gte=many&_flowId=${nobody}`, 'numError_gte'],
    [`numError=-1&_flowId=${nobody}`, 'numError'],
    [`numError=99999999999999999999&_flowId=${nobody}`, 'numError'],
    ['_flowId=a&_flowId=b', '_flowId'],
  ])('400 for a value that is none, which names the parameter: %s', async (query, field) => {
    const { status, body } = await list(query)
    expect({ status, code: body.errors[0].code, field: body.errors[0].field }).toEqual({ status: 400, code: 'invalid_query_params', field })
  })
})
