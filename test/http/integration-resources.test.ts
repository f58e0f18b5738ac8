/** What belongs to an integration: flows, exports, imports, connections and async helpers, with the quirks that clients know and without them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { makeOneOfEach, nobody, samples, type Body, type Ids } from '../harness/samples.ts'

const kinds = ['flows', 'exports', 'imports', 'connections', 'asynchelpers'] as const
type Kind = (typeof kinds)[number]
const strictly = { prefer: 'handling=strict' }

let api: Api
let strictApi: Api
let ids: Ids
let theirs: Ids
beforeAll(async () => {
  ;[api, strictApi] = await Promise.all([startApi(), startApi({ strict: true })])
  ids = await makeOneOfEach(api.call)
  theirs = await makeOneOfEach(api.stranger)
})
afterAll(() => Promise.all([api.close(), strictApi.close()]))

const make = async (collection: string, body: Body): Promise<Body & { _id: string }> => {
  const answer = await api.call('POST', `/v1/${collection}`, body)
  if (answer.status !== 201) throw new Error(`${collection}: ${answer.status} ${answer.text}`)
  return answer.body
}
const list = (kind: Kind, id: string, query = '', headers = {}) =>
  api.call('GET', `/v1/integrations/${id}/${kind}${query}`, undefined, headers)
const idsIn = (body: unknown): string[] => ((body ?? []) as { _id: string }[]).map(({ _id }) => _id)

/** An integration with four documents of every kind. */
async function full(): Promise<{ id: string } & Record<Kind, string[]>> {
  const { _id: id } = await make('integrations', { name: 'full' })
  const made = { flows: [], exports: [], imports: [], connections: [], asynchelpers: [] } as Record<Kind, string[]>
  for (let i = 0; i < 4; i++) {
    const connection = await make('connections', samples.connections(ids))
    const exporting = await make('exports', { ...samples.exports(ids), _connectionId: connection._id })
    const importing = await make('imports', { name: `i${i}`, _connectionId: connection._id })
    const flow = await make('flows', {
      name: `f${i}`,
      _integrationId: id,
      pageGenerators: [{ _exportId: exporting._id }],
      pageProcessors: [{ type: 'import', _importId: importing._id }],
    })
    const helper = await make('asynchelpers', { name: `h${i}`, _integrationId: id })
    for (const [kind, document] of Object.entries({
      flows: flow,
      exports: exporting,
      imports: importing,
      connections: connection,
      asynchelpers: helper,
    }))
      made[kind as Kind].push(document._id)
  }
  return { id, ...made }
}

describe.each(kinds)('the %s of an integration', (kind) => {
  test('200: a bare array of the documents, each as it is read by id, oldest first', async () => {
    const { id, [kind]: expected } = await full()
    const { status, body, headers } = await list(kind, id)
    expect({ status, ids: idsIn(body), link: headers.get('link') }).toEqual({ status: 200, ids: expected, link: null })
    for (const each of body) expect(each).toEqual((await api.call('GET', `/v1/${kind}/${each._id}`)).body)
  })

  test('204 without a body where there are none', async () => {
    const { _id } = await make('integrations', { name: 'empty' })
    expect(await list(kind, _id)).toMatchObject({ status: 204, text: '' })
    expect(await list(kind, _id, '', strictly)).toMatchObject({ status: 204, text: '' })
  })

  test('offset, fields and sort are ignored, whatever they say', async () => {
    const { id, [kind]: expected } = await full()
    for (const query of ['?offset=2', '?fields=name', '?sort=-name', '?offset=-1&fields=&sort=x'])
      expect({ query, ids: idsIn((await list(kind, id, query)).body) }).toEqual({ query, ids: expected })
  })

  test('deleted documents do not count', async () => {
    const { id, [kind]: expected } = await full()
    await api.call('DELETE', `/v1/${kind}/${expected[1]}`)
    expect(idsIn((await list(kind, id)).body)).toEqual(expected.filter((_id, i) => i !== 1))
  })

  test('401 without a valid token', async () => {
    expect((await list(kind, ids.integrations, '', { authorization: 'Bearer x' })).status).toBe(401)
  })

  test('what is no id is 404', async () => {
    for (const id of ['abc', ids.integrations.replace(/\d/g, 'g'), '%00']) expect((await list(kind, id)).status).toBe(404)
  })

  const unknownStatus = kind === 'connections' || kind === 'asynchelpers' ? 404 : 204
  test(`an unknown, a deleted and another account's integration are ${unknownStatus}; 404 where strictness is asked for`, async () => {
    const { id: deleted } = await full()
    await make('imports', { name: 'kept', adaptorType: 'HTTPImport', _integrationId: deleted })
    await api.call('DELETE', `/v1/integrations/${deleted}`)
    for (const id of [nobody, theirs.integrations, deleted, ids.flows]) {
      const { status, body } = await list(kind, id)
      expect({ status, code: body?.errors[0].code }).toEqual({
        status: unknownStatus,
        code: unknownStatus === 404 ? 'invalid_ref' : undefined,
      })
      const strict = await list(kind, id, '', strictly)
      expect({ status: strict.status, error: strict.body.errors[0] }).toEqual({
        status: 404,
        error: { code: 'invalid_ref', message: 'Integration not found.', field: '_integrationId' },
      })
    }
  })

  test('SLUICE_STRICT=1 answers 404 too, unless the request prefers leniency', async () => {
    const at = `/v1/integrations/${nobody}/${kind}`
    expect((await strictApi.call('GET', at)).status).toBe(404)
    expect((await strictApi.call('GET', at, undefined, { prefer: 'handling=lenient' })).status).toBe(unknownStatus)
  })
})

describe.each(kinds.filter((kind) => kind !== 'asynchelpers'))('limit for %s', (kind) => {
  const more = kind === 'exports' || kind === 'imports' ? 1 : 0
  test(`N answers N${more ? '+1, as integrator.io does; N where strictness is asked for' : ''}, the oldest`, async () => {
    const { id, [kind]: expected } = await full()
    for (const limit of [1, 2, 3, 4, 5]) {
      expect(idsIn((await list(kind, id, `?limit=${limit}`)).body)).toEqual(expected.slice(0, limit + more))
      expect(idsIn((await list(kind, id, `?limit=${limit}`, strictly)).body)).toEqual(expected.slice(0, limit))
    }
  })

  test('as large as can be', async () => {
    const { id, [kind]: expected } = await full()
    for (const limit of ['10000', '10001', '2147483648', '99999999999999999999'])
      expect(idsIn((await list(kind, id, `?limit=${limit}`)).body)).toEqual(expected)
  })

  test.each(['0', '-1', 'ten', '1.5', '', '1e', 'NaN', '1&limit=2'])('%s is 400 and names the parameter', async (limit) => {
    const { status, body } = await list(kind, ids.integrations, `?limit=${limit}`)
    expect({ status, code: body.errors[0].code, field: body.errors[0].field }).toEqual({
      status: 400,
      code: 'invalid_query_params',
      field: 'limit',
    })
  })
})

test('async helpers have no limit', async () => {
  const { id, asynchelpers } = await full()
  expect(idsIn((await list('asynchelpers', id, '?limit=1')).body)).toEqual(asynchelpers)
})

describe('membership', () => {
  test('exports and imports belong through page generators, page processors and every branch, once each', async () => {
    const { _id: id } = await make('integrations', { name: 'a' })
    const [source, lookup, branchLookup] = [
      await make('exports', { name: 'e1', adaptorType: 'HTTPExport' }),
      await make('exports', { name: 'e2', adaptorType: 'HTTPExport' }),
      await make('exports', { name: 'e3', adaptorType: 'HTTPExport' }),
    ]
    const [first, second] = [
      await make('imports', { name: 'i1', adaptorType: 'HTTPImport' }),
      await make('imports', { name: 'i2', adaptorType: 'HTTPImport' }),
    ]
    await make('flows', {
      name: 'straight',
      _integrationId: id,
      pageGenerators: [{ _exportId: source._id }],
      pageProcessors: [
        { type: 'export', _exportId: lookup._id },
        { type: 'import', _importId: first._id },
      ],
    })
    const branch = (step: Body) => ({ name: 'b', pageProcessors: [step] })
    await make('flows', {
      name: 'parted',
      _integrationId: id,
      pageGenerators: [{ _exportId: source._id }],
      routers: [
        { id: 'r1', branches: [branch({ type: 'export', _exportId: branchLookup._id }), branch({ type: 'import', _importId: first._id })] },
        { id: 'r2', branches: [branch({ type: 'import', _importId: second._id })] },
      ],
    })
    expect(idsIn((await list('exports', id)).body)).toEqual([source._id, lookup._id, branchLookup._id])
    expect(idsIn((await list('imports', id)).body)).toEqual([first._id, second._id])
  })

  test('an import belongs through its own _integrationId, without a flow', async () => {
    const { _id: id } = await make('integrations', { name: 'a' })
    const { _id } = await make('imports', { name: 'own', adaptorType: 'HTTPImport', _integrationId: id })
    expect(idsIn((await list('imports', id)).body)).toEqual([_id])
  })

  test('what a flow only waits for or runs next is no member, nor is what a deleted or foreign flow uses', async () => {
    const { _id: id } = await make('integrations', { name: 'a' })
    const [waited, gone, foreign] = [
      await make('exports', { name: 'e1', adaptorType: 'HTTPExport' }),
      await make('exports', { name: 'e2', adaptorType: 'HTTPExport' }),
      await make('exports', { name: 'e3', adaptorType: 'HTTPExport' }),
    ]
    const { _id: deleted } = await make('flows', { name: 'f', _integrationId: id, pageGenerators: [{ _exportId: gone._id }] })
    await make('flows', { name: 'f', _integrationId: ids.integrations, pageGenerators: [{ _exportId: foreign._id }] })
    const flow = { name: 'f', _integrationId: id, _keepDeltaBehindExportId: waited._id, _runNextExportIds: [{ _exportId: waited._id }] }
    await make('flows', { ...flow, aliases: [{ alias: 'w', _exportId: waited._id }] })
    await api.call('DELETE', `/v1/flows/${deleted}`)
    expect((await list('exports', id)).status).toBe(204)
  })

  test('a flow that moves to another integration takes its steps along', async () => {
    const made = await makeOneOfEach(api.call)
    const { _id: id } = await make('integrations', { name: 'new home' })
    await api.call('PUT', `/v1/flows/${made.flows}`, { ...samples.flows(made), _integrationId: id })
    expect(idsIn((await list('flows', id)).body)).toEqual([made.flows])
    expect(idsIn((await list('exports', id)).body)).toEqual([made.exports])
    expect((await list('exports', made.integrations)).status).toBe(204)
  })

  test('async helpers belong through the exports and imports that name them, and through their own _integrationId', async () => {
    const { _id: id } = await make('integrations', { name: 'a' })
    const helpers = [
      await make('asynchelpers', { name: 'h1' }),
      await make('asynchelpers', { name: 'h2' }),
      await make('asynchelpers', { name: 'h3', _integrationId: id }),
    ]
    await make('asynchelpers', { name: 'elsewhere' })
    const source = await make('exports', {
      ...samples.exports(ids),
      http: { method: 'GET', relativeURI: '/', _asyncHelperId: helpers[0]?._id },
    })
    await make('flows', { name: 'f', _integrationId: id, pageGenerators: [{ _exportId: source._id }] })
    const http = { method: ['POST'], relativeURI: ['/'], _asyncHelperId: helpers[1]?._id }
    await make('imports', { ...samples.imports(ids), _integrationId: id, http })
    expect(idsIn((await list('asynchelpers', id)).body)).toEqual(helpers.map(({ _id }) => _id))
  })

  test('connections show the mask of their secrets', async () => {
    const { text } = await list('connections', ids.integrations)
    expect(text).toContain('******')
    expect(text).not.toContain('first-secret')
  })
})

describe('many', () => {
  test('1,500 flows come in one answer, past the length of a page of other lists', async () => {
    const { _id: id } = await make('integrations', { name: 'large' })
    await ask(
      api.config,
      `insert into sluice.documents (env_id, collection, _id, doc)
       select env_id, 'flows', lpad(to_hex(n), 24, '0'), jsonb_build_object('_id', lpad(to_hex(n), 24, '0'), 'name', 'f', '_integrationId', _id)
       from sluice.documents, generate_series(1, 1500) n where _id = $1`,
      [id],
    )
    const { status, body } = await list('flows', id)
    expect({ status, length: body.length }).toEqual({ status: 200, length: 1500 })
    expect((await list('flows', id, '?limit=1200')).body).toHaveLength(1200)
  })

  test('its cost does not grow with the account: every table is entered by an index', async () => {
    const { integrationResourceRows } = await import('../../src/store/integration-resources.ts')
    const texts: string[] = []
    const spy = { query: async ({ text }: { text: string }) => (texts.push(text), { rows: [] }) }
    const rows = integrationResourceRows(spy as never)
    await Promise.all([rows.listFlows('a', 'b', 1), rows.listSteps('a', 'b', 'exports', 1), rows.listSteps('a', 'b', 'imports', 1)])
    await Promise.all([rows.listConnections('a', 'b', 1), rows.listAsyncHelpers('a', 'b', 1), rows.listChildren('a', 'b', 1)])
    expect(texts).toHaveLength(6)
    await ask(api.config, 'analyze sluice.documents')
    for (const text of texts) {
      const plan = await ask(api.config, `explain ${text.replaceAll('$1', `'a'`).replaceAll('$2', `'b'`).replaceAll('$3', '1')}`)
      expect(JSON.stringify(plan)).not.toContain('Seq Scan on documents')
    }
  })
})

describe('the exports and imports of a flow', () => {
  const descendants = (id: string) => api.call('GET', `/v1/flows/${id}/descendants`)

  test('are all of its steps, once and as by id, those in branches too, and nothing that only other flows use', async () => {
    const made = { exports: [] as string[], imports: [] as string[] }
    for (let i = 0; i < 3; i++) made.exports.push((await make('exports', samples.exports(ids)))._id)
    for (let i = 0; i < 3; i++) made.imports.push((await make('imports', samples.imports(ids)))._id)
    const [source, lookup, gone] = made.exports
    const [first, second] = made.imports
    const { _id } = await make('flows', {
      name: 'Branched',
      _integrationId: ids.integrations,
      pageGenerators: [{ _exportId: source }, { _exportId: gone }],
      routers: [
        {
          id: 'a',
          branches: [
            {
              name: 'A',
              pageProcessors: [
                { type: 'export', _exportId: lookup },
                { type: 'import', _importId: first },
              ],
            },
            {
              name: 'B',
              pageProcessors: [
                { type: 'import', _importId: first },
                { type: 'import', _importId: second },
              ],
            },
          ],
        },
      ],
      _runNextExportIds: [{ _flowId: ids.flows, _exportId: ids.exports }],
    })
    await api.call('DELETE', `/v1/exports/${gone}`)
    const { status, body } = await descendants(_id)
    expect(status).toBe(200)
    expect([idsIn(body.exports), idsIn(body.imports)]).toEqual([
      [source, lookup],
      [first, second],
    ])
    expect(body.imports[0]).toEqual((await api.call('GET', `/v1/imports/${first}`)).body)
  })

  test('are none where the flow has no steps, and 404 where there is no flow', async () => {
    const { _id } = await make('flows', { name: 'Empty', _integrationId: ids.integrations })
    expect(await descendants(_id)).toMatchObject({ status: 200, body: { exports: [], imports: [] } })
    for (const id of [nobody, theirs.flows]) expect((await descendants(id)).status).toBe(404)
  })
})
