/** References between documents: each is checked when it is written, wherever in the document it stands, and named when it is refused. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Collection } from '../../src/contract/resources/index.ts'
import { apiForFile } from '../harness/api.ts'
import { makeOneOfEach, nobody, samples, type Body, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let theirs: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  theirs = await makeOneOfEach(api.stranger)
})

type Case = readonly [field: string, collection: Collection, target: Collection, body: (id: string) => Body]
const cases: readonly Case[] = [
  ['_parentId', 'integrations', 'integrations', (id) => ({ _parentId: id })],
  [
    'installSteps.1._scriptId',
    'integrations',
    'scripts',
    (id) => ({
      installSteps: [
        { name: 'a', type: 'hidden' },
        { name: 'b', type: 'hidden', _scriptId: id },
      ],
    }),
  ],
  [
    'installSteps.0._connectionId',
    'integrations',
    'connections',
    (id) => ({ installSteps: [{ name: 'a', type: 'connection', _connectionId: id }] }),
  ],
  ['install.0._connectionId', 'integrations', 'connections', (id) => ({ install: [{ _connectionId: id }] })],
  ['preSave._scriptId', 'integrations', 'scripts', (id) => ({ preSave: { function: 'f', _scriptId: id } })],
  ['settingsForm.init._scriptId', 'integrations', 'scripts', (id) => ({ settingsForm: { init: { function: 'f', _scriptId: id } } })],
  [
    'flowGroupings.0.settingsForm.init._scriptId',
    'integrations',
    'scripts',
    (id) => ({ flowGroupings: [{ name: 'g', settingsForm: { init: { function: 'f', _scriptId: id } } }] }),
  ],
  ['_borrowConcurrencyFromConnectionId', 'connections', 'connections', (id) => ({ _borrowConcurrencyFromConnectionId: id })],
  ['_connectionId', 'exports', 'connections', (id) => ({ _connectionId: id })],
  ['hooks.preSavePage._scriptId', 'exports', 'scripts', (id) => ({ hooks: { preSavePage: { function: 'f', _scriptId: id } } })],
  ['_connectionId', 'imports', 'connections', (id) => ({ _connectionId: id })],
  ['_integrationId', 'imports', 'integrations', (id) => ({ _integrationId: id })],
  ['hooks.postSubmit._scriptId', 'imports', 'scripts', (id) => ({ hooks: { postSubmit: { function: 'f', _scriptId: id } } })],
  ['_integrationId', 'flows', 'integrations', (id) => ({ _integrationId: id })],
  ['pageGenerators.0._exportId', 'flows', 'exports', (id) => ({ pageGenerators: [{ _exportId: id }] })],
  [
    'pageProcessors.1._importId',
    'flows',
    'imports',
    (id) => ({
      pageProcessors: [
        { type: 'export', _exportId: ids.exports },
        { type: 'import', _importId: id },
      ],
    }),
  ],
  [
    'pageProcessors.0.hooks.postResponseMap._scriptId',
    'flows',
    'scripts',
    (id) => ({
      pageProcessors: [{ type: 'import', _importId: ids.imports, hooks: { postResponseMap: { function: 'f', _scriptId: id } } }],
    }),
  ],
  [
    'routers.0.branches.0.pageProcessors.0._importId',
    'flows',
    'imports',
    (id) => ({
      pageProcessors: [],
      routers: [{ id: 'r', branches: [{ name: 'b', pageProcessors: [{ type: 'import', _importId: id }] }] }],
    }),
  ],
  ['_runNextFlowIds.1', 'flows', 'flows', (id) => ({ _runNextFlowIds: [ids.flows, id] })],
]

describe.each(cases)('%s of %s', (field, collection, target, body) => {
  const complete = (id: string): Body => ({ ...samples[collection](ids), ...body(id) })

  test('takes an id of the account', async () => {
    expect((await api.call('POST', `/v1/${collection}`, complete(ids[target]))).status).toBe(201)
  })

  test("refuses an unknown id, another account's and one of another type alike, on create and on replace", async () => {
    const other = ids[target === 'scripts' ? 'imports' : 'scripts']
    for (const id of [nobody, theirs[target], other]) {
      for (const [method, path] of [
        ['POST', `/v1/${collection}`],
        ['PUT', `/v1/${collection}/${ids[collection]}`],
      ] as const) {
        const { status, body: answer } = await api.call(method, path, complete(id))
        expect({ status, answer }).toEqual({
          status: 422,
          answer: { errors: [{ code: 'invalid_ref', message: `There is no document ${id} in ${target}.`, field }] },
        })
      }
    }
  })

  test('refuses what is no id', async () => {
    for (const id of ['abc', '', 5 as unknown as string]) {
      const { status, body: answer } = await api.call('POST', `/v1/${collection}`, complete(id))
      expect({ status, codes: answer.errors.map(({ code }: { code: string }) => code) }).toMatchObject({ status: 422 })
      expect(answer.errors[0]).toMatchObject({ code: 'invalid_field', field })
    }
  })
})

test('every reference that fails is named', async () => {
  const { status, body } = await api.call('POST', '/v1/flows', {
    name: 'a',
    _integrationId: nobody,
    pageGenerators: [{ _exportId: ids.exports }, { _exportId: nobody }],
  })
  expect(status).toBe(422)
  expect(body.errors.map(({ field }: { field: string }) => field).toSorted()).toEqual(['_integrationId', 'pageGenerators.1._exportId'])
})

test('a reference to a deleted document is refused', async () => {
  const { body: script } = await api.call('POST', '/v1/scripts', samples.scripts(ids))
  await api.call('DELETE', `/v1/scripts/${script._id}`)
  const answer = await api.call('POST', '/v1/integrations', { name: 'a', preSave: { function: 'f', _scriptId: script._id } })
  expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 422, code: 'invalid_ref' })
})

test('ids in open objects are values, not references', async () => {
  expect((await api.call('POST', '/v1/integrations', { name: 'a', settings: { _exportId: nobody } })).status).toBe(201)
})

describe('a flow', () => {
  test('is in a group that its integration has, or in none', async () => {
    const { body: integration } = await api.call('POST', '/v1/integrations', { name: 'a', flowGroupings: [{ name: 'g' }] })
    const group = integration.flowGroupings[0]._id
    const flow = (more: Body) => api.call('POST', '/v1/flows', { name: 'f', ...more })
    expect((await flow({ _integrationId: integration._id, _flowGroupingId: group })).status).toBe(201)
    for (const more of [{ _integrationId: ids.integrations, _flowGroupingId: group }, { _flowGroupingId: group }]) {
      const { status, body } = await flow(more)
      expect({ status, ...body.errors[0] }).toMatchObject({ status: 422, code: 'invalid_ref', field: '_flowGroupingId' })
    }
  })

  test('has page processors or routers, not both', async () => {
    const { status, body } = await api.call('POST', '/v1/flows', {
      ...samples.flows(ids),
      routers: [{ id: 'r', branches: [{ name: 'b', pageProcessors: [] }] }],
    })
    expect({ status, ...body.errors[0] }).toMatchObject({ status: 422, code: 'invalid_field', field: 'routers' })
  })
})
