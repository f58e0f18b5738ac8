/** Who depends on a document: every type of document can be asked, and every reference counts. */
import { beforeAll, describe, expect, test } from 'vitest'
import { resources, type Collection } from '../../src/contract/resources/index.ts'
import { apiForFile } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { makeOneOfEach, nobody, samples, type Body, type Ids } from '../harness/samples.ts'

const collections = Object.keys(resources) as Collection[]
const api = apiForFile()
let ids: Ids
let theirs: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  theirs = await makeOneOfEach(api.stranger)
})

const make = async (collection: string, body: Body): Promise<string> => {
  const answer = await api.call('POST', `/v1/${collection}`, body)
  if (answer.status !== 201) throw new Error(`${collection}: ${answer.status} ${answer.text}`)
  return answer.body._id
}
const dependencies = (collection: string, id: string, headers = {}) =>
  api.call('GET', `/v1/${collection}/${id}/dependencies`, undefined, headers)

describe.each(collections)('a document of %s', (collection) => {
  test('200 and {} where nothing depends on it', async () => {
    const { body } = await api.call('POST', `/v1/${collection}`, samples[collection](ids))
    expect(await dependencies(collection, body._id)).toMatchObject({ status: 200, body: {} })
  })

  test("200 and {} for an unknown id, a deleted document, another account's and one of another type; 404 where strictness is asked for", async () => {
    const deleted = await make(collection, samples[collection](ids))
    await api.call('DELETE', `/v1/${collection}/${deleted}`)
    for (const id of [nobody, deleted, theirs[collection], ids[collection === 'scripts' ? 'flows' : 'scripts']]) {
      expect(await dependencies(collection, id)).toMatchObject({ status: 200, body: {} })
      const strict = await dependencies(collection, id, { prefer: 'handling=strict' })
      expect({ status: strict.status, code: strict.body.errors[0].code }).toEqual({ status: 404, code: 'invalid_ref' })
    }
  })

  test('404 for what is no id, 401 without a valid token', async () => {
    for (const id of ['abc', 'G'.repeat(24), '%00']) expect((await dependencies(collection, id)).status).toBe(404)
    expect((await dependencies(collection, ids[collection], { authorization: 'Bearer x' })).status).toBe(401)
  })
})

describe('dependents', () => {
  test('are told by type with id, name, paths, access level and the id they refer to', async () => {
    const own = await makeOneOfEach(api.call)
    const entry = (collection: Collection, target: Collection, ...paths: string[]) => ({
      id: own[collection],
      name: samples[collection](own)['name'],
      paths,
      accessLevel: 'owner',
      dependencyIds: { [target]: [own[target]] },
    })
    const ofIntegration = await dependencies('integrations', own.integrations)
    expect(ofIntegration.status).toBe(200)
    expect(ofIntegration.body).toMatchObject({
      asynchelpers: [entry('asynchelpers', 'integrations', '_integrationId')],
      flows: [entry('flows', 'integrations', '_integrationId')],
      imports: [entry('imports', 'integrations', '_integrationId')],
    })
    expect((await dependencies('connections', own.connections)).body).toEqual({
      exports: [entry('exports', 'connections', '_connectionId')],
      imports: [entry('imports', 'connections', '_connectionId')],
      integrations: [entry('integrations', 'connections', '_registeredConnectionIds[0]')],
    })
    expect((await dependencies('exports', own.exports)).body).toMatchObject({
      asynchelpers: [entry('asynchelpers', 'exports', 'http.result._exportId', 'http.status._exportId')],
      flows: [entry('flows', 'exports', 'pageGenerators[0]._exportId')],
    })
    expect((await dependencies('scripts', own.scripts)).body).toMatchObject({
      exports: [entry('exports', 'scripts', 'hooks.preSavePage._scriptId')],
      imports: [entry('imports', 'scripts', 'hooks.preMap._scriptId')],
    })
  })

  test('name every place, in its order, with brackets around positions', async () => {
    const script = await make('scripts', samples.scripts(ids))
    const importId = await make('imports', { name: 'i', adaptorType: 'HTTPImport' })
    const steps = Array.from({ length: 12 }, () => ({ type: 'import', _importId: importId }))
    const hooked = { type: 'import', _importId: ids.imports, hooks: { postResponseMap: { function: 'f', _scriptId: script } } }
    const flow = await make('flows', { name: 'f', routers: [{ id: 'r', branches: [{ name: 'a', pageProcessors: [...steps, hooked] }] }] })
    const { body } = await dependencies('imports', importId)
    expect(body.flows).toHaveLength(1)
    expect(body.flows[0]).toMatchObject({ id: flow, dependencyIds: { imports: [importId] } })
    expect(body.flows[0].paths).toEqual(steps.map((_step, i) => `routers[0].branches[0].pageProcessors[${i}]._importId`))
    expect((await dependencies('scripts', script)).body.flows[0].paths).toEqual([
      'routers[0].branches[0].pageProcessors[12].hooks.postResponseMap._scriptId',
    ])
  })

  test('are the others: a document that refers to itself does not depend on itself', async () => {
    const id = await make('flows', { name: 'f' })
    await api.call('PUT', `/v1/flows/${id}`, { name: 'f', _runNextFlowIds: [id] })
    const next = await make('flows', { name: 'next', _runNextFlowIds: [id, ids.flows] })
    expect(Object.values((await dependencies('flows', id)).body).flat()).toEqual([
      expect.objectContaining({ id: next, paths: ['_runNextFlowIds[0]'] }),
    ])
  })

  test('come and go with the reference, and do not count once deleted', async () => {
    const script = await make('scripts', samples.scripts(ids))
    const hooks = { preSavePage: { function: 'f', _scriptId: script } }
    const [first, second] = [
      await make('exports', { name: 'a', adaptorType: 'HTTPExport', hooks }),
      await make('exports', { name: 'b', adaptorType: 'HTTPExport', hooks }),
    ]
    const dependents = async () => ((await dependencies('scripts', script)).body.exports ?? []).map(({ id }: { id: string }) => id)
    expect(await dependents()).toEqual([first, second])
    await api.call('PUT', `/v1/exports/${first}`, { name: 'a', adaptorType: 'HTTPExport' })
    expect(await dependents()).toEqual([second])
    await api.call('DELETE', `/v1/exports/${second}`)
    expect(await dependencies('scripts', script)).toMatchObject({ status: 200, body: {} })
  })

  test('have, for a user of some integrations only, the access level of each', async () => {
    const integrationOf = (name: string) => make('integrations', { name })
    const [managed, watched] = [await integrationOf('Managed'), await integrationOf('Watched')]
    const connection = await make('connections', samples.connections(ids))
    const flows = await Promise.all(
      [managed, watched].map(async (_integrationId) => {
        const exportId = await make('exports', { name: 'Of one', adaptorType: 'HTTPExport', _connectionId: connection })
        await make('flows', { name: 'Uses it', _integrationId, pageGenerators: [{ _exportId: exportId }] })
        return exportId
      }),
    )
    const user = await colleague(api, 'levels@example.com', {
      integrationAccessLevel: [
        { _integrationId: managed, accessLevel: 'manage' },
        { _integrationId: watched, accessLevel: 'monitor' },
      ],
    })
    const { body } = await user.call('GET', `/v1/connections/${connection}/dependencies`)
    const levels = new Map(body.exports.map(({ id, accessLevel }: { id: string; accessLevel: string }) => [id, accessLevel]))
    expect(flows.map((id) => levels.get(id))).toEqual(['manage', 'monitor'])
  })

  test('many are all told', async () => {
    const script = await make('scripts', samples.scripts(ids))
    await ask(
      api.config,
      `with made as (insert into sluice.documents (env_id, collection, _id, doc)
         select env_id, 'exports', lpad(to_hex(n), 24, '0'), jsonb_build_object('_id', lpad(to_hex(n), 24, '0'), 'name', 'e')
         from sluice.documents, generate_series(1, 1500) n where _id = $1 returning env_id, _id)
       insert into sluice.edges select env_id, 'exports', _id, 'hooks.preSavePage._scriptId', 'scripts', $1 from made`,
      [script],
    )
    expect((await dependencies('scripts', script)).body.exports).toHaveLength(1500)
  })
})

describe('deleting what is in use', () => {
  const warned = (answer: { headers: Headers }) => answer.headers.get('sluice-warning')

  test('says what still refers to it, by type', async () => {
    const own = await makeOneOfEach(api.call)
    await make('exports', { ...samples.exports(own), name: 'second' })
    const answer = await api.call('DELETE', `/v1/connections/${own.connections}`)
    expect(answer.status).toBe(204)
    expect(warned(answer)).toMatch(/^Connection was in use and is still named by (?=.*2 exports)(?=.*1 import\b).*\.$/)
  })

  test('says nothing where nothing does, and of what went along with it', async () => {
    const _id = await make('connections', samples.connections(ids))
    expect(warned(await api.call('DELETE', `/v1/connections/${_id}`))).toBeNull()
    const integration = await make('integrations', { name: 'a' })
    await make('flows', { ...samples.flows(ids), _integrationId: integration })
    expect(warned(await api.call('DELETE', `/v1/integrations/${integration}`))).toBeNull()
  })
})
