/** The relatives of an integration, what a pull can leave alone of it, and the header that both ask for. */
import { beforeAll, describe, expect, test } from 'vitest'
import { resources } from '../../src/contract/resources/index.ts'
import { fieldOf, shapeOf, type Shape } from '../../src/contract/walk.ts'
import { apiForFile, type Api } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { nobody } from '../harness/samples.ts'

const api = apiForFile()
let friend: Colleague
const id: Record<string, string> = {}
beforeAll(async () => {
  const sandbox: string = (await api.call('POST', '/v1/environments', { name: 'Sandbox' })).body._id
  id['original'] = (await api.call('POST', '/v1/integrations', { name: 'Original' })).body._id
  id['unrelated'] = (await api.call('POST', '/v1/integrations', { name: 'Unrelated' })).body._id
  const clone = async (name: string, of: string, envId?: string) => {
    const { body } = await api.call('POST', `/v1/integrations/${id[of]}/clone`, {
      name,
      connectionMap: {},
      ...(envId && { _envId: envId }),
    })
    id[name] = body._id
  }
  await clone('first', 'original')
  await clone('of the first', 'first')
  await clone('elsewhere', 'original', sandbox)
  await clone('gone', 'original')
  await clone('of the gone', 'gone')
  await api.call('DELETE', `/v1/integrations/${id['gone']}`)
  // A replacement leaves out what it does not name: the lineage is known all the same.
  await api.call('PUT', `/v1/integrations/${id['first']}`, { name: 'first' })
  friend = await colleague(api, 'friend@example.com', { accessLevel: 'monitor' })
})

const family = (of: string) => `/v1/integrations/${id[of] ?? of}/clonefamily`
const menu = (of: string) => `/v1/integrations/${id[of] ?? of}/iLMIgnore`

describe('the clone family', () => {
  const members = ['Original', 'first', 'of the first', 'elsewhere', 'of the gone']

  test.each(['original', 'first', 'of the first', 'of the gone'])(
    'is the same seen from %s: the original and every clone, across environments',
    async (from) => {
      const { status, body } = await friend.call('GET', family(from))
      expect(status).toBe(200)
      expect(body.map(({ name }: { name: string }) => name).toSorted()).toEqual(members.toSorted())
      const account = body.find(({ name }: { name: string }) => name === 'Original')._envId
      expect(body.filter(({ _envId }: { _envId: string }) => _envId !== account)).toMatchObject([
        { _id: id['elsewhere'], _sourceId: id['original'] },
      ])
    },
  )

  test('of one that was never cloned is itself', async () => {
    expect((await friend.call('GET', family('unrelated'))).body).toMatchObject([{ _id: id['unrelated'], name: 'Unrelated' }])
  })

  test('shows to who has a level in some integrations only what is theirs', async () => {
    const integrationAccessLevel = [{ _integrationId: id['first'], accessLevel: 'monitor' }]
    const watcher = await colleague(api, 'watcher@example.com', { integrationAccessLevel })
    expect((await watcher.call('GET', family('first'))).body).toMatchObject([{ _id: id['first'] }])
    expect((await watcher.call('GET', family('original'))).status).toBe(404)
  })
})

describe('the fields that a pull can leave alone', () => {
  test('by type, in the singular', async () => {
    const { status, body } = await friend.call('GET', menu('original'))
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(expect.arrayContaining(['integration', 'flow', 'export', 'import', 'connection', 'script']))
    expect(body.flow).toEqual(expect.arrayContaining(['schedule', 'disabled']))
    for (const key of Object.keys(body)) expect(key).toMatch(/^[a-z]+$/)
  })

  test.each(Object.values(resources))('$name: every one is a field of the type', ({ body, ignorable }) => {
    const unknown = ignorable.filter((path) => !isField(shapeOf(body), path.split('.')))
    expect(unknown).toEqual([])
  })

  function isField(shape: Shape, [field, ...below]: readonly string[]): boolean {
    if (field === undefined) return true
    const found = fieldOf(shape.items ? shapeOf(shape.items) : shape, field)
    return found === true || (found !== undefined && isField(shapeOf(found), below))
  }
})

describe.each([
  ['clonefamily', family],
  ['iLMIgnore', menu],
])('%s', (_name, at) => {
  const ask = async (who: Api['call'], path: string, headers?: Record<string, string>) => {
    const { status, body } = await who('GET', path, undefined, headers)
    return { status, ...body.errors?.[0] }
  }
  test('403 get_not_allowed without the header, in the documented words', async () => {
    expect(await ask(api.call, at('original'))).toEqual({
      status: 403,
      code: 'get_not_allowed',
      message: 'GET resource not allowed for the given model.',
    })
  })
  test('403 invalid_header_value where it is malformed', async () => {
    expect(await ask(api.call, at('original'), { 'integrator-ashareid': 'x' })).toMatchObject({ status: 403, code: 'invalid_header_value' })
  })
  test("404 access_restricted where it is somebody else's", async () => {
    expect(await ask(api.call, at('original'), { 'integrator-ashareid': friend.ashareId })).toMatchObject({
      status: 404,
      code: 'access_restricted',
    })
  })
  test('404 for an integration that is not there', async () => {
    expect(await ask(friend.call, at(nobody))).toMatchObject({ status: 404, code: 'invalid_ref' })
  })
  test('the owner is answered with strictness', async () => {
    expect(await ask(api.call, at('original'), { prefer: 'handling=strict' })).toMatchObject({ status: 200 })
  })
})
