/** Retry data of a step: the newest 20,000 are kept, and what is older is told of no more. Removing it costs a commit little. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { makeOneOfEach, nobody, type Ids } from '../harness/samples.ts'

let api: Api
let ids: Ids
let envId: string
beforeAll(async () => {
  api = await startApi()
  ids = await makeOneOfEach(api.call)
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})
afterAll(() => api.close())

let made = 0
/** Errors of records that failed one after the other; answers their retry data keys. */
async function fail(count: number, stepId: string): Promise<string[]> {
  const errors = Array.from({ length: count }, () => {
    const errorId = api.world.newId()
    const occurredAt = new Date(Date.UTC(2026, 0, 1) + ++made).toISOString()
    const stamps = { errorId, occurredAt, _flowJobId: nobody, source: 'application', code: '422', message: 'no' }
    return { ...stamps, retryDataKey: `key-${errorId}`, stepId, retry: { data: { n: made } } }
  })
  await api.world.store.transaction((rows) => rows.flowErrors.add(envId, ids.flows, errors))
  return errors.map(({ retryDataKey }) => retryDataKey)
}

const kept = async (stepId: string): Promise<number> =>
  (await api.database.pool.query<{ count: number }>(`select count(*) from sluice.retry_data where step_id = $1`, [stepId])).rows[0]
    ?.count ?? 0
const path = (rest: string): string => `/v1/flows/${ids.flows}/${ids.imports}/${rest}`

describe('of more than 20,000', () => {
  it('the oldest are gone: their errors are open, name no retry data, and are not sent again', async () => {
    const oldest = await fail(3, ids.imports)
    for (let page = 0; page < 20; page++) await fail(1000, ids.imports)
    expect(await kept(ids.imports)).toBe(20_000)
    const [gone = ''] = oldest
    const [next = ''] = await fail(1, ids.imports)
    expect(await kept(ids.imports)).toBe(20_000)

    const { body } = await api.call('GET', path(`errors?occurredAt_lte=${new Date(Date.UTC(2026, 0, 1) + 5).toISOString()}`))
    expect(body.errors.map(({ retryDataKey }: { retryDataKey?: string }) => retryDataKey !== undefined)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
    expect((await api.call('GET', `/v1/flows/${ids.flows}/errors`)).body.flowErrors).toContainEqual(
      expect.objectContaining({ _expOrImpId: ids.imports, numError: 20_004 }),
    )
    const says = expect.stringContaining('A step keeps the records of its newest 20,000 errors.')
    for (const method of ['GET', 'PUT'])
      expect(await api.call(method, path(`${gone}/data`), method === 'PUT' ? { data: 1 } : undefined)).toMatchObject({
        status: 404,
        body: { errors: [{ message: says }] },
      })
    expect((await api.call('GET', path(`${next}/data`))).status).toBe(200)
    const errorId = body.errors.at(-1).errorId as string
    for (const [field, sent] of [
      ['retryDataKeys', { retryDataKeys: [gone, next] }],
      ['errorIds', { errorIds: [errorId] }],
    ] as const)
      expect(await api.call('POST', path('retry'), sent)).toMatchObject({
        status: 422,
        body: { errors: [{ code: 'invalid_ref', field, message: says }] },
      })
    expect((await api.call('PUT', path('resolved'), { errors: [errorId] })).status).toBe(204)
  })

  it('of what an older version left, a commit removes some and no more', async () => {
    const stepId = ids.exports
    await api.database.pool.query(
      `insert into sluice.retry_data (env_id, flow_id, step_id, retry_data_key, data) select $1, $2, $3, 'old-' || n, '{}' from generate_series(1, 5000) n`,
      [envId, ids.flows, stepId],
    )
    for (let page = 0; page < 20; page++) await fail(1000, stepId)
    expect(await kept(stepId)).toBe(25_000)
    await fail(1, stepId)
    expect(await kept(stepId)).toBe(24_000)
    for (let page = 0; page < 4; page++) await fail(1, stepId)
    expect(await kept(stepId)).toBe(20_000)
  })
})

it('each step has its own', async () => {
  const before = await kept(ids.imports)
  await fail(5, 'ffffffffffffffffffffffff')
  expect(await kept(ids.imports)).toBe(before)
  expect(await kept('ffffffffffffffffffffffff')).toBe(5)
})
