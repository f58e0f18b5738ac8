/** Finding documents of every type by the words of their names. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'
import { makeEnvironment } from '../harness/environment.ts'
import { make } from '../harness/flows.ts'

const api = apiForFile()
let mine: string

beforeAll(async () => {
  mine = (await make(api, 'integrations', { name: 'Nightly Orders 100%' }))._id
  const connection = { name: 'Shop of orders', type: 'http', http: { baseURI: 'https://shop.example', mediaType: 'json' } }
  await make(api, 'connections', connection)
  await make(api, 'flows', { name: 'Orders, nightly', _integrationId: mine })
  await make(api, 'flows', { name: 'Elsewhere nightly', _integrationId: (await make(api, 'integrations', { name: 'Other' }))._id })
  await make(api, 'tags', { tag: 'nightly desk' })
})

const search = async (q: string, call = api.call, more = ''): Promise<unknown[]> => {
  const { status, body = [] } = await call('GET', `/v1/search?q=${encodeURIComponent(q)}${more}`)
  return status === 204 ? [] : body
}
const namesOf = async (...asked: Parameters<typeof search>): Promise<string[]> =>
  (await search(...asked)).map((found) => (found as { name: string }).name)

describe('search', () => {
  test('finds names that have all words, whatever their order and case; those that begin so come first', async () => {
    expect(await namesOf('NIGHTLY')).toEqual(['nightly desk', 'Nightly Orders 100%', 'Elsewhere nightly', 'Orders, nightly'])
    expect(await namesOf('orders nightly')).toEqual(['Nightly Orders 100%', 'Orders, nightly'])
    expect(await namesOf('100%')).toEqual(['Nightly Orders 100%'])
    expect(await namesOf('n_ghtly')).toEqual([])
    expect(await namesOf('   ')).toEqual([])
  })

  test('says what was found, and finds a document by its id', async () => {
    expect(await search('shop of')).toEqual([{ collection: 'connections', _id: expect.any(String), name: 'Shop of orders', type: 'http' }])
    expect(await search(mine)).toEqual([{ collection: 'integrations', _id: mine, name: 'Nightly Orders 100%' }])
  })

  test('answers as many as are asked for, and refuses too much', async () => {
    expect(await search('nightly', api.call, '&limit=2')).toHaveLength(2)
    expect((await api.call('GET', `/v1/search?q=${'x'.repeat(201)}`)).status).toBe(400)
    expect((await api.call('GET', '/v1/search')).status).toBe(400)
  })

  test('finds nothing of the recycle bin, of another environment, of another account, or beyond the reach of a user', async () => {
    const gone = await make(api, 'scripts', { name: 'Gone nightly', content: 'function a() {}' })
    await api.call('DELETE', `/v1/scripts/${gone._id}`)
    expect(await namesOf('gone')).toEqual([])
    const sandbox = await makeEnvironment(api)
    expect(await namesOf('nightly', sandbox.call)).toEqual([])
    expect(await namesOf('nightly', api.stranger as typeof api.call)).toEqual([])
    const terms = { integrationAccessLevel: [{ _integrationId: mine, accessLevel: 'monitor' }] }
    const watcher = await colleague(api, 'watcher@example.com', terms)
    expect(await namesOf('nightly', watcher.call)).toEqual(['nightly desk', 'Nightly Orders 100%', 'Orders, nightly'])
  })
})
