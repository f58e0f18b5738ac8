/** How an integration and its children are built: steps, groups and connections, one level deep. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { makeOneOfEach, nobody, type Body, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let theirs: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  theirs = await makeOneOfEach(api.stranger)
})

const make = async (body: Body) => (await api.call('POST', '/v1/integrations', body)).body
const tree = (id: string) => api.call('GET', `/v1/integrations/${id}/tree/metadata`)
const emptyLists = {
  installSteps: [],
  uninstallSteps: [],
  changeEditionSteps: [],
  flowGroupings: [],
  apiGroupings: [],
  _registeredConnectionIds: [],
}

describe('200', () => {
  test('lists that the integration does not have are empty, and so are its children', async () => {
    const { _id, name, createdAt, lastModified } = await make({ name: 'plain', settings: { hidden: true } })
    expect(await tree(_id)).toMatchObject({ status: 200 })
    expect((await tree(_id)).body).toEqual({ integration: { _id, name, createdAt, lastModified, ...emptyLists }, childIntegrations: [] })
  })

  test('steps, groups, connections and mode are those of the integration', async () => {
    const parts = {
      mode: 'install',
      version: '1.2.3',
      childDisplayName: 'Store',
      installSteps: [{ name: 'Connect', type: 'connection', _connectionId: ids.connections, completed: false, extra: { kept: true } }],
      uninstallSteps: [{ name: 'Remove', type: 'hidden', function: 'remove', _scriptId: ids.scripts }],
      changeEditionSteps: [{ name: 'Change', type: 'edition' }],
    }
    const made = await make({ name: 'app', ...parts, flowGroupings: [{ name: 'Orders' }], apiGroupings: [{ name: 'Public' }] })
    await api.call('PUT', `/v1/integrations/${made._id}/connections/${ids.connections}/register`)
    const { lastModified } = (await api.call('GET', `/v1/integrations/${made._id}`)).body
    const { status, body } = await tree(made._id)
    expect(status).toBe(200)
    expect(body.integration).toEqual({
      _id: made._id,
      name: 'app',
      ...parts,
      flowGroupings: made.flowGroupings,
      apiGroupings: made.apiGroupings,
      _registeredConnectionIds: [ids.connections],
      createdAt: made.createdAt,
      lastModified,
    })
    expect(made.flowGroupings[0]._id).toMatch(/^[0-9a-f]{24}$/)
  })

  test('children have the same form; theirs and deleted ones do not show', async () => {
    const parent = await make({ name: 'parent' })
    const children = [await make({ name: 'a', _parentId: parent._id, mode: 'settings' }), await make({ name: 'b', _parentId: parent._id })]
    const deleted = await make({ name: 'c', _parentId: parent._id })
    await make({ name: 'grandchild', _parentId: children[0]._id })
    await api.call('DELETE', `/v1/integrations/${deleted._id}`)
    const { body } = await tree(parent._id)
    expect(body.childIntegrations).toEqual([
      { _id: children[0]._id, name: 'a', mode: 'settings', _parentId: parent._id, ...stampsOf(children[0]), ...emptyLists },
      { _id: children[1]._id, name: 'b', _parentId: parent._id, ...stampsOf(children[1]), ...emptyLists },
    ])
    expect((await tree(children[0]._id)).body.childIntegrations.map(({ name }: Body) => name)).toEqual(['grandchild'])
  })
})

const stampsOf = ({ createdAt, lastModified }: Body) => ({ createdAt, lastModified })

test("404 for an unknown integration, a deleted one, another account's and what is no id", async () => {
  const { _id: deleted } = await make({ name: 'gone' })
  await api.call('DELETE', `/v1/integrations/${deleted}`)
  for (const id of [nobody, deleted, theirs.integrations, ids.flows, 'abc']) {
    const { status, body } = await tree(id)
    expect({ id, status, code: body.errors[0].code }).toEqual({ id, status: 404, code: 'invalid_ref' })
  }
})

test('401 without a valid token', async () => {
  const { status } = await api.call('GET', `/v1/integrations/${ids.integrations}/tree/metadata`, undefined, { authorization: 'Bearer x' })
  expect(status).toBe(401)
})
