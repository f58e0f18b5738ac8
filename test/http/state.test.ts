/** The state of an integration: values by key that its scripts remember. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { nobody } from '../harness/samples.ts'

let api: Api
let id: string
beforeAll(async () => {
  api = await startApi()
  id = (await api.call('POST', '/v1/integrations', { name: 'A' })).body._id
})
afterAll(() => api.close())

const at = (key = '') => `/v1/integrations/${id}/state${key && `/${key}`}`

describe('the state of an integration', () => {
  test('keeps any JSON under a key, lists its keys in order, and deletes one or all', async () => {
    expect((await api.call('GET', at())).body).toEqual({ keys: [] })
    for (const [key, value] of [
      ['b', { n: [1, null] }],
      ['a', 'text'],
      ['c', false],
    ] as const)
      expect(await api.call('PUT', at(key), JSON.stringify(value))).toMatchObject({ status: 204, text: '' })
    expect((await api.call('GET', at())).body).toEqual({ keys: ['a', 'b', 'c'] })
    expect((await api.call('GET', at('b'))).body).toEqual({ n: [1, null] })
    await api.call('PUT', at('b'), { n: 2 })
    expect((await api.call('GET', at('b'))).body).toEqual({ n: 2 })
    expect((await api.call('DELETE', at('a'))).status).toBe(204)
    expect((await api.call('GET', at('a'))).status).toBe(404)
    expect((await api.call('DELETE', at('a'))).status).toBe(404)
    expect((await api.call('DELETE', at())).status).toBe(204)
    expect((await api.call('GET', at())).body).toEqual({ keys: [] })
  })

  test('is bounded in keys and in the length of a value, and a refusal stores nothing', async () => {
    const long = await api.call('PUT', at('long'), { text: 'x'.repeat(1_000_000) })
    expect({ status: long.status, code: long.body.errors[0].code }).toEqual({ status: 422, code: 'state_limit' })
    const { accountId } = { accountId: (await api.call('GET', '/v1/tokenInfo')).body._userId }
    for (let n = 0; n < 1000; n++) await api.world.store.state.put(accountId, id, `k${n}`, '1')
    expect((await api.call('PUT', at('one-more'), '1')).body.errors[0].code).toBe('state_limit')
    expect((await api.call('PUT', at('k7'), '2')).status).toBe(204)
    expect((await api.call('GET', at())).body.keys).toHaveLength(1000)
    await api.call('DELETE', at())
  })

  test("of an unknown integration, or of another account's, is 404", async () => {
    expect((await api.call('GET', `/v1/integrations/${nobody}/state`)).status).toBe(404)
    expect((await api.call('PUT', `/v1/integrations/${nobody}/state/a`, '1')).status).toBe(404)
    await api.call('PUT', at('a'), '1')
    for (const [method, key] of [
      ['GET', ''],
      ['GET', 'a'],
      ['PUT', 'a'],
      ['DELETE', 'a'],
      ['DELETE', ''],
    ] as const)
      expect((await api.stranger(method, at(key), method === 'PUT' ? { mine: true } : undefined)).status).toBe(404)
    expect((await api.call('GET', at('a'))).body).toBe(1)
  })
})
