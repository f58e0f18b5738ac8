/** What belongs to an integration, and what does not, on real rows. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readClosure } from '../../../src/domain/clone/dependency-closure.ts'
import { startApi, type Api } from '../../harness/api.ts'
import type { Body } from '../../harness/samples.ts'
import { kindOf } from '../../harness/whole-integration.ts'
import type { ClosureRoot } from '../../../src/domain/ports/clones.ts'

let api: Api
let envId: string
let id: string
beforeAll(async () => {
  api = await startApi()
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})
beforeEach(async () => {
  id = await make('integrations', { name: 'a' })
})
afterAll(() => api.close())

const make = async (collection: string, body: Body): Promise<string> => {
  const answer = await api.call('POST', `/v1/${collection}`, { name: 'one', ...kindOf(collection, body), ...body })
  if (answer.status !== 201) throw new Error(`${collection}: ${answer.status} ${answer.text}`)
  return answer.body._id
}
const connection = (fields: Body = {}) =>
  make('connections', { type: 'http', http: { baseURI: 'https://a.example', mediaType: 'json' }, ...fields })
const idsOf = async (collection: ClosureRoot, root: string): Promise<readonly string[]> => {
  const { members } = await readClosure(api.world.store, envId, collection, root)
  return members.map(({ entry }) => entry.doc._id).toSorted()
}

test('an integration brings its flows, their steps, and what these need in turn', async () => {
  const lender = await connection()
  const over = await connection({ _borrowConcurrencyFromConnectionId: lender })
  const script = await make('scripts', { content: 'x' })
  const cache = await make('lookupcaches', {})
  const poll = await make('exports', { _connectionId: over })
  const helper = await make('asynchelpers', { http: { status: { _exportId: poll } } })
  const source = await make('exports', { _connectionId: over, transform: { type: 'script', script: { _scriptId: script, function: 'f' } } })
  const sink = await make('imports', {
    http: { method: ['POST'], relativeURI: ['/'], _asyncHelperId: helper },
    lookups: [{ name: 'l', _lookupCacheId: cache }],
  })
  const flow = await make('flows', {
    _integrationId: id,
    pageGenerators: [{ _exportId: source }],
    routers: [{ branches: [{ name: 'all', pageProcessors: [{ type: 'import', _importId: sink }] }] }],
  })
  const expected = [id, lender, over, script, cache, poll, helper, source, sink, flow]
  const found = await idsOf('integrations', id)
  expect(found).toEqual(expected.toSorted())
  expect(await idsOf('flows', flow)).toEqual(found.filter((each) => each !== id))
  expect(await idsOf('exports', source)).toEqual([source, over, lender, script].toSorted())
})

test('what names the integration belongs to it, used or not', async () => {
  const members = [
    await make('imports', { _integrationId: id }),
    await make('lookupcaches', { _integrationId: id }),
    await make('asynchelpers', { _integrationId: id }),
    await make('tools', { _integrationId: id }),
    await make('apis', { _integrationId: id, type: 'builder', builder: { request: { relativeURI: '/a', method: 'GET' } } }),
  ]
  expect(await idsOf('integrations', id)).toEqual([id, ...members].toSorted())
})

test('registered connections belong to it without being used', async () => {
  const over = await connection()
  await api.call('PUT', `/v1/integrations/${id}/connections/${over}/register`)
  expect(await idsOf('integrations', id)).toEqual([id, over].toSorted())
})

test('flows that run next, flows and exports that are only waited for, children and deleted documents do not belong', async () => {
  const outside = await make('exports', {})
  const next = await make('flows', { pageGenerators: [{ _exportId: outside }] })
  const gone = await make('exports', {})
  const flow = await make('flows', {
    _integrationId: id,
    pageGenerators: [{ _exportId: gone }],
    _runNextFlowIds: [next],
    _runNextExportIds: [{ _flowId: next, _exportId: outside }],
    _keepDeltaBehindFlowId: next,
    _keepDeltaBehindExportId: outside,
  })
  await make('integrations', { _parentId: id })
  await api.call('DELETE', `/v1/exports/${gone}`)
  expect(await idsOf('integrations', id)).toEqual([id, flow].toSorted())
})

test('exports that use each other in a circle are found once', async () => {
  const first = await make('exports', {})
  const second = await make('exports', { _postParseListenerId: first })
  await api.call('PUT', `/v1/exports/${first}`, { name: 'one', adaptorType: 'HTTPExport', _postParseListenerId: second })
  const flow = await make('flows', { _integrationId: id, pageGenerators: [{ _exportId: first }] })
  expect(await idsOf('integrations', id)).toEqual([id, first, second, flow].toSorted())
})

test('an integration of another account, a deleted one and one that never was are not found', async () => {
  const theirs = (await api.stranger('POST', '/v1/integrations', { name: 'b' })).body._id
  await api.call('DELETE', `/v1/integrations/${id}`)
  for (const each of [theirs, id, '0'.repeat(24)]) await expect(idsOf('integrations', each)).rejects.toThrow('Integration not found.')
})
