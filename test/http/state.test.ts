/** State: values by key that scripts and callers remember, of an environment as a whole and of its documents. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { makeOneOfEach, nobody, type Ids } from '../harness/samples.ts'
import { ask } from '../harness/database.ts'
import { makeEnvironment } from '../harness/environment.ts'

const api = apiForFile()
let ids: Ids
let envId: string
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})

const types = ['integrations', 'flows', 'exports', 'imports', 'connections'] as const
const places = [['the environment', undefined, 204] as const, ...types.map((type) => [type, type, 200] as const)]

describe.each(places)('the state of %s', (_name, type, deleted) => {
  const at = (key = ''): string => `/v1/${type ? `${type}/${ids[type]}/` : ''}state${key && `/${key}`}`
  const own = (): string => (type ? ids[type] : '')
  /** Of an integration the answer tells the hash of its definition, too. */
  const hash = type === 'integrations' ? { hash: expect.stringMatching(/^[0-9a-f]{64}$/) } : {}

  test('keeps any JSON under a key, lists its keys in order, and deletes one or all', async () => {
    expect(await api.call('GET', at())).toMatchObject({ status: 200, body: { keys: [] } })
    for (const [key, value] of [
      ['b', { n: [1, null] }],
      ['a', 'text'],
      ['c', false],
      ['d%2Fe', null],
    ] as const)
      expect(await api.call('PUT', at(key), JSON.stringify(value))).toMatchObject({ status: 200, text: 'Created' })
    expect((await api.call('GET', at())).body).toEqual({ keys: ['a', 'b', 'c', 'd/e'], ...hash })
    expect((await api.call('GET', at('b'))).body).toEqual({ n: [1, null] })
    const again = await api.call('PUT', at('b'), { n: 2 })
    expect({ ...again, type: again.headers.get('content-type') }).toMatchObject({
      status: 200,
      text: 'OK',
      type: expect.stringMatching(/^text\/plain/),
    })
    expect((await api.call('GET', at('b'))).body).toEqual({ n: 2 })
    expect(await api.call('DELETE', at('a'))).toMatchObject({ status: deleted, text: deleted === 200 ? 'OK' : '' })
    expect((await api.call('GET', at('a'))).status).toBe(404)
    expect((await api.call('DELETE', at('a'))).status).toBe(404)
    expect(await api.call('DELETE', at())).toMatchObject({ status: deleted, text: deleted === 200 ? 'OK' : '' })
    expect((await api.call('GET', at())).body).toEqual({ keys: [], ...hash })
  })

  test('is bounded in keys and in the length of a key and of a value, and a refusal stores nothing', async () => {
    const refused = ({ status, body }: Answer): void =>
      expect({ status, code: body.errors[0].code }).toEqual({ status: 422, code: 'state_limit' })
    refused(await api.call('PUT', at('long'), { text: 'x'.repeat(1_000_000) }))
    for (let n = 0; n < 1000; n++) await api.world.store.state.put(envId, own(), `k${n}`, '1')
    refused(await api.call('PUT', at('one-more'), '1'))
    expect(await api.call('PUT', at('k7'), '2')).toMatchObject({ status: 200, text: 'OK' })
    expect((await api.call('GET', at())).body.keys).toHaveLength(1000)
    await api.call('DELETE', at())
  })

  test('is the state of nothing else: neither lists nor deletes what is filed elsewhere', async () => {
    for (const [, each] of places) await api.call('PUT', `/v1/${each ? `${each}/${ids[each]}/` : ''}state/of-${each ?? 'environment'}`, '1')
    expect((await api.call('GET', at())).body).toEqual({ keys: [`of-${type ?? 'environment'}`], ...hash })
    await api.call('DELETE', at())
    for (const [, each] of places)
      expect((await api.call('GET', `/v1/${each ? `${each}/${ids[each]}/` : ''}state`)).body.keys).toHaveLength(each === type ? 0 : 1)
    for (const [, each] of places) await api.call('DELETE', `/v1/${each ? `${each}/${ids[each]}/` : ''}state`)
  })

  test("is not another account's", async () => {
    await api.call('PUT', at('a'), '1')
    expect((await api.stranger('GET', at('a'))).status).toBe(404)
    expect((await api.stranger('DELETE', at('a'))).status).toBe(404)
    const emptied = await api.stranger('DELETE', at())
    expect(emptied.status).toBe(type ? 404 : 204)
    expect((await api.call('GET', at('a'))).body).toBe(1)
    await api.call('DELETE', at())
  })
})

describe.each(types)('the state of %s that are deleted', (type) => {
  test('is not to be had, comes back with a restored one, and is gone with a purged one', async () => {
    const mine = await makeOneOfEach(api.call)
    const at = `/v1/${type}/${mine[type]}/state/last`
    await api.call('PUT', at, { n: 7 })
    // What is in use stays: those that use it go first.
    for (const each of ['tools', 'apis', 'asynchelpers', 'flows', 'exports', 'imports'] as const)
      if (each !== type && type !== 'integrations') await api.call('DELETE', `/v1/${each}/${mine[each]}`)
    expect((await api.call('DELETE', `/v1/${type}/${mine[type]}`)).status).toBe(204)
    expect((await api.call('GET', at)).status).toBe(404)
    expect((await api.call('PUT', at, '1')).status).toBe(404)
    expect((await api.call('POST', `/v1/recycleBinTTL/${type}/${mine[type]}/doCascadeRestore`)).status).toBe(200)
    expect((await api.call('GET', at)).body).toEqual({ n: 7 })
    expect((await api.call('DELETE', `/v1/${type}/${mine[type]}`)).status).toBe(204)
    expect((await api.call('DELETE', `/v1/recycleBinTTL/${type}/${mine[type]}`)).status).toBe(204)
    expect(await ask(api.config, 'select key from sluice.integration_state where integration_id = $1', [mine[type]])).toEqual([])
  })
})

test('an environment has a state of its own, which goes with it', async () => {
  const { _id: environment, call: there } = await makeEnvironment(api)
  await there('PUT', '/v1/state/a', '"there"')
  expect((await api.call('GET', '/v1/state/a')).status).toBe(404)
  await api.call('PUT', '/v1/state/a', '"here"')
  expect((await there('GET', '/v1/state/a')).body).toBe('there')
  expect((await api.call('DELETE', `/v1/environments/${environment}`)).status).toBe(204)
  expect(await ask(api.config, 'select key from sluice.integration_state where env_id = $1', [environment])).toEqual([])
  expect((await api.call('GET', '/v1/state/a')).body).toBe('here')
})

test('of an unknown document is 404', async () => {
  for (const type of types) {
    expect((await api.call('GET', `/v1/${type}/${nobody}/state`)).status).toBe(404)
    expect((await api.call('PUT', `/v1/${type}/${nobody}/state/a`, '1')).status).toBe(404)
  }
})
