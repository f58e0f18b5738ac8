/** Integrations beyond what every document does: patches, the groups of their flows, and what their deletion takes along. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { makeOneOfEach, nobody, samples, type Body, type Ids } from '../harness/samples.ts'

let api: Api
let ids: Ids
beforeAll(async () => {
  api = await startApi()
})
beforeEach(async () => {
  ids = await makeOneOfEach(api.call)
})
afterAll(() => api.close())

const at = () => `/v1/integrations/${ids.integrations}`
const patch = (body: unknown, to = at(), headers = {}) => api.call('PATCH', to, body, headers)
const read = async (path = at()) => (await api.call('GET', path)).body
const exists = async (collection: string, id: string) => (await api.call('GET', `/v1/${collection}/${id}`)).status === 200

describe('a patch', () => {
  describe('204', () => {
    test.each([
      ['/settings', { theme: 'dark' }],
      ['/settings', {}],
      ['/flowGroupings', []],
      ['/apiGroupings', []],
      ['/iLMIgnore', { flow: ['schedule'], connection: ['http.baseURI'] }],
    ])('%s is replaced as a whole, without a body', async (path, value) => {
      const before = await read()
      expect(await patch([{ op: 'replace', path, value }])).toMatchObject({ status: 204, text: '' })
      const { lastModified, ...after } = await read()
      expect(after).toEqual({ ...before, lastModified: undefined, [path.slice(1)]: value })
      expect(Date.parse(lastModified)).toBeGreaterThanOrEqual(Date.parse(before.lastModified))
    })

    test('groups get ids, and keep them when they are sent again', async () => {
      await patch([{ op: 'replace', path: '/flowGroupings', value: [{ name: 'a' }, { name: 'b' }] }])
      const { flowGroupings: first } = await read()
      expect(first.map(({ _id }: Body) => _id)).toEqual([expect.stringMatching(/^[0-9a-f]{24}$/), expect.stringMatching(/^[0-9a-f]{24}$/)])
      await patch([{ op: 'replace', path: '/flowGroupings', value: [{ name: 'b' }, { name: 'new' }, first[0]] }])
      const { flowGroupings: second } = await read()
      expect(second).toEqual([first[1], { name: 'new', _id: expect.stringMatching(/^[0-9a-f]{24}$/) }, first[0]])
    })

    test('several operations in one request, the last on a path wins', async () => {
      const answer = await patch([
        { op: 'replace', path: '/settings', value: { a: 1 } },
        { op: 'replace', path: '/iLMIgnore', value: { flow: [] } },
        { op: 'replace', path: '/settings', value: { b: 2 } },
      ])
      expect(answer.status).toBe(204)
      expect(await read()).toMatchObject({ settings: { b: 2 }, iLMIgnore: { flow: [] } })
    })

    test('as application/json-patch+json', async () => {
      const body = [{ op: 'replace', path: '/settings', value: { a: 1 } }]
      expect((await patch(body, at(), { 'content-type': 'application/json-patch+json' })).status).toBe(204)
    })
  })

  describe('404', () => {
    test('of an integration that is not there, is of another account, or is none', async () => {
      const theirs = await makeOneOfEach(api.stranger)
      for (const id of [nobody, theirs.integrations, ids.flows, 'abc']) {
        const { status, body } = await patch([{ op: 'replace', path: '/settings', value: {} }], `/v1/integrations/${id}`)
        expect({ status, code: body.errors[0].code }).toEqual({ status: 404, code: 'invalid_ref' })
      }
      expect((await api.stranger('GET', `/v1/integrations/${theirs.integrations}`)).body.settings).not.toEqual({})
    })
  })

  describe('422, and nothing changes', () => {
    test.each([
      '/name',
      '/settings/region',
      '/_id',
      '/settings/',
      'settings',
      '',
      '/',
      '/flowGroupings/0/name',
      '/SETTINGS',
      '/mode',
      '/__proto__',
    ])('the path "%s": "<path> is not a whitelisted property"', async (path) => {
      const before = await read()
      const { status, body } = await patch([
        { op: 'replace', path: '/settings', value: { changed: true } },
        { op: 'replace', path, value: 'x' },
      ])
      expect({ status, ...body.errors[0] }).toEqual({
        status: 422,
        code: 'invalid_patch',
        message: `${path} is not a whitelisted property`,
        field: path,
      })
      expect(await read()).toEqual(before)
    })

    test.each([
      ['add', [{ op: 'add', path: '/settings', value: {} }]],
      ['remove', [{ op: 'remove', path: '/settings' }]],
      ['test', [{ op: 'test', path: '/settings', value: {} }]],
      ['an unknown operation', [{ op: 'merge', path: '/settings', value: {} }]],
      ['an operation in other letters', [{ op: 'REPLACE', path: '/settings', value: {} }]],
      ['no operation', [{ path: '/settings', value: {} }]],
      ['no path', [{ op: 'replace', value: {} }]],
      ['no value', [{ op: 'replace', path: '/settings' }]],
      ['settings that are no object', [{ op: 'replace', path: '/settings', value: 'x' }]],
      ['settings that are null', [{ op: 'replace', path: '/settings', value: null }]],
      ['settings that are a list', [{ op: 'replace', path: '/settings', value: [] }]],
      ['groups that are no list', [{ op: 'replace', path: '/flowGroupings', value: {} }]],
      ['a group that is no object', [{ op: 'replace', path: '/flowGroupings', value: ['a'] }]],
      ['a group without a name', [{ op: 'replace', path: '/flowGroupings', value: [{}] }]],
      ['a group whose name is no text', [{ op: 'replace', path: '/flowGroupings', value: [{ name: 5 }] }]],
      ['a group whose id is none', [{ op: 'replace', path: '/apiGroupings', value: [{ name: 'a', _id: 'x' }] }]],
      [
        'a group whose form refers to nothing',
        [{ op: 'replace', path: '/flowGroupings', value: [{ name: 'g', settingsForm: { init: { _scriptId: nobody } } }] }],
      ],
      ['no operation at all', []],
      ['an object', { op: 'replace', path: '/settings', value: {} }],
      ['null', null],
      ['a list of what are no operations', ['replace', 5, null]],
    ])('%s', async (_what, operations) => {
      const before = await read()
      const { status, body } = await patch(operations === null ? 'null' : operations)
      expect({ status, code: body?.errors[0].code }).toEqual({ status: 422, code: expect.any(String) })
      expect(await read()).toEqual(before)
    })
  })

  test('400: malformed JSON and an empty body', async () => {
    for (const body of ['[{', '']) expect((await patch(body)).status).toBe(400)
  })
})

describe('errors of the flows', () => {
  test('400 for an id that cannot be decoded', async () => {
    const { status, body } = await api.call('GET', '/v1/integrations/%zz/errors')
    expect({ status, code: body.errors[0].code }).toEqual({ status: 400, code: 'bad_request' })
  })

  test('204 where no flow has an open error, and where there is no flow', async () => {
    expect(await api.call('GET', `${at()}/errors`)).toMatchObject({ status: 204, text: '' })
    const { body } = await api.call('POST', '/v1/integrations', { name: 'empty' })
    expect((await api.call('GET', `/v1/integrations/${body._id}/errors`)).status).toBe(204)
  })

  test('200 with an entry for every flow as long as any has one; lastErrorAt only where one is open', async () => {
    const { body: quiet } = await api.call('POST', '/v1/flows', samples.flows(ids))
    const { envId, occurredAt } = {
      envId: (await api.call('GET', '/v1/tokenInfo')).body._userId,
      occurredAt: '2026-01-02T03:04:05.678Z',
    }
    await api.world.store.transaction((rows) =>
      rows.flowErrors.add(envId, ids.flows, [
        {
          errorId: api.world.newId(),
          occurredAt,
          source: 'application',
          code: '500',
          message: 'no',
          _flowJobId: nobody,
          stepId: ids.imports,
        },
      ]),
    )
    const { status, body } = await api.call('GET', `${at()}/errors`)
    expect(status).toBe(200)
    expect(body.toSorted((a: Body, b: Body) => Number(b['numError']) - Number(a['numError']))).toEqual([
      { _flowId: ids.flows, numError: 1, lastErrorAt: occurredAt },
      { _flowId: quiet._id, numError: 0 },
    ])
  })

  test('404 for an integration that is not there', async () => {
    for (const id of [nobody, 'abc']) expect((await api.call('GET', `/v1/integrations/${id}/errors`)).status).toBe(404)
    const theirs = await makeOneOfEach(api.stranger)
    expect((await api.call('GET', `/v1/integrations/${theirs.integrations}/errors`)).status).toBe(404)
  })
})

describe('deleting one', () => {
  test('takes its flows, and the exports and imports that nothing else uses; connections and scripts stay', async () => {
    // It offers a tool of the integration, which would stay with what it uses.
    expect((await api.call('DELETE', `/v1/mcpservers/${ids.mcpservers}`)).status).toBe(204)
    expect((await api.call('DELETE', at())).status).toBe(204)
    for (const collection of ['integrations', 'flows', 'exports', 'imports'] as const)
      expect({ collection, exists: await exists(collection, ids[collection]) }).toEqual({ collection, exists: false })
    for (const collection of ['connections', 'scripts'] as const)
      expect({ collection, exists: await exists(collection, ids[collection]) }).toEqual({ collection, exists: true })
  })

  test('leaves exports and imports that a flow of another integration, or of none, uses', async () => {
    const outside = {
      name: 'outside',
      pageGenerators: [{ _exportId: ids.exports }],
      pageProcessors: [{ type: 'import', _importId: ids.imports }],
    }
    const { body: flow } = await api.call('POST', '/v1/flows', outside)
    await api.call('DELETE', at())
    for (const [collection, id] of [
      ['exports', ids.exports],
      ['imports', ids.imports],
      ['flows', flow._id],
    ] as const)
      expect({ collection, exists: await exists(collection, id) }).toEqual({ collection, exists: true })
    expect(await exists('flows', ids.flows)).toBe(false)
  })

  test('takes steps that only each other use', async () => {
    const { body: told } = await api.call('POST', '/v1/exports', { name: 'told', adaptorType: 'HTTPExport' })
    const { body: tells } = await api.call('POST', '/v1/exports', {
      name: 'tells',
      adaptorType: 'HTTPExport',
      _postParseListenerId: told._id,
    })
    const { _integrationId } = samples.flows(ids)
    await api.call('POST', '/v1/flows', { name: 'f', _integrationId, pageGenerators: [{ _exportId: told._id }, { _exportId: tells._id }] })
    await api.call('DELETE', at())
    expect([await exists('exports', told._id), await exists('exports', tells._id)]).toEqual([false, false])
  })

  test('takes lookups and the steps of every branch', async () => {
    const { body: lookup } = await api.call('POST', '/v1/exports', { name: 'lookup', adaptorType: 'HTTPExport', isLookup: true })
    const { body: last } = await api.call('POST', '/v1/imports', { name: 'last', adaptorType: 'HTTPImport' })
    await api.call('POST', '/v1/flows', {
      name: 'f',
      _integrationId: ids.integrations,
      routers: [
        {
          id: 'r',
          branches: [
            { name: 'a', pageProcessors: [{ type: 'export', _exportId: lookup._id }] },
            { name: 'b', pageProcessors: [{ type: 'import', _importId: last._id }] },
          ],
        },
      ],
    })
    await api.call('DELETE', at())
    expect([await exists('exports', lookup._id), await exists('imports', last._id)]).toEqual([false, false])
  })

  test('ends the waiting runs of its flows', async () => {
    const { body: run } = await api.call('POST', `/v1/flows/${ids.flows}/run`)
    await api.call('DELETE', at())
    expect((await api.call('GET', `/v1/jobs/${run._jobId}`)).body.status).toBe('canceled')
  })

  test("touches no other integration and no other account's documents", async () => {
    const [others, theirs] = [await makeOneOfEach(api.call), await makeOneOfEach(api.stranger)]
    await api.call('DELETE', at())
    for (const collection of Object.keys(others) as (keyof Ids)[]) {
      expect(await exists(collection, others[collection])).toBe(true)
      expect((await api.stranger('GET', `/v1/${collection}/${theirs[collection]}`)).status).toBe(200)
    }
  })
})
